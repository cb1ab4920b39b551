// Events, semaphores, waits for several objects: what is taken, time-outs as values, aborts, iteration, what keeps a process alive.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  Event,
  Mutex,
  Ring,
  RtError,
  Semaphore,
  SharedMemory,
  Snapshot,
  waitAll,
  waitAllSync,
  waitAny,
  waitAnySync,
} from "rtshm";
import { struct, u32 } from "rtshm/struct";
import { INFINITE, WAIT_OBJECT_0, WAIT_TIMEOUT } from "../support/api.js";
import { endingOf } from "../support/ending.js";
import { freshName, win32Side } from "../support/sides.js";

const failsWith = (code: string) => (error: unknown) => error instanceof RtError && error.code === code;

test("an auto-reset event is taken by one wait, a manual-reset event by all until it is reset", async () => {
  using auto = Event.createUnnamed();
  auto.set();
  auto.set();
  assert.equal(await auto.wait(), true);
  assert.equal(await auto.wait({ timeoutMs: 0 }), false);
  assert.equal(auto.waitSync({ timeoutMs: 2 }), false);
  using manual = Event.createUnnamed({ manualReset: true, signalled: true });
  assert.deepEqual([manual.waitSync(), await manual.wait()], [true, true]);
  manual.reset();
  assert.equal(await manual.wait({ timeoutMs: 5 }), false);
  const waits = [manual.wait(), manual.wait()];
  manual.pulse();
  assert.deepEqual(await Promise.all(waits), [true, true]);
  assert.equal(manual.waitSync({ timeoutMs: 0 }), false);
});

test("an event says how its creator made it, whoever opens it", () => {
  using made = Event.create(freshName(), { manualReset: true });
  using found = Event.openOrCreate(made.name!);
  using auto = Event.createUnnamed();
  assert.deepEqual([made.manualReset, found.manualReset, auto.manualReset], [true, true, false]);
});

test("an event set in one process is had in the other", async (t) => {
  const name = freshName();
  using event = Event.create(name);
  const other = await win32Side.process(t);
  const handle = await other.handle("RtOpenEvent", 0x1f0003, false, name);
  const pending = event.wait();
  await other.call("RtSetEvent", handle);
  assert.equal(await pending, true);
  const waiting = await other.block("RtWaitForSingleObject", handle, INFINITE);
  event.set();
  assert.equal((await waiting.reply).value, WAIT_OBJECT_0);
});

test("signals() gives one turn a signal and ends with the signal's reason or with the event", async () => {
  const event = Event.createUnnamed();
  const controller = new AbortController();
  const reason = new Error("enough");
  let turns = 0;
  const loop = (async () => {
    for await (const _ of event.signals({ signal: controller.signal })) turns++;
  })();
  for (let i = 1; i <= 5; i++) {
    event.set();
    while (turns < i) await turn();
  }
  controller.abort(reason);
  await assert.rejects(loop, (error) => error === reason);
  assert.equal(turns, 5);
  const second = event.signals().next();
  event.close();
  await assert.rejects(second, failsWith("ERROR_INVALID_HANDLE"));
});

test("a loop over signals() that is left takes nothing more", async () => {
  using event = Event.createUnnamed();
  event.set();
  for await (const _ of event.signals()) break;
  event.set();
  assert.equal(event.waitSync({ timeoutMs: 0 }), true);
});

test("a semaphore gives its units one by one and counts what comes back", async (t) => {
  const name = freshName();
  using semaphore = Semaphore.create(name, { initial: 2, maximum: 3 });
  assert.equal(semaphore.maximum, 3);
  assert.deepEqual([semaphore.tryAcquire(), await semaphore.acquire(), semaphore.tryAcquire()], [true, true, false]);
  assert.equal(await semaphore.acquire({ timeoutMs: 5 }), false);
  const pending = semaphore.acquire();
  assert.equal(semaphore.release(2), 0);
  assert.equal(await pending, true);
  assert.equal(semaphore.release(), 1);
  assert.throws(() => semaphore.release(2), failsWith("ERROR_TOO_MANY_POSTS"));
  assert.throws(() => semaphore.release(0), /units must be an integer from 1/);
  using same = Semaphore.openOrCreate(name, { initial: 1 });
  assert.equal(same.maximum, 3, "the creator decided");
  const other = await win32Side.process(t);
  const handle = await other.handle("RtOpenSemaphore", 0x1f0003, false, name);
  for (const expected of [WAIT_OBJECT_0, WAIT_OBJECT_0, WAIT_TIMEOUT])
    assert.equal(await other.value("RtWaitForSingleObject", handle, 0), expected);
});

test("waitAny takes the first that is signalled and leaves the others", async () => {
  using a = Event.createUnnamed();
  using b = Semaphore.createUnnamed({ initial: 1 });
  using c = Mutex.createUnnamed();
  assert.deepEqual(await waitAny([a, b, c]), { index: 1, timedOut: false, lock: undefined });
  const { index, lock } = await waitAny([a, b, c]);
  assert.equal(index, 2);
  assert.equal(lock?.isHeld, true);
  lock?.release();
  assert.equal(waitAnySync([a, b], { timeoutMs: 3 }).index, -1);
  const pending = waitAny([b, a], { timeoutMs: 60_000 });
  a.set();
  assert.equal((await pending).index, 1);
  assert.equal(a.waitSync({ timeoutMs: 0 }), false);
});

test("waitAll takes all at one instant or nothing", async () => {
  using a = Event.createUnnamed();
  using b = Semaphore.createUnnamed();
  using c = Mutex.createUnnamed();
  const pending = waitAll([a, b, c]);
  a.set();
  await turn();
  assert.equal(a.waitSync({ timeoutMs: 0 }), true, "it was not taken in advance");
  a.set();
  b.release();
  const { timedOut, locks } = await pending;
  assert.deepEqual([timedOut, locks.length, locks[0]?.abandoned], [false, 1, false]);
  assert.equal(waitAllSync([b, c], { timeoutMs: 0 }).timedOut, true);
  locks[0]?.release();
  b.release();
  assert.equal(waitAllSync([b, c]).locks.length, 1);
});

test("arguments of waits are checked before anything is taken", async () => {
  using event = Event.createUnnamed({ signalled: true });
  const memory = SharedMemory.createUnnamed({ size: 1 });
  const small = { messageBytes: 8, capacity: 2 };
  const Count = struct("Count", { count: u32 });
  const wrong: [() => Promise<unknown>, RegExp][] = [
    [() => event.wait({ timeoutMs: -1 }), /timeoutMs must be 0 or more, or Infinity, not -1/],
    [() => event.wait({ timeoutMs: Number.NaN }), /timeoutMs must be 0 or more/],
    [
      () => event.wait({ timeoutMs: null as unknown as number }),
      /timeoutMs must be a number of milliseconds, not null/,
    ],
    [async () => event.waitSync({ timeoutMs: null as unknown as number }), /timeoutMs must be a number/],
    [() => event.wait({ ref: 1 as unknown as boolean }), /ref must be true or false, not 1/],
    [() => event.wait({ timeoutMs: "1" as unknown as number }), /timeoutMs must be a number of milliseconds/],
    [() => event.wait({ timeout: 1 } as object), /there is no option timeout: there are signal, ref, timeoutMs/],
    [() => event.wait({ signal: {} as AbortSignal }), /signal must be an AbortSignal/],
    [() => event.signals({ timeoutMs: 5 } as object).next(), /there is no option timeoutMs here/],
    [
      () =>
        Ring.createUnnamed(small)
          .items({ timeoutMs: 5 } as object)
          .next(),
      /there is no option timeoutMs here/,
    ],
    [
      () =>
        Snapshot.createUnnamed(Count)
          .changes({ timeoutMs: 5 } as object)
          .next(),
      /no option timeoutMs here/,
    ],
    [() => event.signals({ since: 5 } as object).next(), /there is no option since/],
    [() => waitAny([]), /objects must be 1 to 64 objects, not 0/],
    [() => waitAny(Array.from({ length: 65 }, () => event)), /not 65/],
    [() => waitAny(event as never), /objects must be an array of objects, not object/],
    [() => waitAny([event, memory as never]), /objects\[1\] cannot be waited for/],
    [() => waitAll([event, event]), /one object twice/],
  ];
  for (const [call, message] of wrong) await assert.rejects(call, message);
  assert.equal(event.waitSync({ timeoutMs: 0 }), true);
});

test("closing one of the objects ends a wait for several, and puts nothing out of order", async () => {
  using a = Event.createUnnamed();
  const b = Event.createUnnamed();
  const pending = waitAny([a, b]);
  b.close();
  await assert.rejects(pending, failsWith("ERROR_INVALID_HANDLE"));
  a.set();
  assert.equal(a.waitSync({ timeoutMs: 0 }), true);
});

test("what was granted to a wait that its object's end cancelled is there for others", async () => {
  const name = freshName();
  using kept = Event.create(name);
  using units = Semaphore.create(freshName());
  const event = Event.open(name);
  const semaphore = Semaphore.open(units.name!);
  const pending = [event.wait(), semaphore.acquire()];
  kept.set();
  units.release();
  event.close(); // in the same turn: the promises did not hear of it
  semaphore.close();
  for (const each of pending) await assert.rejects(each, failsWith("ERROR_INVALID_HANDLE"));
  assert.equal(kept.waitSync({ timeoutMs: 0 }), true);
  assert.equal(units.tryAcquire(), true);
});

const program = (wait: string): string => `
  import { Event } from "rtshm";
  const event = Event.createUnnamed();
  ${wait}
  console.log("waiting");
`;

test("a wait keeps the process alive, unless the object or the wait is unref'd", async (t) => {
  assert.equal(await endingOf(t, program("event.wait();")), "alive");
  assert.equal(await endingOf(t, program("event.unref().wait();")), "ended");
  assert.equal(await endingOf(t, program("event.wait({ ref: false });")), "ended");
  assert.equal(await endingOf(t, program("event.unref().ref().wait();")), "alive");
});
