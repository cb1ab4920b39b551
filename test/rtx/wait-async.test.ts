// Asynchronous waits: they give what the blocking ones return, and the thread goes on meanwhile.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assertBlocked, resultOf, settle } from "../support/agent.js";
import {
  ERROR_ACCESS_DENIED,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  ERROR_NOT_OWNER,
  INFINITE,
  UNTOUCHED,
  WAIT_ABANDONED_0,
  WAIT_FAILED,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
  bogusHandle,
  type HANDLE,
  type WaitResult,
} from "../support/api.js";
import { fails, gives } from "../support/expect.js";
import { make, sharedMemory } from "../support/kinds.js";
import { freshName, onBothSides, win32Side } from "../support/sides.js";

const LIMIT = 64;

onBothSides("asynchronous waits", (side) => {
  const { rt } = side;
  const event = (manual: boolean, signalled: boolean, name: string | null = null): HANDLE =>
    gives(rt, 0, () => rt.RtCreateEvent(null, manual, signalled, name));
  const mutex = (owned: boolean, name: string | null = null): HANDLE =>
    gives(rt, 0, () => rt.RtCreateMutex(null, owned, name));
  const semaphore = (count: number, name: string | null = null): HANDLE =>
    gives(rt, 0, () => rt.RtCreateSemaphore(null, count, 99, name));
  const poll = (handle: HANDLE) => rt.RtWaitForSingleObject(handle, 0);
  const waitFor = (handle: HANDLE, milliseconds = INFINITE) => rt.RtWaitForSingleObjectAsync(handle, milliseconds);
  const waitForAny = (handles: readonly HANDLE[], milliseconds = INFINITE) =>
    rt.RtWaitForMultipleObjectsAsync(handles.length, handles, false, milliseconds);
  const resultsOf = async (waits: readonly Promise<WaitResult>[]) =>
    (await Promise.all(waits)).map(({ result }) => result);

  test("an object that is ready is taken", async () => {
    const handle = semaphore(2);
    assert.equal((await waitFor(handle)).result, WAIT_OBJECT_0);
    assert.equal((await waitFor(handle, 0)).result, WAIT_OBJECT_0);
    assert.equal((await waitFor(handle, 0)).result, WAIT_TIMEOUT);
    assert.equal(poll(handle), WAIT_TIMEOUT);
  });

  test("the result comes as a promise even where it is known at once", () => {
    const handle = event(true, true);
    for (const promise of [waitFor(handle), waitFor(handle, 0), waitFor(bogusHandle(null)), waitForAny([])]) {
      assert.ok(promise instanceof Promise);
    }
  });

  test("a pending wait leaves the thread free, which can signal the object itself", async () => {
    const handle = event(false, false);
    let settled = false;
    const pending = waitFor(handle).finally(() => (settled = true));
    await settle();
    assert.equal(settled, false);
    assert.equal(rt.RtSetEvent(handle), true);
    assert.equal((await pending).result, WAIT_OBJECT_0);
    assert.equal(poll(handle), WAIT_TIMEOUT, "it consumed the set");
  });

  test("timers and immediates run while waits are pending", async () => {
    const pending = [waitFor(event(false, false), 400), waitForAny([event(false, false), semaphore(0)], 400)];
    let turns = 0;
    for (let i = 0; i < 20; i++) {
      await sleep(1);
      await new Promise(setImmediate);
      turns++;
    }
    assert.equal(turns, 20);
    assert.deepEqual(await resultsOf(pending), [WAIT_TIMEOUT, WAIT_TIMEOUT]);
  });

  test("a timeout is never early and consumes nothing", async () => {
    const handle = semaphore(0);
    for (const milliseconds of [1, 20, 130, 270]) {
      const start = process.hrtime.bigint();
      assert.equal((await waitFor(handle, milliseconds)).result, WAIT_TIMEOUT);
      const passed = Number(process.hrtime.bigint() - start) / 1e6;
      assert.ok(passed >= milliseconds, `${passed} of ${milliseconds} ms`);
    }
    rt.RtReleaseSemaphore(handle, 1, null);
    assert.equal(poll(handle), WAIT_OBJECT_0);
  });

  test("another thread and another process can end the wait", async (t) => {
    for (const agent of [await side.worker(t), await side.process(t)]) {
      const name = freshName();
      const handle = event(false, false, name);
      const pending = waitFor(handle);
      const theirs = await agent.handle("RtOpenEvent", 0, false, name);
      assert.equal(await agent.value("RtSetEvent", theirs), true);
      assert.equal((await pending).result, WAIT_OBJECT_0);
    }
  });

  test("agents that wait asynchronously are woken like those that block", async (t) => {
    const agents = [await side.worker(t), await side.process(t)];
    const name = freshName();
    const handle = event(true, false, name);
    const waits = [];
    for (const agent of agents) {
      const theirs = await agent.handle("RtOpenEvent", 0, false, name);
      waits.push(await agent.block("RtWaitForSingleObjectAsync", theirs, INFINITE));
      assert.equal(await agent.value("turn"), true, "its thread is free");
    }
    await assertBlocked(...waits);
    rt.RtSetEvent(handle);
    for (const waiting of waits) assert.equal(((await resultOf(waiting)) as WaitResult).result, WAIT_OBJECT_0);
  });

  test("a pulse releases a pending wait", async (t) => {
    const worker = await side.worker(t);
    for (const manual of [true, false]) {
      const handle = event(manual, false);
      const waiting = await worker.block("RtWaitForSingleObjectAsync", handle, INFINITE);
      assert.equal(rt.RtPulseEvent(handle), true);
      assert.equal(((await resultOf(waiting)) as WaitResult).result, WAIT_OBJECT_0);
      assert.equal(poll(handle), WAIT_TIMEOUT);
    }
  });

  test("failures are results with their code, and nothing is consumed", async () => {
    const ready = event(false, true);
    const closed = event(false, true);
    rt.RtCloseHandle(closed);
    const memory = make(rt, sharedMemory, null);
    const failed = (lastError: number) => ({ result: WAIT_FAILED, lastError });
    assert.deepEqual(await waitFor(closed), failed(ERROR_INVALID_HANDLE));
    assert.deepEqual(await waitFor(bogusHandle(null)), failed(ERROR_INVALID_HANDLE));
    assert.deepEqual(await waitFor(memory), failed(ERROR_ACCESS_DENIED));
    assert.deepEqual(await waitForAny([ready, closed]), failed(ERROR_INVALID_HANDLE));
    assert.deepEqual(await waitForAny([ready, memory]), failed(ERROR_ACCESS_DENIED));
    assert.deepEqual(await waitForAny([ready, ready]), failed(ERROR_INVALID_PARAMETER));
    assert.deepEqual(await waitForAny([]), failed(ERROR_INVALID_PARAMETER));
    assert.deepEqual(await rt.RtWaitForMultipleObjectsAsync(2, [ready], false, 0), failed(ERROR_INVALID_PARAMETER));
    const many = Array.from({ length: LIMIT + 1 }, () => event(false, true));
    assert.deepEqual(await waitForAny(many), failed(ERROR_INVALID_PARAMETER));
    assert.equal(poll(ready), WAIT_OBJECT_0);
  });

  test("background work never touches the last error of the thread", async (t) => {
    const worker = await side.worker(t);
    const [pulsed, quiet, owned] = [event(false, false), event(false, false), mutex(false)];
    const closing = event(false, false);
    assert.equal(await worker.value("RtWaitForSingleObject", owned, 0), WAIT_OBJECT_0);
    rt.SetLastError(UNTOUCHED);
    const waits = [waitFor(pulsed), waitFor(quiet, 60), waitFor(owned), waitForAny([closing, quiet], 80)];
    assert.equal(rt.GetLastError(), UNTOUCHED);
    await settle();
    assert.equal(rt.RtSetEvent(pulsed), true);
    assert.equal(rt.RtCloseHandle(closing), true);
    await worker.kill();
    assert.deepEqual(await resultsOf(waits), [WAIT_OBJECT_0, WAIT_TIMEOUT, WAIT_ABANDONED_0, WAIT_TIMEOUT]);
    assert.equal(rt.GetLastError(), UNTOUCHED);
  });

  test("a mutex taken asynchronously is owned by the thread and counts as any other wait", async (t) => {
    const worker = await side.worker(t);
    const handle = mutex(false);
    assert.equal((await waitFor(handle)).result, WAIT_OBJECT_0);
    assert.equal((await waitFor(handle)).result, WAIT_OBJECT_0, "recursively");
    assert.equal(await worker.value("RtWaitForSingleObject", handle, 0), WAIT_TIMEOUT);
    assert.equal(rt.RtReleaseMutex(handle), true);
    assert.equal(rt.RtReleaseMutex(handle), true);
    fails(rt, ERROR_NOT_OWNER, () => rt.RtReleaseMutex(handle));
    assert.equal(await worker.value("RtWaitForSingleObject", handle, 0), WAIT_OBJECT_0);
    const pending = waitFor(handle);
    assert.equal(await worker.value("RtReleaseMutex", handle), true);
    assert.equal((await pending).result, WAIT_OBJECT_0);
    assert.equal(rt.RtReleaseMutex(handle), true);
  });

  test("several waits of one thread for one object are each satisfied once", async () => {
    const handle = semaphore(0);
    const waits = Array.from({ length: 10 }, () => waitFor(handle));
    assert.equal(rt.RtReleaseSemaphore(handle, 4, null), true);
    let settled = 0;
    for (const wait of waits) void wait.then(() => settled++);
    while (settled < 4) await new Promise(setImmediate);
    await settle();
    assert.equal(settled, 4);
    assert.equal(rt.RtReleaseSemaphore(handle, 7, null), true);
    assert.deepEqual(await resultsOf(waits), Array<number>(10).fill(WAIT_OBJECT_0));
    assert.deepEqual([poll(handle), poll(handle)], [WAIT_OBJECT_0, WAIT_TIMEOUT]);
  });

  test("two hundred waits for different objects are pending at once, more than one call of the kernel can watch", async () => {
    const handles = Array.from({ length: 200 }, () => event(false, false));
    const waits = handles.map((handle) => waitFor(handle));
    await settle();
    for (const handle of [...handles].reverse()) assert.equal(rt.RtSetEvent(handle), true);
    assert.deepEqual(await resultsOf(waits), Array<number>(200).fill(WAIT_OBJECT_0));
    for (const handle of handles) assert.equal(poll(handle), WAIT_TIMEOUT);
  });

  test("any of several: the smallest index that is ready, at once or later", async () => {
    const handles = [event(false, false), semaphore(1), event(true, true)];
    assert.equal((await waitForAny(handles)).result, WAIT_OBJECT_0 + 1);
    assert.equal((await waitForAny(handles)).result, WAIT_OBJECT_0 + 2);
    rt.RtResetEvent(handles[2]!);
    assert.equal((await waitForAny(handles, 30)).result, WAIT_TIMEOUT);
    const pending = waitForAny(handles);
    await settle();
    rt.RtReleaseSemaphore(handles[1]!, 1, null);
    assert.equal((await pending).result, WAIT_OBJECT_0 + 1);
    assert.deepEqual(handles.map(poll), [WAIT_TIMEOUT, WAIT_TIMEOUT, WAIT_TIMEOUT]);
  });

  test("any of 64, woken by the last", async () => {
    const handles = Array.from({ length: LIMIT }, () => event(false, false));
    const pending = waitForAny(handles);
    await settle();
    rt.RtSetEvent(handles[LIMIT - 1]!);
    assert.equal((await pending).result, WAIT_OBJECT_0 + LIMIT - 1);
  });

  test("the abandonment by a killed process ends a pending wait for any, with its index, once", async (t) => {
    const owner = await side.process(t);
    const name = freshName();
    const handles = [event(false, false), mutex(false, name)];
    await owner.value("RtWaitForSingleObject", await owner.handle("RtOpenMutex", 0, false, name), 0);
    const pending = waitForAny(handles);
    await settle();
    await owner.kill();
    assert.equal((await pending).result, WAIT_ABANDONED_0 + 1);
    assert.equal((await waitForAny(handles)).result, WAIT_OBJECT_0 + 1);
  });

  test("of two pending waits in two processes only one is told of the abandonment", async (t) => {
    const [owner, other] = [await side.process(t), await side.process(t)];
    const name = freshName();
    const mine = mutex(false, name);
    const inOwner = await owner.handle("RtOpenMutex", 0, false, name);
    const inOther = await other.handle("RtOpenMutex", 0, false, name);
    assert.equal(await owner.value("RtWaitForSingleObject", inOwner, 0), WAIT_OBJECT_0);
    const waits = [await other.block("RtWaitForSingleObjectAsync", inOther, INFINITE)];
    const pending = waitFor(mine).then(({ result }) => {
      assert.equal(rt.RtReleaseMutex(mine), true);
      return result;
    });
    await settle();
    await owner.kill();
    const theirs = (async () => {
      const { result } = (await resultOf(waits[0]!)) as WaitResult;
      assert.equal(await other.value("RtReleaseMutex", inOther), true);
      return result;
    })();
    assert.deepEqual((await Promise.all([pending, theirs])).sort(), [WAIT_OBJECT_0, WAIT_ABANDONED_0]);
  });

  test("a killed process with a pending wait takes nothing and is in nobody's way", async (t) => {
    const dead = await side.process(t);
    const name = freshName();
    const handle = semaphore(0, name);
    const lost = await dead.block(
      "RtWaitForSingleObjectAsync",
      await dead.handle("RtOpenSemaphore", 0, false, name),
      INFINITE,
    );
    lost.reply.catch(() => undefined);
    const pending = waitFor(handle);
    await dead.kill();
    rt.RtReleaseSemaphore(handle, 1, null);
    assert.equal((await pending).result, WAIT_OBJECT_0);
    assert.equal(poll(handle), WAIT_TIMEOUT);
  });

  test("a worker terminated with a pending wait takes nothing", async (t) => {
    const worker = await side.worker(t);
    const handle = semaphore(0);
    const lost = await worker.block("RtWaitForSingleObjectAsync", handle, INFINITE);
    lost.reply.catch(() => undefined);
    await worker.kill();
    rt.RtReleaseSemaphore(handle, 1, null);
    assert.equal(poll(handle), WAIT_OBJECT_0);
  });

  test("a pending wait keeps a process alive, and only as long as it is pending", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const handle = event(false, false, name);
    const waiting = await other.block(
      "RtWaitForSingleObjectAsync",
      await other.handle("RtOpenEvent", 0, false, name),
      INFINITE,
    );
    let ended = false;
    void other.ended.then(() => (ended = true));
    const end = other.end("finish"); // it reads no more commands: nothing else keeps it
    await assertBlocked(waiting);
    assert.equal(ended, false);
    rt.RtSetEvent(handle);
    assert.equal(((await resultOf(waiting)) as WaitResult).result, WAIT_OBJECT_0);
    assert.deepEqual(await end, { code: 0, signal: null });
  });

  test("a process without pending waits ends by itself, whatever it has open and has waited for", async (t) => {
    const other = await side.process(t);
    const handle = await other.handle("RtCreateEvent", null, false, false, freshName());
    assert.equal((await other.outcome("RtWaitForSingleObjectAsync", handle, 30)).result, WAIT_TIMEOUT);
    assert.deepEqual(await other.end("finish"), { code: 0, signal: null });
  });

  test("a worker with a pending wait ends when the wait does", async (t) => {
    const worker = await side.worker(t);
    const handle = event(false, false);
    const waiting = await worker.block("RtWaitForSingleObjectAsync", handle, INFINITE);
    const end = worker.end("finish");
    await settle();
    rt.RtSetEvent(handle);
    waiting.reply.catch(() => undefined); // its port is closed
    assert.equal((await end).code, 0);
    assert.equal(poll(handle), WAIT_TIMEOUT, "the wait was satisfied before");
  });
});

test("all of several, win32: nothing is taken before everything is ready", async () => {
  const { rt } = win32Side;
  const [a, b] = [
    gives(rt, 0, () => rt.RtCreateSemaphore(null, 1, 5, null)),
    gives(rt, 0, () => rt.RtCreateEvent(null, false, false, null)),
  ];
  const waitForAll = (milliseconds: number) => rt.RtWaitForMultipleObjectsAsync(2, [a, b], true, milliseconds);
  assert.equal((await waitForAll(0)).result, WAIT_TIMEOUT);
  assert.equal((await waitForAll(40)).result, WAIT_TIMEOUT);
  assert.equal(rt.RtWaitForSingleObject(a, 0), WAIT_OBJECT_0, "it was not taken");
  const pending = waitForAll(INFINITE);
  rt.RtSetEvent(b);
  await settle();
  rt.RtReleaseSemaphore(a, 1, null);
  assert.equal((await pending).result, WAIT_OBJECT_0);
  assert.deepEqual([rt.RtWaitForSingleObject(a, 0), rt.RtWaitForSingleObject(b, 0)], [WAIT_TIMEOUT, WAIT_TIMEOUT]);
});
