// Semaphores: counts and their limits, release, and waiters in other threads and processes.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBlocked, resultOf } from "../support/agent.js";
import {
  ERROR_ALREADY_EXISTS,
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_PARAMETER,
  ERROR_TOO_MANY_POSTS,
  INFINITE,
  UNTOUCHED,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
  type HANDLE,
} from "../support/api.js";
import { fails, gives, refuses, succeeds } from "../support/expect.js";
import { box } from "../support/protocol.js";
import { freshName, onBothSides } from "../support/sides.js";

const LONG_MAX = 2147483647;

onBothSides("semaphores", (side) => {
  const { rt } = side;

  const create = (initial: number, maximum: number, name: string | null = null): HANDLE =>
    gives(rt, 0, () => rt.RtCreateSemaphore(null, initial, maximum, name));
  const poll = (semaphore: HANDLE) => rt.RtWaitForSingleObject(semaphore, 0);
  /** Takes everything that is there and says how much it was. */
  const drain = (semaphore: HANDLE) => {
    let taken = 0;
    while (poll(semaphore) === WAIT_OBJECT_0) taken++;
    return taken;
  };
  const released = (semaphore: HANDLE, count: number, before: number) => {
    const previous = { value: -7 };
    succeeds(rt, true, () => rt.RtReleaseSemaphore(semaphore, count, previous));
    assert.equal(previous.value, before, "the count before the release");
  };

  test("the count begins at the initial value and every wait takes one", () => {
    for (const [initial, maximum] of [
      [0, 1],
      [1, 1],
      [3, 5],
      [7, LONG_MAX],
    ] as const) {
      assert.equal(drain(create(initial, maximum)), initial);
    }
  });

  test("counts outside their limits are bad arguments, and nothing is made", () => {
    for (const [initial, maximum] of [
      [-1, 1],
      [2, 1],
      [0, 0],
      [1, 0],
      [0, -1],
      [-1, -1],
      [-LONG_MAX - 1, 5],
      [0, -LONG_MAX - 1],
      [LONG_MAX, LONG_MAX - 1],
    ] as const) {
      const name = freshName();
      refuses(
        rt,
        ERROR_INVALID_PARAMETER,
        () => rt.RtCreateSemaphore(null, initial, maximum, name),
        `${initial} of ${maximum}`,
      );
      refuses(rt, ERROR_INVALID_PARAMETER, () => rt.RtCreateSemaphore(null, initial, maximum, null));
      refuses(rt, ERROR_FILE_NOT_FOUND, () => rt.RtOpenSemaphore(0, false, name));
    }
  });

  test("the largest counts are allowed", () => {
    const full = create(LONG_MAX, LONG_MAX);
    fails(rt, ERROR_TOO_MANY_POSTS, () => rt.RtReleaseSemaphore(full, 1, null));
    assert.equal(poll(full), WAIT_OBJECT_0);
    released(full, 1, LONG_MAX - 1);
    const empty = create(0, LONG_MAX);
    released(empty, LONG_MAX, 0);
    fails(rt, ERROR_TOO_MANY_POSTS, () => rt.RtReleaseSemaphore(empty, LONG_MAX, null));
  });

  test("a release adds its count and tells the one before", () => {
    const semaphore = create(0, 10);
    released(semaphore, 1, 0);
    released(semaphore, 4, 1);
    released(semaphore, 5, 5);
    assert.equal(drain(semaphore), 10);
    released(semaphore, 2, 0);
  });

  test("a release without an out parameter is fine", () => {
    const semaphore = create(0, 2);
    succeeds(rt, true, () => rt.RtReleaseSemaphore(semaphore, 2, null));
    assert.equal(drain(semaphore), 2);
  });

  test("a release over the maximum changes nothing, neither the count nor the out parameter", () => {
    const semaphore = create(1, 3);
    const previous = { value: -7 };
    for (const count of [3, 4, LONG_MAX]) {
      fails(rt, ERROR_TOO_MANY_POSTS, () => rt.RtReleaseSemaphore(semaphore, count, previous), `${count}`);
      assert.equal(previous.value, -7);
    }
    released(semaphore, 2, 1);
    fails(rt, ERROR_TOO_MANY_POSTS, () => rt.RtReleaseSemaphore(semaphore, 1, previous));
    assert.equal(drain(semaphore), 3);
  });

  test("a release of nothing or less is a bad argument and changes nothing", () => {
    const semaphore = create(1, 3);
    const previous = { value: -7 };
    for (const count of [0, -1, -LONG_MAX - 1]) {
      fails(rt, ERROR_INVALID_PARAMETER, () => rt.RtReleaseSemaphore(semaphore, count, previous), `${count}`);
    }
    assert.equal(previous.value, -7);
    assert.equal(drain(semaphore), 1);
  });

  test("create of an existing semaphore ignores good counts and refuses bad ones", () => {
    const name = freshName();
    const first = create(1, 1, name);
    const second = gives(rt, ERROR_ALREADY_EXISTS, () => rt.RtCreateSemaphore(null, 5, 10, name));
    fails(rt, ERROR_TOO_MANY_POSTS, () => rt.RtReleaseSemaphore(second, 1, null));
    refuses(rt, ERROR_INVALID_PARAMETER, () => rt.RtCreateSemaphore(null, 2, 1, name));
    assert.equal(drain(first), 1);
    assert.equal(drain(second), 0);
  });

  test("the count is shared by every process that holds the semaphore", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const mine = create(2, 5, name);
    const theirs = await other.handle("RtOpenSemaphore", 0, false, name);
    assert.equal(await other.value("RtWaitForSingleObject", theirs, 0), WAIT_OBJECT_0);
    const reply = await other.call("RtReleaseSemaphore", theirs, 3, box(-7));
    assert.deepEqual([reply.value, reply.box], [true, 1]);
    assert.equal(drain(mine), 4);
    const refused = await other.call("RtReleaseSemaphore", theirs, 6, box(-7));
    assert.deepEqual([refused.value, refused.lastError, refused.box], [false, ERROR_TOO_MANY_POSTS, -7]);
  });

  test("a release satisfies as many waiters as it has counts, in every process", async (t) => {
    const agents = [await side.worker(t), await side.process(t), await side.worker(t)];
    const name = freshName();
    const semaphore = create(0, 3, name);
    const waits = [];
    for (const agent of agents) {
      waits.push(
        await agent.block("RtWaitForSingleObject", await agent.handle("RtOpenSemaphore", 0, false, name), INFINITE),
      );
    }
    await assertBlocked(...waits);
    released(semaphore, 2, 0);
    const ended = new Set<number>();
    while (ended.size < 2) {
      ended.add(await Promise.race(waits.flatMap(({ reply }, i) => (ended.has(i) ? [] : [reply.then(() => i)]))));
    }
    const [left] = waits.filter((_, i) => !ended.has(i));
    await assertBlocked(left!);
    released(semaphore, 1, 0);
    for (const waiting of waits) assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    assert.equal(drain(semaphore), 0);
  });

  test("what the waiters leave of a release stays", async (t) => {
    const worker = await side.worker(t);
    const semaphore = create(0, 5);
    const waiting = await worker.block("RtWaitForSingleObject", semaphore, INFINITE);
    released(semaphore, 3, 0);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    assert.equal(drain(semaphore), 2);
  });

  test("the maximum is checked before any waiter takes", async (t) => {
    const worker = await side.worker(t);
    const semaphore = create(0, 1);
    const waiting = await worker.block("RtWaitForSingleObject", semaphore, INFINITE);
    fails(rt, ERROR_TOO_MANY_POSTS, () => rt.RtReleaseSemaphore(semaphore, 2, null));
    await assertBlocked(waiting);
    released(semaphore, 1, 0);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
  });

  test("a killed holder does not give its counts back", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const semaphore = create(2, 2, name);
    await other.value("RtWaitForSingleObject", await other.handle("RtOpenSemaphore", 0, false, name), 0);
    await other.kill();
    assert.equal(drain(semaphore), 1);
    assert.equal(rt.RtWaitForSingleObject(semaphore, 50), WAIT_TIMEOUT);
  });

  test("a killed waiter takes no count and stands in nobody's way", async (t) => {
    const [dead, alive] = [await side.process(t), await side.process(t)];
    const name = freshName();
    const semaphore = create(0, 5, name);
    const lost = await dead.block(
      "RtWaitForSingleObject",
      await dead.handle("RtOpenSemaphore", 0, false, name),
      INFINITE,
    );
    lost.reply.catch(() => undefined);
    const waiting = await alive.block(
      "RtWaitForSingleObject",
      await alive.handle("RtOpenSemaphore", 0, false, name),
      INFINITE,
    );
    await dead.kill();
    released(semaphore, 2, 0);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    assert.equal(drain(semaphore), 1);
  });

  test("the count ends with the last handle", () => {
    const name = freshName();
    assert.equal(rt.RtCloseHandle(create(3, 3, name)), true);
    assert.equal(drain(create(1, 9, name)), 1);
  });

  test("producers and consumers in several processes get through what was produced, exactly", async (t) => {
    const name = freshName();
    const semaphore = create(0, LONG_MAX, name);
    const consumers = [await side.process(t), await side.worker(t)];
    const taken = consumers.map(async (consumer) => {
      const handle = await consumer.handle("RtOpenSemaphore", 0, false, name);
      for (let i = 0; i < 200; i++)
        assert.equal(await consumer.value("RtWaitForSingleObject", handle, INFINITE), WAIT_OBJECT_0);
      return 200;
    });
    for (let i = 0; i < 100; i++) {
      assert.equal(rt.RtReleaseSemaphore(semaphore, 4, null), true);
      if (i % 10 === 0) await new Promise(setImmediate);
    }
    assert.deepEqual(await Promise.all(taken), [200, 200]);
    assert.equal(drain(semaphore), 0);
  });

  test("the access asked for by an open is ignored", () => {
    const name = freshName();
    create(0, 9, name);
    for (const access of [0, 1, 0x100000, 0xffffffff]) {
      const opened = gives(rt, UNTOUCHED, () => rt.RtOpenSemaphore(access, true, name));
      released(opened, 1, 0);
      assert.equal(poll(opened), WAIT_OBJECT_0);
    }
  });
});
