// Mutexes owned by tokens: exclusion between tasks, threads and processes, abandonment, time-outs, aborts, deadlock refused.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Event, Mutex, RtError, waitAll, waitAny, waitAnySync } from "rtshm";
import { INFINITE, WAIT_ABANDONED_0, WAIT_OBJECT_0, WAIT_TIMEOUT } from "../support/api.js";
import { freshName, win32Side } from "../support/sides.js";

const failsWith = (code: string) => (error: unknown) => error instanceof RtError && error.code === code;

test("tasks of one thread exclude each other, through one object or through several of one name", async () => {
  const name = freshName();
  using one = Mutex.create(name);
  using two = Mutex.open(name);
  let inside = 0;
  let count = 0;
  const task = async (mutex: Mutex): Promise<void> => {
    for (let i = 0; i < 200; i++) {
      using lock = await mutex.acquire();
      assert.equal(lock.isHeld, true);
      assert.equal(++inside, 1);
      const before = count;
      if (i % 7 === 0) await turn();
      else await Promise.resolve();
      count = before + 1;
      inside--;
    }
  };
  await Promise.all([task(one), task(one), task(two), task(two), task(two)]);
  assert.equal(count, 1000);
});

test("tasks are served in the order in which they asked", async () => {
  using mutex = Mutex.createUnnamed();
  const first = await mutex.acquire();
  const order: number[] = [];
  const tasks = Array.from({ length: 10 }, async (_, i) => {
    using lock = await mutex.acquire();
    order.push(lock.isHeld ? i : -1);
  });
  first.release();
  await Promise.all(tasks);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a task that holds the lock keeps out this thread's other waits for it: any, all, try", async () => {
  using mutex = Mutex.createUnnamed();
  using event = Event.createUnnamed({ manualReset: true, signalled: true });
  const lock = await mutex.acquire();
  assert.equal(mutex.tryAcquire(), undefined);
  assert.equal((await waitAny([mutex], { timeoutMs: 0 })).timedOut, true);
  assert.equal((await waitAny([mutex], { timeoutMs: 5 })).timedOut, true);
  assert.equal((await waitAll([mutex, event], { timeoutMs: 5 })).timedOut, true);
  assert.equal((await waitAny([mutex, event])).index, 1);
  const all = waitAll([mutex, event]);
  lock.release();
  const result = await all;
  assert.equal(result.locks.length, 1);
  assert.equal(mutex.tryAcquire(), undefined);
  result.locks[0]!.release();
  assert.equal(mutex.tryAcquire()?.isHeld, true);
});

test("a lock excludes other processes, and their locks exclude it", async (t) => {
  const name = freshName();
  using mutex = Mutex.create(name);
  const other = await win32Side.process(t);
  const handle = await other.handle("RtOpenMutex", 0x1f0003, false, name);
  const lock = await mutex.acquire();
  assert.equal(await other.value("RtWaitForSingleObject", handle, 0), WAIT_TIMEOUT);
  const waiting = await other.block("RtWaitForSingleObject", handle, INFINITE);
  lock.release();
  assert.equal((await waiting.reply).value, WAIT_OBJECT_0);
  assert.equal(await mutex.acquire({ timeoutMs: 10 }), undefined);
  const pending = mutex.acquire();
  await other.call("RtReleaseMutex", handle);
  assert.equal((await pending).abandoned, false);
});

test("the lock of a killed process is had at once, and says so once", async (t) => {
  const name = freshName();
  using mutex = Mutex.create(name);
  const owner = await win32Side.process(t);
  const handle = await owner.handle("RtOpenMutex", 0x1f0003, false, name);
  assert.equal(await owner.value("RtWaitForSingleObject", handle, 0), WAIT_OBJECT_0);
  const pending = mutex.acquire();
  await owner.kill();
  const lock = await pending;
  assert.equal(lock.abandoned, true);
  lock.release();
  assert.equal((await mutex.acquire()).abandoned, false);
});

test("a lock released at the end of its block, once more, or after close: the mutex is given back once", async (t) => {
  const name = freshName();
  const mutex = Mutex.create(name);
  {
    using lock = mutex.acquireSync();
    assert.equal(lock.isHeld, true);
  }
  const stale = mutex.acquireSync();
  stale.release();
  const lock = mutex.acquireSync();
  stale.release();
  assert.equal(mutex.tryAcquire(), undefined, "a released token has no power over the next one");
  const other = await win32Side.process(t);
  const handle = await other.handle("RtOpenMutex", 0x1f0003, false, name);
  mutex.close();
  assert.equal(lock.isHeld, false);
  lock.release();
  assert.equal(await other.value("RtWaitForSingleObject", handle, 0), WAIT_OBJECT_0, "given back, not abandoned");
});

test("run releases however the function ends, and passes on what it gives", async () => {
  using mutex = Mutex.createUnnamed();
  assert.equal(await mutex.run(() => 7), 7);
  assert.equal(await mutex.run(async (lock) => (await turn(), lock.isHeld)), true);
  await assert.rejects(
    mutex.run(() => {
      throw new Error("mine");
    }),
    /mine/,
  );
  await assert.rejects(
    mutex.run(() => Promise.reject(new Error("mine too"))),
    /mine too/,
  );
  const lock = mutex.tryAcquire();
  assert.ok(lock !== undefined);
  let ran = false;
  await assert.rejects(
    mutex.run(() => (ran = true), { timeoutMs: 5 }),
    failsWith("WAIT_TIMEOUT"),
  );
  assert.equal(ran, false);
  await assert.rejects(mutex.run(7 as never), TypeError);
});

test("an abort rejects with the signal's reason and takes nothing", async () => {
  using mutex = Mutex.createUnnamed();
  const lock = await mutex.acquire();
  const controller = new AbortController();
  const reason = new Error("no longer needed");
  const pending = mutex.acquire({ signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(pending, (error) => error === reason);
  await assert.rejects(mutex.acquire({ signal: controller.signal }), (error) => error === reason);
  lock.release();
  assert.equal(mutex.tryAcquire()?.isHeld, true);
});

test("blocking for what the own thread holds is refused instead of standing still for ever", async () => {
  using mutex = Mutex.createUnnamed();
  using event = Event.createUnnamed();
  const lock = await mutex.acquire();
  assert.throws(() => mutex.acquireSync(), failsWith("ERROR_POSSIBLE_DEADLOCK"));
  assert.throws(() => waitAnySync([mutex]), failsWith("ERROR_POSSIBLE_DEADLOCK"));
  assert.equal(mutex.acquireSync({ timeoutMs: 5 }), undefined);
  assert.equal(waitAnySync([mutex, event], { timeoutMs: 5 }).timedOut, true);
  const queued = mutex.acquire();
  lock.release(); // to the task that waits, which cannot run before this one blocks
  assert.throws(() => mutex.acquireSync(), failsWith("ERROR_POSSIBLE_DEADLOCK"));
  (await queued).release();
  mutex.acquireSync().release();
});

test("closing a mutex ends the waits for it with an error, and what was granted to them goes on", async (t) => {
  const name = freshName();
  const mutex = Mutex.create(name);
  const lock = await mutex.acquire();
  const pending = [mutex.acquire(), mutex.acquire()];
  const other = await win32Side.process(t);
  const handle = await other.handle("RtOpenMutex", 0x1f0003, false, name);
  const waiting = await other.block("RtWaitForSingleObject", handle, INFINITE);
  assert.equal(lock.isHeld, true);
  mutex.close(); // releases: the first task is granted it, and gives it back
  for (const each of pending) await assert.rejects(each, failsWith("ERROR_INVALID_HANDLE"));
  const { value } = await waiting.reply;
  assert.notEqual(value, WAIT_ABANDONED_0);
  assert.equal(value, WAIT_OBJECT_0);
});

test("the Rt functions stay recursive by thread beside it", async () => {
  const name = freshName();
  using mutex = Mutex.create(name);
  const { rt } = win32Side;
  const handle = rt.RtOpenMutex(0x1f0003, false, name)!;
  assert.equal(rt.RtWaitForSingleObject(handle, 0), WAIT_OBJECT_0);
  assert.equal(rt.RtWaitForSingleObject(handle, 0), WAIT_OBJECT_0);
  assert.equal(mutex.tryAcquire(), undefined);
  const pending = mutex.acquire();
  assert.equal(rt.RtReleaseMutex(handle), true);
  assert.equal(await Promise.race([pending, turn("free?")]), "free?");
  assert.equal(rt.RtReleaseMutex(handle), true);
  (await pending).release();
  rt.RtCloseHandle(handle);
});
