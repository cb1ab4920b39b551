// What the actors of each stress do. Each returns sums for the parent's ledger and throws when it sees a guarantee broken.
import assert from "node:assert/strict";
import type { HANDLE, Location } from "rtshm/win32";
import * as rt from "rtshm/win32";

const ABANDONED = 0x80;
const TIMED_OUT = 258;
const PATIENCE_MS = 20_000;
export const STORM_NAMES = 3;
export const UNITS = 5;

type Sums = Record<string, number>;

function need(handle: HANDLE | null, what: string): HANDLE {
  assert.ok(handle !== null, `${what}: ${String(rt.GetLastError())}`);
  return handle;
}

/** A mutex and a counter that only the mutex protects. */
export function openCounter(name: string): { mutex: HANDLE; counter: BigInt64Array } {
  const location: Location = { value: null };
  need(rt.RtCreateSharedMemory(4, 0, 64, `${name}.memory`, location), "memory");
  assert.ok(location.value !== null);
  return {
    mutex: need(rt.RtCreateMutex(null, false, `${name}.mutex`), "mutex"),
    counter: new BigInt64Array(location.value, 0, 8),
  };
}

async function wait(handle: HANDLE, later: boolean): Promise<number> {
  if (later) return (await rt.RtWaitForSingleObjectAsync(handle, PATIENCE_MS)).result;
  return rt.RtWaitForSingleObject(handle, PATIENCE_MS);
}

/** Adds one to the counter, over and over; every third wait is asynchronous. */
export async function count(seconds: number, number: number): Promise<Sums> {
  const { mutex, counter } = openCounter("count");
  const endMs = Date.now() + seconds * 1000;
  let added = 0;
  while (Date.now() < endMs) {
    assert.equal(await wait(mutex, (added + number) % 3 === 0), 0, "the mutex is got");
    if (process.env["RTSHM_STRESS_BREAK"] === "count") assert.ok(rt.RtReleaseMutex(mutex));
    const before = counter[0] ?? 0n;
    for (let i = 0; i < 300; i++) counter[1] = BigInt(i); // makes a second owner's chance to be seen larger
    counter[0] = before + 1n;
    if (process.env["RTSHM_STRESS_BREAK"] !== "count") assert.ok(rt.RtReleaseMutex(mutex), "its owner gives it back");
    added++;
  }
  return { added };
}

/**
 * Creates, opens and closes a few names. Word 0 of an object counts who certainly holds it (raised after an open, lowered before
 * the close), word 1 is a random mark of the object.
 */
export async function storm(seconds: number, number: number): Promise<Sums> {
  const endMs = Date.now() + seconds * 1000;
  let made = 0;
  let opened = 0;
  let absent = 0;
  for (let turn = number; Date.now() < endMs; turn++) {
    const name = `storm.${String(turn % STORM_NAMES)}`;
    const location: Location = { value: null };
    const creates = turn % 4 !== 0;
    rt.SetLastError(0);
    const handle = creates
      ? rt.RtCreateSharedMemory(4, 0, 64, name, location)
      : rt.RtOpenSharedMemory(3, false, name, location);
    if (handle === null || location.value === null) {
      assert.deepEqual([creates, rt.GetLastError()], [false, 2], "only what nobody holds cannot be opened");
      absent++;
      continue;
    }
    if (creates && rt.GetLastError() === 0) made++;
    else opened++;
    stay(name, new Int32Array(location.value), turn);
    assert.ok(rt.RtUnmapSharedMemory(location) && rt.RtCloseHandle(handle), "it closes");
  }
  return { made, opened, absent };
}

// While this process holds the object, the name opens, and to the same memory.
function stay(name: string, words: Int32Array, turn: number): void {
  Atomics.add(words, 0, 1);
  Atomics.compareExchange(words, 1, 0, (process.pid << 8) | (turn & 0xff) | 1);
  const mark = Atomics.load(words, 1);
  const again: Location = { value: null };
  const second = need(rt.RtOpenSharedMemory(3, false, name, again), "a name that I hold");
  assert.ok(again.value !== null);
  assert.equal(new Int32Array(again.value)[1], mark, "the name still means the object that I hold");
  assert.ok(Atomics.load(words, 0) >= 1);
  rt.RtUnmapSharedMemory(again);
  rt.RtCloseHandle(second);
  Atomics.sub(words, 0, 1);
}

/** Takes units and signals with waits for any and all, and gives each back: as many as there were must be left. */
export async function juggle(seconds: number, number: number): Promise<Sums> {
  const keys = ["a", "b", "c"];
  const semaphores = keys.map((key) => need(rt.RtCreateSemaphore(null, UNITS, UNITS, `juggle.${key}`), "semaphore"));
  const event = need(rt.RtCreateEvent(null, false, true, "juggle.event"), "event");
  const handles = [...semaphores, event];
  const endMs = Date.now() + seconds * 1000;
  let waits = 0;
  let timeouts = 0;
  const giveBack = (i: number): void => {
    // Giving back what was taken always fits, and the event of one owner is never set: else something was taken twice.
    if (i === 3) assert.ok(rt.RtSetEvent(event));
    else assert.ok(rt.RtReleaseSemaphore(handles[i]!, 1, null), "a unit taken once fits back");
  };
  for (let turn = number; Date.now() < endMs; turn++) {
    const all = turn % 2 === 0;
    const [first, second] = [turn % 4, (turn * 7 + number + 1) % 4];
    const chosen = first === second ? [first] : [first, second];
    const list = chosen.map((i) => handles[i]!);
    const ms = turn % 5 === 0 ? 1 : PATIENCE_MS;
    const result =
      turn % 3 === 0
        ? (await rt.RtWaitForMultipleObjectsAsync(list.length, list, all, ms)).result
        : rt.RtWaitForMultipleObjects(list.length, list, all, ms);
    waits++;
    if (result === TIMED_OUT) {
      assert.equal(ms, 1, "only a short wait times out: everything taken is soon given back");
      timeouts++;
      continue;
    }
    assert.ok(result < list.length, `a wait gave ${String(result)}`);
    for (const i of all ? chosen : [chosen[result]!]) giveBack(i);
  }
  return { waits, timeouts };
}

/** Like `count`, until killed: word 0 and word 1 are equal unless an owner died between the two stores. */
export async function countUnderKills(_seconds: number, number: number): Promise<Sums> {
  const { mutex, counter } = openCounter("kills");
  for (let turn = number; ; turn++) {
    const result = await wait(mutex, turn % 4 === 0);
    assert.ok(result === 0 || result === ABANDONED, `the mutex is got: ${String(result)}`);
    const [a = 0n, b = 0n] = counter;
    if (result === 0) assert.equal(a, b, "half done, and nobody said abandoned");
    counter[0] = a + 1n;
    for (let i = 0; i < 2000; i++) counter[7] = BigInt(i);
    counter[1] = a + 1n;
    if (result === ABANDONED) counter[2] = (counter[2] ?? 0n) + 1n;
    assert.ok(rt.RtReleaseMutex(mutex));
    if (turn === number) process.send?.({ begun: 1 });
  }
}
