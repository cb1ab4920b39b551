// Waits for one object: results, timeouts and the Ex form.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBlocked, resultOf } from "../support/agent.js";
import {
  ENDLESS_TICKS,
  ERROR_ACCESS_DENIED,
  ERROR_INVALID_PARAMETER,
  INFINITE,
  WAIT_ABANDONED_0,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
  type HANDLE,
} from "../support/api.js";
import { gives, succeeds, waitFails } from "../support/expect.js";
import { make, sharedMemory } from "../support/kinds.js";
import { ticks } from "../support/protocol.js";
import { freshName, onBothSides } from "../support/sides.js";

const TICKS_PER_MS = 10_000n;

onBothSides("waits for one object", (side) => {
  const { rt } = side;
  const event = (signalled: boolean): HANDLE => gives(rt, 0, () => rt.RtCreateEvent(null, false, signalled, null));
  const semaphore = (count: number): HANDLE => gives(rt, 0, () => rt.RtCreateSemaphore(null, count, 9, null));

  /** Makes the call and returns what it gave and how long it took, on a clock that only goes forward. */
  function timed<T>(call: () => T): { value: T; ms: number } {
    const start = process.hrtime.bigint();
    const value = call();
    return { value, ms: Number(process.hrtime.bigint() - start) / 1e6 };
  }

  test("a satisfied wait is 0, one that is not is a timeout, and neither touches the last error", () => {
    const [set, unset] = [gives(rt, 0, () => rt.RtCreateEvent(null, true, true, null)), event(false)];
    succeeds(rt, WAIT_OBJECT_0, () => rt.RtWaitForSingleObject(set, 0));
    succeeds(rt, WAIT_OBJECT_0, () => rt.RtWaitForSingleObject(set, INFINITE));
    succeeds(rt, WAIT_TIMEOUT, () => rt.RtWaitForSingleObject(unset, 0));
    succeeds(rt, WAIT_TIMEOUT, () => rt.RtWaitForSingleObject(unset, 5));
    succeeds(rt, WAIT_OBJECT_0, () => rt.RtWaitForSingleObjectEx(set, { value: 0n }));
    succeeds(rt, WAIT_TIMEOUT, () => rt.RtWaitForSingleObjectEx(unset, { value: 0n }));
  });

  test("timeout 0 polls, and a poll that succeeds consumes", () => {
    const handle = semaphore(2);
    assert.equal(rt.RtWaitForSingleObject(handle, 0), WAIT_OBJECT_0);
    assert.equal(rt.RtWaitForSingleObjectEx(handle, { value: 0n }), WAIT_OBJECT_0);
    assert.equal(rt.RtWaitForSingleObject(handle, 0), WAIT_TIMEOUT);
    assert.equal(rt.RtWaitForSingleObjectEx(handle, { value: 0n }), WAIT_TIMEOUT);
  });

  test("a wait that timed out has consumed nothing", () => {
    const handle = semaphore(0);
    assert.equal(rt.RtWaitForSingleObject(handle, 20), WAIT_TIMEOUT);
    assert.equal(rt.RtReleaseSemaphore(handle, 1, null), true);
    assert.equal(rt.RtWaitForSingleObject(handle, 0), WAIT_OBJECT_0);
  });

  test("a timeout never comes early", () => {
    const handle = event(false);
    for (const milliseconds of [1, 2, 7, 30, 110, 260, 300]) {
      const plain = timed(() => rt.RtWaitForSingleObject(handle, milliseconds));
      const extended = timed(() => rt.RtWaitForSingleObjectEx(handle, { value: BigInt(milliseconds) * TICKS_PER_MS }));
      const many = timed(() => rt.RtWaitForMultipleObjects(1, [handle], false, milliseconds));
      for (const { value, ms } of [plain, extended, many]) {
        assert.equal(value, WAIT_TIMEOUT);
        assert.ok(ms >= milliseconds, `${ms} of ${milliseconds} ms`);
      }
    }
  });

  test("the unit of the Ex form is 100 ns", () => {
    const handle = event(false);
    for (const units of [1n, 9n, 9_999n, 15_000n, 123_456n]) {
      const { value, ms } = timed(() => rt.RtWaitForSingleObjectEx(handle, { value: units }));
      assert.equal(value, WAIT_TIMEOUT);
      assert.ok(ms >= Number(units) / 10_000, `${ms} ms for ${units} units`);
    }
  });

  test("the timeout of the Ex form is not written to", () => {
    const timeout = { value: 12_345n };
    assert.equal(rt.RtWaitForSingleObjectEx(event(false), timeout), WAIT_TIMEOUT);
    assert.equal(timeout.value, 12_345n);
  });

  test("the Ex form without a timeout is a bad argument, even on a handle that is ready, and consumes nothing", () => {
    const handle = event(true);
    waitFails(rt, ERROR_INVALID_PARAMETER, () => rt.RtWaitForSingleObjectEx(handle, null));
    assert.equal(rt.RtWaitForSingleObject(handle, 0), WAIT_OBJECT_0);
  });

  test("long timeouts, up to the longest that end, return at once on an object that is ready", () => {
    for (const milliseconds of [0x7fffffff, 0x80000000, 0xfffffffd, 0xfffffffe, INFINITE]) {
      assert.equal(rt.RtWaitForSingleObject(event(true), milliseconds), WAIT_OBJECT_0, `${milliseconds}`);
    }
    for (const value of [1n << 62n, 1n << 63n, ENDLESS_TICKS - 1n, ENDLESS_TICKS]) {
      assert.equal(rt.RtWaitForSingleObjectEx(event(true), { value }), WAIT_OBJECT_0, `${value}`);
    }
  });

  test("endless and very long waits last until the object is signalled", async (t) => {
    const worker = await side.worker(t);
    const handle = event(false);
    for (const [op, timeout] of [
      ["RtWaitForSingleObject", INFINITE],
      ["RtWaitForSingleObject", 0xfffffffe],
      ["RtWaitForSingleObject", 0x80000000],
      ["RtWaitForSingleObjectEx", ticks(ENDLESS_TICKS)],
      ["RtWaitForSingleObjectEx", ticks(ENDLESS_TICKS - 1n)],
      ["RtWaitForSingleObjectEx", ticks(1n << 63n)],
    ] as const) {
      const waiting = await worker.block(op, handle, timeout);
      await assertBlocked(waiting);
      assert.equal(rt.RtSetEvent(handle), true);
      assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    }
  });

  test("a wait with a timeout is satisfied when the object is signalled meanwhile", async (t) => {
    for (const agent of [await side.worker(t), await side.process(t)]) {
      const name = freshName();
      const mine = gives(rt, 0, () => rt.RtCreateEvent(null, false, false, name));
      const waiting = await agent.block(
        "RtWaitForSingleObject",
        await agent.handle("RtOpenEvent", 0, false, name),
        60_000,
      );
      assert.equal(rt.RtSetEvent(mine), true);
      assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    }
  });

  test("shared memory cannot be waited for: access denied, in every form", async () => {
    const handle = make(rt, sharedMemory, freshName());
    waitFails(rt, ERROR_ACCESS_DENIED, () => rt.RtWaitForSingleObject(handle, 0));
    waitFails(rt, ERROR_ACCESS_DENIED, () => rt.RtWaitForSingleObject(handle, INFINITE));
    waitFails(rt, ERROR_ACCESS_DENIED, () => rt.RtWaitForSingleObjectEx(handle, { value: 0n }));
    const { result, lastError } = await rt.RtWaitForSingleObjectAsync(handle, INFINITE);
    assert.deepEqual([result, lastError], [0xffffffff, ERROR_ACCESS_DENIED]);
  });

  test("an abandoned mutex is told by the Ex form as well", async (t) => {
    const worker = await side.worker(t);
    const mutex = gives(rt, 0, () => rt.RtCreateMutex(null, false, null));
    assert.equal(await worker.value("RtWaitForSingleObject", mutex, 0), WAIT_OBJECT_0);
    await worker.kill();
    succeeds(rt, WAIT_ABANDONED_0, () => rt.RtWaitForSingleObjectEx(mutex, { value: ENDLESS_TICKS }));
  });

  test("SIGINT and SIGTERM end a process whose main thread is blocked without end", async (t) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const other = await side.process(t);
      const waiting = await other.block(
        "RtWaitForSingleObject",
        await other.handle("RtCreateEvent", null, false, false, null),
        INFINITE,
      );
      waiting.reply.catch(() => undefined);
      other.signal(signal);
      assert.deepEqual(await other.ended, { code: null, signal });
    }
  });
});
