// Waits for several objects: any, all, what they take, and the arguments they refuse.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertBlocked, resultOf } from "../support/agent.js";
import {
  ENDLESS_TICKS,
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
} from "../support/api.js";
import { fails, gives, succeeds, waitFails } from "../support/expect.js";
import { event as eventKind, make, semaphore as semaphoreKind, sharedMemory } from "../support/kinds.js";
import { ticks } from "../support/protocol.js";
import { freshName, onBothSides, rtssSide, win32Side, type Side } from "../support/sides.js";

const LIMIT = 64;
const AUTO = false;
const MANUAL = true;

function toolsOf({ rt }: Side) {
  return {
    rt,
    event: (manual: boolean, signalled: boolean, name: string | null = null): HANDLE =>
      gives(rt, 0, () => rt.RtCreateEvent(null, manual, signalled, name)),
    mutex: (owned: boolean, name: string | null = null): HANDLE =>
      gives(rt, 0, () => rt.RtCreateMutex(null, owned, name)),
    semaphore: (count: number, name: string | null = null): HANDLE =>
      gives(rt, 0, () => rt.RtCreateSemaphore(null, count, 1000, name)),
    any: (handles: readonly HANDLE[], milliseconds = 0): number =>
      rt.RtWaitForMultipleObjects(handles.length, handles, false, milliseconds),
    all: (handles: readonly HANDLE[], milliseconds = 0): number =>
      rt.RtWaitForMultipleObjects(handles.length, handles, true, milliseconds),
    poll: (handle: HANDLE): number => rt.RtWaitForSingleObject(handle, 0),
  };
}

onBothSides("waits for any of several", (side) => {
  const { rt, event, mutex, semaphore, any, poll } = toolsOf(side);

  test("the smallest index that is ready wins and only it is consumed", () => {
    const handles = [event(AUTO, false), event(AUTO, true), semaphore(1), event(AUTO, true)];
    succeeds(rt, WAIT_OBJECT_0 + 1, () => any(handles));
    succeeds(rt, WAIT_OBJECT_0 + 2, () => any(handles));
    succeeds(rt, WAIT_OBJECT_0 + 3, () => any(handles));
    succeeds(rt, WAIT_TIMEOUT, () => any(handles));
    rt.RtSetEvent(handles[3]!);
    rt.RtSetEvent(handles[0]!);
    succeeds(rt, WAIT_OBJECT_0, () => any(handles));
    assert.equal(poll(handles[3]!), WAIT_OBJECT_0);
  });

  test("the order in the array decides, not the order of creation", () => {
    const [a, b, c] = [event(MANUAL, true), event(MANUAL, true), event(MANUAL, false)];
    for (const [handles, index] of [
      [[a, b, c], 0],
      [[c, b, a], 1],
      [[c, a], 1],
      [[b], 0],
    ] as const) {
      succeeds(rt, WAIT_OBJECT_0 + index, () => any(handles));
    }
  });

  test("64 objects are allowed, of all types, and 65 are not", () => {
    const handles = Array.from({ length: LIMIT + 1 }, (_, i) => (i % 2 ? semaphore(0) : event(AUTO, false)));
    const most = handles.slice(0, LIMIT);
    succeeds(rt, WAIT_TIMEOUT, () => any(most));
    rt.RtReleaseSemaphore(most[LIMIT - 1]!, 1, null);
    succeeds(rt, WAIT_OBJECT_0 + LIMIT - 1, () => any(most));
    waitFails(rt, ERROR_INVALID_PARAMETER, () => any(handles));
  });

  test("a count of 0, over 64, or more than the array holds is a bad argument and consumes nothing", () => {
    const handle = event(AUTO, true);
    const many = Array.from({ length: 70 }, () => event(AUTO, false));
    for (const [count, handles] of [
      [0, [handle]],
      [0, []],
      [2, [handle]],
      [1, []],
      [65, [handle, ...many]],
      [70, many],
      [0xffffffff, [handle]],
    ] as const) {
      waitFails(
        rt,
        ERROR_INVALID_PARAMETER,
        () => rt.RtWaitForMultipleObjects(count, handles, false, 0),
        `count ${count}`,
      );
    }
    assert.equal(poll(handle), WAIT_OBJECT_0);
  });

  test("a count below the length of the array waits for the first ones only", () => {
    const [first, second] = [event(AUTO, false), event(AUTO, true)];
    succeeds(rt, WAIT_TIMEOUT, () => rt.RtWaitForMultipleObjects(1, [first, second], false, 0));
    succeeds(rt, WAIT_OBJECT_0 + 1, () => rt.RtWaitForMultipleObjects(2, [first, second], false, 0));
    succeeds(rt, WAIT_TIMEOUT, () => rt.RtWaitForMultipleObjects(1, [first, bogusHandle(null)], false, 0));
  });

  test("the same handle twice is a bad argument", () => {
    const [one, other] = [semaphore(2), event(MANUAL, true)];
    for (const handles of [[one, one], [other, one, other], Array.from({ length: LIMIT }, () => one)]) {
      waitFails(rt, ERROR_INVALID_PARAMETER, () => any(handles));
      waitFails(rt, ERROR_INVALID_PARAMETER, () => any(handles, INFINITE));
    }
    assert.deepEqual([poll(one), poll(one), poll(one)], [WAIT_OBJECT_0, WAIT_OBJECT_0, WAIT_TIMEOUT]);
  });

  test("two handles of one object are fine, and the first takes it", () => {
    const name = freshName();
    const [one, two] = [semaphore(2, name), gives(rt, UNTOUCHED, () => semaphoreKind.open(rt, name))];
    succeeds(rt, WAIT_OBJECT_0, () => any([two, one]));
    succeeds(rt, WAIT_OBJECT_0, () => any([one, two]));
    succeeds(rt, WAIT_TIMEOUT, () => any([one, two]));
  });

  test("one wrong handle among good ones fails the wait before anything is consumed", () => {
    const ready = event(AUTO, true);
    const closed = event(AUTO, false);
    rt.RtCloseHandle(closed);
    for (const bad of [bogusHandle(null), bogusHandle(0x7abc_def0), closed]) {
      waitFails(rt, ERROR_INVALID_HANDLE, () => any([ready, bad]));
      waitFails(rt, ERROR_INVALID_HANDLE, () => any([bad, ready], INFINITE));
    }
    const memory = make(rt, sharedMemory, null);
    waitFails(rt, ERROR_ACCESS_DENIED, () => any([ready, memory]));
    waitFails(rt, ERROR_ACCESS_DENIED, () => any([memory, ready], INFINITE));
    assert.equal(poll(ready), WAIT_OBJECT_0);
  });

  test("an owned mutex is ready for its owner, and the wait counts", async (t) => {
    const worker = await side.worker(t);
    const [owned, ready] = [mutex(true), event(MANUAL, true)];
    succeeds(rt, WAIT_OBJECT_0, () => any([owned, ready]));
    assert.equal(await worker.value("RtWaitForMultipleObjects", 2, [owned, ready], false, 0), WAIT_OBJECT_0 + 1);
    succeeds(rt, true, () => rt.RtReleaseMutex(owned));
    succeeds(rt, true, () => rt.RtReleaseMutex(owned));
    fails(rt, ERROR_NOT_OWNER, () => rt.RtReleaseMutex(owned));
  });

  test("an abandoned mutex is told with its index, once, and not before a smaller index that is ready", async (t) => {
    const worker = await side.worker(t);
    const [abandoned, ready] = [mutex(false), event(MANUAL, true)];
    assert.equal(await worker.value("RtWaitForSingleObject", abandoned, 0), WAIT_OBJECT_0);
    await worker.kill();
    succeeds(rt, WAIT_OBJECT_0, () => any([ready, abandoned]));
    const unset = event(AUTO, false);
    succeeds(rt, WAIT_ABANDONED_0 + 1, () => any([unset, abandoned, ready]));
    succeeds(rt, WAIT_OBJECT_0 + 1, () => any([unset, abandoned, ready]));
    succeeds(rt, true, () => rt.RtReleaseMutex(abandoned));
    succeeds(rt, true, () => rt.RtReleaseMutex(abandoned));
    fails(rt, ERROR_NOT_OWNER, () => rt.RtReleaseMutex(abandoned));
  });

  test("a blocked wait ends with the index of what was signalled, by a thread or by another process", async (t) => {
    const [worker, other] = [await side.worker(t), await side.process(t)];
    const name = freshName();
    const handles = [event(AUTO, false), semaphore(0, name), event(MANUAL, false), mutex(true)];
    const theirs = await other.handle("RtOpenSemaphore", 0, false, name);
    const wake = [
      () => rt.RtSetEvent(handles[0]!),
      () => other.value("RtReleaseSemaphore", theirs, 1, null),
      () => rt.RtPulseEvent(handles[2]!),
      () => rt.RtReleaseMutex(handles[3]!),
    ];
    for (const [index, signal] of wake.entries()) {
      const waiting = await worker.block("RtWaitForMultipleObjects", handles.length, handles, false, INFINITE);
      await assertBlocked(waiting);
      assert.equal(await signal(), true);
      assert.equal(await resultOf(waiting), WAIT_OBJECT_0 + index);
    }
    for (const handle of handles) assert.equal(poll(handle), WAIT_TIMEOUT, "each was consumed");
  });

  test("a blocked wait ends with the abandonment of a mutex by a killed process", async (t) => {
    const [owner, worker] = [await side.process(t), await side.worker(t)];
    const name = freshName();
    const handles = [event(AUTO, false), mutex(false, name)];
    await owner.value("RtWaitForSingleObject", await owner.handle("RtOpenMutex", 0, false, name), 0);
    const waiting = await worker.block("RtWaitForMultipleObjects", 2, handles, false, INFINITE);
    await owner.kill();
    assert.equal(await resultOf(waiting), WAIT_ABANDONED_0 + 1);
    assert.equal(await worker.value("RtReleaseMutex", handles[1]!), true);
  });

  test("64 objects, blocked, are woken by the last", async (t) => {
    const worker = await side.worker(t);
    const handles = Array.from({ length: LIMIT }, () => event(AUTO, false));
    const waiting = await worker.block("RtWaitForMultipleObjects", LIMIT, handles, false, INFINITE);
    assert.equal(rt.RtSetEvent(handles[LIMIT - 1]!), true);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0 + LIMIT - 1);
    for (const handle of handles) assert.equal(poll(handle), WAIT_TIMEOUT);
  });

  test("handles closed while a thread waits for them do not end the wait", async (t) => {
    const worker = await side.worker(t);
    const name = freshName();
    const handles = [event(AUTO, false), gives(rt, 0, () => eventKind.create(rt, name))];
    const mine = gives(rt, UNTOUCHED, () => eventKind.open(rt, name));
    const waiting = await worker.block("RtWaitForMultipleObjects", 2, handles, false, INFINITE);
    for (const handle of handles) assert.equal(rt.RtCloseHandle(handle), true);
    await assertBlocked(waiting);
    assert.equal(rt.RtSetEvent(mine), true);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0 + 1);
  });

  test("the Ex form takes 100 ns units, none is a bad argument, 0 polls, 2^64-1 is for ever", async (t) => {
    const worker = await side.worker(t);
    const handles = [event(AUTO, false), event(AUTO, true)];
    waitFails(rt, ERROR_INVALID_PARAMETER, () => rt.RtWaitForMultipleObjectsEx(2, handles, false, null));
    succeeds(rt, WAIT_OBJECT_0 + 1, () => rt.RtWaitForMultipleObjectsEx(2, handles, false, { value: 0n }));
    succeeds(rt, WAIT_TIMEOUT, () => rt.RtWaitForMultipleObjectsEx(2, handles, false, { value: 0n }));
    const start = process.hrtime.bigint();
    succeeds(rt, WAIT_TIMEOUT, () => rt.RtWaitForMultipleObjectsEx(2, handles, false, { value: 255_000n }));
    assert.ok(process.hrtime.bigint() - start >= 25_500_000n);
    const waiting = await worker.block("RtWaitForMultipleObjectsEx", 2, handles, false, ticks(ENDLESS_TICKS));
    await assertBlocked(waiting);
    rt.RtSetEvent(handles[0]!);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
  });
});

describe("waits for all of several, rtss", () => {
  const { rt, event, all, poll } = toolsOf(rtssSide);

  test("bWaitAll is a bad argument in every form, and consumes nothing", async () => {
    const handles = [event(AUTO, true), event(AUTO, true)];
    waitFails(rt, ERROR_INVALID_PARAMETER, () => all(handles));
    waitFails(rt, ERROR_INVALID_PARAMETER, () => all(handles.slice(1)));
    waitFails(rt, ERROR_INVALID_PARAMETER, () => all(handles, INFINITE));
    waitFails(rt, ERROR_INVALID_PARAMETER, () =>
      rt.RtWaitForMultipleObjectsEx(2, handles, true, { value: ENDLESS_TICKS }),
    );
    assert.deepEqual(await rt.RtWaitForMultipleObjectsAsync(2, handles, true, INFINITE), {
      result: WAIT_FAILED,
      lastError: ERROR_INVALID_PARAMETER,
    });
    for (const handle of handles) assert.equal(poll(handle), WAIT_OBJECT_0);
  });
});

describe("waits for all of several, win32", () => {
  const side = win32Side;
  const { rt, event, mutex, semaphore, all, poll } = toolsOf(side);

  test("all or nothing: what is ready is left alone until everything is", () => {
    const handles = [event(AUTO, true), semaphore(1), event(MANUAL, false)];
    succeeds(rt, WAIT_TIMEOUT, () => all(handles));
    succeeds(rt, WAIT_TIMEOUT, () => all(handles, 30));
    assert.equal(poll(handles[0]!), WAIT_OBJECT_0, "it was not taken");
    rt.RtSetEvent(handles[0]!);
    rt.RtSetEvent(handles[2]!);
    succeeds(rt, WAIT_OBJECT_0, () => all(handles));
    assert.deepEqual(handles.map(poll), [WAIT_TIMEOUT, WAIT_TIMEOUT, WAIT_OBJECT_0]);
  });

  test("the result is 0 for any number of objects", () => {
    for (const count of [1, 2, 17, LIMIT]) {
      const handles = Array.from({ length: count }, () => event(AUTO, true));
      succeeds(rt, WAIT_OBJECT_0, () => all(handles));
      succeeds(rt, WAIT_TIMEOUT, () => all(handles));
    }
  });

  test("an abandoned mutex among them makes the result 0x80, whatever its index, once", async (t) => {
    const worker = await side.worker(t);
    const handles = [event(MANUAL, true), semaphore(5), mutex(false), mutex(false)];
    for (const handle of handles.slice(2)) await worker.value("RtWaitForSingleObject", handle, 0);
    await worker.kill();
    succeeds(rt, WAIT_ABANDONED_0, () => all(handles));
    succeeds(rt, WAIT_OBJECT_0, () => all(handles));
    for (const handle of handles.slice(2)) {
      succeeds(rt, true, () => rt.RtReleaseMutex(handle));
      succeeds(rt, true, () => rt.RtReleaseMutex(handle));
      fails(rt, ERROR_NOT_OWNER, () => rt.RtReleaseMutex(handle));
    }
  });

  test("a wait for all that times out does not use an abandonment up", async (t) => {
    const worker = await side.worker(t);
    const [abandoned, unset] = [mutex(false), event(AUTO, false)];
    await worker.value("RtWaitForSingleObject", abandoned, 0);
    await worker.kill();
    succeeds(rt, WAIT_TIMEOUT, () => all([abandoned, unset]));
    succeeds(rt, WAIT_TIMEOUT, () => all([unset, abandoned], 40));
    fails(rt, ERROR_NOT_OWNER, () => rt.RtReleaseMutex(abandoned));
    succeeds(rt, WAIT_ABANDONED_0, () => poll(abandoned));
  });

  test("a mutex that the caller owns is ready and counts once more", async (t) => {
    const worker = await side.worker(t);
    const [owned, ready] = [mutex(true), event(MANUAL, true)];
    succeeds(rt, WAIT_OBJECT_0, () => all([owned, ready]));
    rt.RtReleaseMutex(owned);
    assert.equal(await worker.value("RtWaitForSingleObject", owned, 0), WAIT_TIMEOUT);
    rt.RtReleaseMutex(owned);
    assert.equal(await worker.value("RtWaitForSingleObject", owned, 0), WAIT_OBJECT_0);
  });

  test("the same handle twice, or two handles of one object, is a bad argument", () => {
    const name = freshName();
    const one = semaphore(5, name);
    const two = gives(rt, UNTOUCHED, () => semaphoreKind.open(rt, name));
    const set = event(MANUAL, true);
    for (const handles of [
      [set, set],
      [one, two],
      [set, one, two],
      [two, set, one],
    ]) {
      waitFails(rt, ERROR_INVALID_PARAMETER, () => all(handles));
      waitFails(rt, ERROR_INVALID_PARAMETER, () => all(handles, INFINITE));
    }
    assert.equal(poll(one), WAIT_OBJECT_0);
    const previous = { value: 0 };
    rt.RtReleaseSemaphore(one, 1, previous);
    assert.equal(previous.value, 4, "nothing was consumed");
  });

  test("wrong handles and wrong counts are refused as for any", () => {
    const ready = event(AUTO, true);
    const memory = make(rt, sharedMemory, null);
    waitFails(rt, ERROR_INVALID_HANDLE, () => all([ready, bogusHandle(null)]));
    waitFails(rt, ERROR_ACCESS_DENIED, () => all([ready, memory], INFINITE));
    waitFails(rt, ERROR_INVALID_PARAMETER, () => all([]));
    waitFails(rt, ERROR_INVALID_PARAMETER, () => rt.RtWaitForMultipleObjects(2, [ready], true, 0));
    assert.equal(poll(ready), WAIT_OBJECT_0);
  });

  test("a blocked wait ends when the last object comes, and what was lost meanwhile must come again", async (t) => {
    const worker = await side.worker(t);
    const [a, b] = [event(AUTO, false), event(AUTO, false)];
    const waiting = await worker.block("RtWaitForMultipleObjects", 2, [a, b], true, INFINITE);
    rt.RtSetEvent(a);
    await assertBlocked(waiting);
    assert.equal(poll(a), WAIT_OBJECT_0, "the waiter holds nothing");
    rt.RtSetEvent(b);
    await assertBlocked(waiting);
    rt.RtSetEvent(a);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    assert.deepEqual([poll(a), poll(b)], [WAIT_TIMEOUT, WAIT_TIMEOUT]);
  });

  test("a blocked wait is satisfied across processes", async (t) => {
    const other = await side.process(t);
    const [first, second] = [freshName(), freshName()];
    const [e, s] = [event(AUTO, false, first), semaphore(0, second)];
    const theirs = [
      await other.handle("RtOpenEvent", 0, false, first),
      await other.handle("RtOpenSemaphore", 0, false, second),
    ];
    const waiting = await other.block("RtWaitForMultipleObjects", 2, theirs, true, INFINITE);
    rt.RtReleaseSemaphore(s, 2, null);
    await assertBlocked(waiting);
    rt.RtSetEvent(e);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    assert.deepEqual([poll(e), poll(s), poll(s)], [WAIT_TIMEOUT, WAIT_OBJECT_0, WAIT_TIMEOUT]);
  });

  test("a killed process that was blocked on all of several has taken nothing", async (t) => {
    const other = await side.process(t);
    const [first, second] = [freshName(), freshName()];
    const [s, e] = [semaphore(1, first), event(AUTO, false, second)];
    const theirs = [
      await other.handle("RtOpenSemaphore", 0, false, first),
      await other.handle("RtOpenEvent", 0, false, second),
    ];
    const waiting = await other.block("RtWaitForMultipleObjects", 2, theirs, true, INFINITE);
    waiting.reply.catch(() => undefined);
    await other.kill();
    rt.RtSetEvent(e);
    succeeds(rt, WAIT_OBJECT_0, () => all([s, e]));
  });

  test("a pulse satisfies a wait for all only where everything else is ready", async (t) => {
    const worker = await side.worker(t);
    const [pulsed, other] = [event(MANUAL, false), event(AUTO, false)];
    const waiting = await worker.block("RtWaitForMultipleObjects", 2, [pulsed, other], true, INFINITE);
    rt.RtPulseEvent(pulsed);
    await assertBlocked(waiting);
    rt.RtSetEvent(other);
    await assertBlocked(waiting);
    rt.RtPulseEvent(pulsed);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    assert.deepEqual([poll(pulsed), poll(other)], [WAIT_TIMEOUT, WAIT_TIMEOUT]);
  });

  test("two threads that want the same two objects in opposite orders never take one each", async (t) => {
    const [one, two] = [await side.worker(t), await side.process(t)];
    const [first, second] = [freshName(), freshName()];
    const pair = [semaphore(0, first), semaphore(0, second)] as const;
    const inOne = [pair[0], pair[1]];
    const inTwo = [
      await two.handle("RtOpenSemaphore", 0, false, second),
      await two.handle("RtOpenSemaphore", 0, false, first),
    ];
    for (let round = 0; round < 60; round++) {
      const waits = [
        one.begin("RtWaitForMultipleObjects", 2, inOne, true, INFINITE),
        two.begin("RtWaitForMultipleObjects", 2, inTwo, true, INFINITE),
      ];
      for (const handle of round % 2 ? pair : [...pair].reverse()) rt.RtReleaseSemaphore(handle, 2, null);
      for (const waiting of waits) assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
      assert.deepEqual(pair.map(poll), [WAIT_TIMEOUT, WAIT_TIMEOUT]);
    }
  });

  test("threads that exchange through any and all lose nothing", async (t) => {
    const [alls, anys] = [await side.worker(t), await side.worker(t)];
    const [a, b, done] = [semaphore(0), semaphore(0), semaphore(0)];
    const ROUNDS = 60;
    const all = (async () => {
      for (let i = 0; i < ROUNDS; i++) {
        assert.equal(await alls.value("RtWaitForMultipleObjects", 2, [a, b], true, INFINITE), WAIT_OBJECT_0);
      }
    })();
    const any = ["RtWaitForMultipleObjects", 3, [done, a, b], false, INFINITE] as const;
    const first = await anys.block(...any); // asleep before anything is released: it takes the first one for certain
    const either = (async () => {
      let index = Number(await resultOf(first));
      let taken = 0;
      for (; index !== 0; taken++) {
        assert.equal(rt.RtReleaseSemaphore(index === 1 ? a : b, 1, null), true); // given back: the other needs both
        index = Number(await anys.value(...any));
      }
      return taken;
    })();
    for (let i = 0; i < ROUNDS; i++) {
      assert.equal(rt.RtReleaseSemaphore(a, 1, null), true);
      await new Promise(setImmediate);
      assert.equal(rt.RtReleaseSemaphore(b, 1, null), true);
    }
    await all;
    rt.RtReleaseSemaphore(done, 1, null);
    assert.ok((await either) > 0);
    assert.deepEqual([poll(a), poll(b)], [WAIT_TIMEOUT, WAIT_TIMEOUT]);
  });
});
