// A process that is going to be killed: runs the operations of a scenario and logs the begin and the end of each.
//   node victim.js ROUND SCENARIO ONCE|EVER   log on stdout, a line on stdin ends a "sync"
import { readSync, writeSync } from "node:fs";
import type { HANDLE } from "rtshm/win32";
import * as rt from "rtshm/win32";
import { SCENARIOS } from "./scenarios.js";
import { kindOf, MAXIMUM, MEMORY_BYTES, nameOf, type Key, type Operation } from "./script.js";

const [, , round = "", scenarioName, mode] = process.argv;
const handles = new Map<Key, HANDLE>();

function put(key: Key, handle: HANDLE | null): number {
  if (handle === null) throw new Error(`no handle for ${key}: ${String(rt.GetLastError())}`);
  const before = handles.get(key);
  handles.set(key, handle);
  if (before !== undefined) rt.RtCloseHandle(before);
  return 1;
}

function handleOf(key: Key): HANDLE {
  const handle = handles.get(key);
  if (handle === undefined) throw new Error(`${key} is not open`);
  return handle;
}

function create(key: Key): HANDLE | null {
  const name = nameOf(round, key);
  const kind = kindOf(key);
  if (kind === "Mutex") return rt.RtCreateMutex(null, false, name);
  if (kind === "Semaphore") return rt.RtCreateSemaphore(null, 0, MAXIMUM, name);
  if (kind === "Event") return rt.RtCreateEvent(null, key === "N" || key === "n", false, name);
  return rt.RtCreateSharedMemory(4, 0, MEMORY_BYTES, name, { value: null });
}

function open(key: Key): HANDLE | null {
  const name = nameOf(round, key);
  if (kindOf(key) === "SharedMemory") return rt.RtOpenSharedMemory(3, false, name, { value: null });
  const kind = kindOf(key) as "Mutex" | "Semaphore" | "Event";
  return rt[`RtOpen${kind}`](0x1f0003, false, name);
}

function close(key: Key): boolean {
  const handle = handleOf(key);
  handles.delete(key);
  return rt.RtCloseHandle(handle);
}

function waitNow(keys: readonly Key[], all: boolean, ms: number): number {
  const [first] = keys;
  if (keys.length === 1 && first !== undefined) return rt.RtWaitForSingleObject(handleOf(first), ms);
  return rt.RtWaitForMultipleObjects(keys.length, keys.map(handleOf), all, ms);
}

async function waitLater(keys: readonly Key[], all: boolean, ms: number): Promise<number> {
  const [first] = keys;
  if (keys.length === 1 && first !== undefined)
    return (await rt.RtWaitForSingleObjectAsync(handleOf(first), ms)).result;
  return (await rt.RtWaitForMultipleObjectsAsync(keys.length, keys.map(handleOf), all, ms)).result;
}

function sync(): boolean {
  return mode === "EVER" || readSync(0, Buffer.alloc(1)) === 1;
}

async function run(operation: Operation): Promise<number | boolean> {
  switch (operation.do) {
    case "create":
      return put(operation.key, create(operation.key));
    case "open":
      return put(operation.key, open(operation.key));
    case "close":
      return close(operation.key);
    case "set":
      return rt.RtSetEvent(handleOf(operation.key));
    case "reset":
      return rt.RtResetEvent(handleOf(operation.key));
    case "pulse":
      return rt.RtPulseEvent(handleOf(operation.key));
    case "release":
      return rt.RtReleaseMutex(handleOf("M"));
    case "post":
      return rt.RtReleaseSemaphore(handleOf("S"), operation.units, null);
    case "sync":
      return sync();
    case "wait": {
      const ms = mode === "EVER" ? Math.min(operation.ms, 3) : operation.ms;
      const isAll = operation.all === true;
      return operation.later === true ? waitLater(operation.keys, isAll, ms) : waitNow(operation.keys, isAll, ms);
    }
  }
}

const log = (line: object): number => writeSync(1, `${JSON.stringify(line)}\n`);

const scenario = SCENARIOS.find(({ name }) => name === scenarioName);
if (scenario === undefined) throw new Error(`no scenario ${String(scenarioName)}`);
do {
  for (const [i, operation] of scenario.operations.entries()) {
    log({ begins: i });
    log({ ends: i, result: Number(await run(operation)) });
  }
  if (mode === "EVER") for (const key of [...handles.keys()]) close(key);
} while (mode === "EVER");
for (const key of [...handles.keys()]) close(key);
log({ finished: true });
