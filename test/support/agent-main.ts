// The other end of an agent: a process or a worker thread that makes the calls it is told to make, one after the other.
// As a process: node agent-main.js MODULE, commands on stdin, answers on stdout. As a worker: the module is workerData.
import { readlinkSync, writeSync } from "node:fs";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import type { HANDLE, Location, RtApi } from "./api.js";
import type { Argument, Command, Notice, Reply } from "./protocol.js";

const moduleName = isMainThread ? process.argv[2] : (workerData as string);
if (moduleName === undefined) throw new Error("which module?");
const rt = (await import(moduleName)) as RtApi;

const thread = readlinkSync("/proc/thread-self");
const locations = new Map<string, Location>();
const views = new Map<string, ArrayBuffer>();
const faults: string[] = [];

function say(message: Reply | Notice | { ready: true }): void {
  if (parentPort) parentPort.postMessage(message);
  else writeSync(1, `${JSON.stringify(message)}\n`); // synchronous: the next call may block this thread
}

function locationOf(key: string): Location {
  let found = locations.get(key);
  if (!found) locations.set(key, (found = { value: null }));
  return found;
}

function bytesOf(key: string): ArrayBuffer | null {
  return views.get(key) ?? locations.get(key)?.value ?? null;
}

function decode(argument: Argument): unknown {
  if (argument === null || typeof argument !== "object") return argument;
  if ("location" in argument) return locationOf(argument.location);
  if ("view" in argument) return views.get(argument.view);
  if ("ticks" in argument) return { value: BigInt(argument.ticks) };
  if ("box" in argument) return { value: argument.box };
  return argument;
}

/** Operations of the agent itself. Reads and stores answer -1 where the view is gone or too short. */
const own: Record<string, (...args: never[]) => Reply["value"]> = {
  byteLength: (key: string) => bytesOf(key)?.byteLength ?? -1,
  read: (key: string, offset: number) => {
    const bytes = bytesOf(key);
    return bytes && offset < bytes.byteLength ? (new Uint8Array(bytes)[offset] ?? -1) : -1;
  },
  write: (key: string, offset: number, value: number) => {
    const bytes = bytesOf(key);
    if (!bytes || offset >= bytes.byteLength) return -1;
    new Uint8Array(bytes)[offset] = value;
    return value;
  },
  increment: (key: string, times: number, mutex: number) => {
    for (let i = 0; i < times; i++) {
      if (rt.RtWaitForSingleObject(mutex as HANDLE, 0xffffffff) !== 0) return i;
      const cells = new Uint32Array(bytesOf(key)!);
      cells[0] = cells[0]! + 1;
      rt.RtReleaseMutex(mutex as HANDLE);
    }
    return times;
  },
  keepFaults: () => {
    process.on("uncaughtException", (error: Error & { code?: string }) => faults.push(error.code ?? error.name));
    return true;
  },
  faults: () => faults.join(" "),
  turn: () => true,
  exit: (code: number) => process.exit(code),
  raise: () => {
    setImmediate(() => {
      throw new Error("the agent was told to fail");
    });
    return true;
  },
  // by reference, so that nothing is awaited afterwards and the thread ends when its pending waits have ended
  finish: () => {
    if (parentPort) parentPort.close();
    else process.stdin.destroy();
    return true;
  },
};

async function execute({ id, op, args }: Command): Promise<void> {
  const decoded = args.map(decode);
  const called = own[op] ?? (rt as unknown as Record<string, (...args: unknown[]) => unknown>)[op];
  let value: Reply["value"] = null;
  let thrown: string | undefined;
  try {
    if (typeof called !== "function") throw new ReferenceError(op);
    say({ id, notice: "begins", thread });
    let result = (called as (...args: unknown[]) => unknown)(...decoded);
    if (result instanceof Promise) {
      say({ id, notice: "pending", thread });
      result = await (result as Promise<unknown>);
    }
    if (result instanceof ArrayBuffer) {
      const key = `view${id}`;
      views.set(key, result);
      value = { view: key, byteLength: result.byteLength };
    } else value = (result ?? null) as Reply["value"];
  } catch (error) {
    thrown = error instanceof Error ? error.name : String(error);
  }
  const boxed = decoded.find((_, i) => args[i] !== null && typeof args[i] === "object" && "box" in args[i]);
  say({
    id,
    value,
    lastError: rt.GetLastError(),
    ...(boxed ? { box: (boxed as { value: number }).value } : {}),
    ...(thrown === undefined ? {} : { thrown }),
  });
}

if (parentPort) {
  parentPort.on("message", (command: Command) => void execute(command));
} else {
  let rest = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) void execute(JSON.parse(line) as Command);
  });
}
say({ ready: true });
