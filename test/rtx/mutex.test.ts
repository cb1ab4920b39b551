// Mutexes: ownership, recursion, release, and what becomes of a mutex whose owner ends.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBlocked, resultOf } from "../support/agent.js";
import {
  ERROR_ALREADY_EXISTS,
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_HANDLE,
  ERROR_NOT_OWNER,
  INFINITE,
  UNTOUCHED,
  WAIT_ABANDONED_0,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
  type HANDLE,
} from "../support/api.js";
import { fails, gives, refuses, succeeds } from "../support/expect.js";
import { freshName, onBothSides } from "../support/sides.js";

onBothSides("mutexes", (side) => {
  const { rt } = side;

  const create = (owned = false, name: string | null = null): HANDLE =>
    gives(rt, 0, () => rt.RtCreateMutex(null, owned, name));
  const open = (name: string): HANDLE => gives(rt, UNTOUCHED, () => rt.RtOpenMutex(0, false, name));
  const poll = (mutex: HANDLE) => rt.RtWaitForSingleObject(mutex, 0);
  const release = (mutex: HANDLE) => succeeds(rt, true, () => rt.RtReleaseMutex(mutex));
  const notOwned = (mutex: HANDLE) => fails(rt, ERROR_NOT_OWNER, () => rt.RtReleaseMutex(mutex));

  test("a wait takes a free mutex and a release frees it", async (t) => {
    const worker = await side.worker(t);
    const mutex = create();
    succeeds(rt, WAIT_OBJECT_0, () => poll(mutex));
    assert.equal(await worker.value("RtWaitForSingleObject", mutex, 0), WAIT_TIMEOUT);
    release(mutex);
    assert.equal(await worker.value("RtWaitForSingleObject", mutex, 0), WAIT_OBJECT_0);
    succeeds(rt, WAIT_TIMEOUT, () => poll(mutex));
  });

  test("the owner needs one release for every satisfied wait, whichever wait function it was", async (t) => {
    const worker = await side.worker(t);
    const mutex = create();
    assert.equal(rt.RtWaitForSingleObject(mutex, INFINITE), WAIT_OBJECT_0);
    assert.equal(rt.RtWaitForSingleObject(mutex, 1000), WAIT_OBJECT_0);
    assert.equal(rt.RtWaitForSingleObjectEx(mutex, { value: 0n }), WAIT_OBJECT_0);
    assert.equal(rt.RtWaitForMultipleObjects(1, [mutex], false, 0), WAIT_OBJECT_0);
    assert.equal(rt.RtWaitForMultipleObjectsEx(1, [mutex], false, { value: 10n }), WAIT_OBJECT_0);
    assert.equal((await rt.RtWaitForSingleObjectAsync(mutex, INFINITE)).result, WAIT_OBJECT_0);
    for (let left = 6; left > 0; left--) {
      assert.equal(await worker.value("RtWaitForSingleObject", mutex, 0), WAIT_TIMEOUT, `${left} releases left`);
      release(mutex);
    }
    notOwned(mutex);
    assert.equal(await worker.value("RtWaitForSingleObject", mutex, 0), WAIT_OBJECT_0);
  });

  test("bInitialOwner counts as one wait of the creating thread", async (t) => {
    const worker = await side.worker(t);
    const mutex = create(true);
    assert.equal(await worker.value("RtWaitForSingleObject", mutex, 0), WAIT_TIMEOUT);
    assert.equal(poll(mutex), WAIT_OBJECT_0);
    release(mutex);
    assert.equal(await worker.value("RtWaitForSingleObject", mutex, 0), WAIT_TIMEOUT);
    release(mutex);
    notOwned(mutex);
    assert.equal(await worker.value("RtWaitForSingleObject", mutex, 0), WAIT_OBJECT_0);
  });

  test("bInitialOwner is ignored when the mutex exists, free or owned", async (t) => {
    const worker = await side.worker(t);
    const name = freshName();
    const mutex = create(false, name);
    const again = gives(rt, ERROR_ALREADY_EXISTS, () => rt.RtCreateMutex(null, true, name));
    notOwned(again);
    assert.equal(await worker.value("RtWaitForSingleObject", mutex, 0), WAIT_OBJECT_0);
    const third = gives(rt, ERROR_ALREADY_EXISTS, () => rt.RtCreateMutex(null, true, name));
    notOwned(third);
    assert.equal(poll(third), WAIT_TIMEOUT);
  });

  test("any handle of the process releases and counts for the same owner", () => {
    const name = freshName();
    const [first, second] = [create(true, name), open(name)];
    assert.equal(poll(second), WAIT_OBJECT_0);
    release(second);
    release(first);
    notOwned(second);
    notOwned(first);
  });

  test("a release by who does not own it is refused: nobody, another thread, another process", async (t) => {
    const [worker, other] = [await side.worker(t), await side.process(t)];
    const name = freshName();
    const mutex = create(false, name);
    notOwned(mutex);
    assert.equal(poll(mutex), WAIT_OBJECT_0);
    const theirs = await other.handle("RtOpenMutex", 0, false, name);
    for (const reply of [await worker.call("RtReleaseMutex", mutex), await other.call("RtReleaseMutex", theirs)]) {
      assert.deepEqual([reply.value, reply.lastError], [false, ERROR_NOT_OWNER]);
    }
    assert.equal(await other.value("RtWaitForSingleObject", theirs, 0), WAIT_TIMEOUT, "it is still owned");
    release(mutex);
    assert.equal(await other.value("RtWaitForSingleObject", theirs, 0), WAIT_OBJECT_0);
    notOwned(mutex);
  });

  test("a release hands over to a thread that waits, in this process or another", async (t) => {
    for (const agent of [await side.worker(t), await side.process(t)]) {
      const name = freshName();
      const mutex = create(true, name);
      const waiting = await agent.block(
        "RtWaitForSingleObject",
        await agent.handle("RtOpenMutex", 0, false, name),
        INFINITE,
      );
      await assertBlocked(waiting);
      release(mutex);
      assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
      assert.equal(poll(mutex), WAIT_TIMEOUT);
    }
  });

  test("closing a handle does not release: another handle finds it owned and can release it", async (t) => {
    const worker = await side.worker(t);
    const name = freshName();
    const [first, second] = [create(true, name), open(name)];
    assert.equal(rt.RtCloseHandle(first), true);
    fails(rt, ERROR_INVALID_HANDLE, () => rt.RtReleaseMutex(first));
    assert.equal(await worker.value("RtWaitForSingleObject", second, 0), WAIT_TIMEOUT);
    release(second);
    assert.equal(await worker.value("RtWaitForSingleObject", second, 0), WAIT_OBJECT_0);
  });

  test("closing every handle of its process does not release a mutex that another process holds", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const theirs = await other.handle("RtCreateMutex", null, false, name);
    const mine = open(name);
    assert.equal(poll(mine), WAIT_OBJECT_0);
    assert.equal(rt.RtCloseHandle(mine), true);
    assert.equal(await other.value("RtWaitForSingleObject", theirs, 0), WAIT_TIMEOUT);
    const again = open(name);
    assert.equal(
      await other.value("RtWaitForSingleObject", theirs, 0),
      WAIT_TIMEOUT,
      "opening it is no release either",
    );
    release(again);
    assert.equal(await other.value("RtWaitForSingleObject", theirs, 0), WAIT_OBJECT_0);
  });

  test("an owner that closed its handle and is killed has abandoned the mutex", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const mine = create(false, name);
    const theirs = await other.handle("RtOpenMutex", 0, false, name);
    assert.equal(await other.value("RtWaitForSingleObject", theirs, 0), WAIT_OBJECT_0);
    assert.equal(await other.value("RtCloseHandle", theirs), true);
    assert.equal(poll(mine), WAIT_TIMEOUT);
    await other.kill();
    assert.equal(rt.RtWaitForSingleObject(mine, INFINITE), WAIT_ABANDONED_0);
  });

  /** Ways for a process that owns a mutex to end. */
  const endings = {
    SIGKILL: (agent) => agent.kill(),
    ExitProcess: (agent) => agent.end("ExitProcess", 0),
    "process.exit": (agent) => agent.end("exit", 0),
    "an uncaught exception": (agent) => agent.end("raise"),
    "having nothing left to do": (agent) => agent.end("finish"),
    SIGTERM: (agent) => {
      agent.signal("SIGTERM");
      return agent.ended;
    },
  } satisfies Record<string, (agent: Awaited<ReturnType<typeof side.process>>) => Promise<unknown>>;

  for (const [how, end] of Object.entries(endings)) {
    test(`a process that ends by ${how} abandons its mutex: the next wait says so, once, and owns it`, async (t) => {
      const [owner, third] = [await side.process(t), await side.worker(t)];
      const name = freshName();
      const mutex = create(false, name);
      const theirs = await owner.handle("RtOpenMutex", 0, false, name);
      for (let i = 0; i < 3; i++) assert.equal(await owner.value("RtWaitForSingleObject", theirs, 0), WAIT_OBJECT_0);
      await end(owner);
      succeeds(rt, WAIT_ABANDONED_0, () => rt.RtWaitForSingleObject(mutex, 10_000));
      assert.equal(await third.value("RtWaitForSingleObject", mutex, 0), WAIT_TIMEOUT, "it is owned");
      release(mutex); // the new owner begins at count 1, whatever the old one's was
      notOwned(mutex);
      assert.equal(await third.value("RtWaitForSingleObject", mutex, 0), WAIT_OBJECT_0, "an ordinary mutex again");
    });
  }

  test("a thread blocked in a wait gets the mutex when its owner is killed, and only the first of two is told", async (t) => {
    const [owner, first, second] = [await side.process(t), await side.process(t), await side.worker(t)];
    const name = freshName();
    const theirs = await owner.handle("RtCreateMutex", null, true, name);
    assert.equal(await owner.value("RtWaitForSingleObject", theirs, 0), WAIT_OBJECT_0);
    const inFirst = await first.handle("RtOpenMutex", 0, false, name);
    const inSecond = open(name);
    const waits = [
      await first.block("RtWaitForSingleObject", inFirst, INFINITE),
      await second.block("RtWaitForSingleObject", inSecond, INFINITE),
    ];
    await assertBlocked(...waits);
    await owner.kill();
    assert.equal(await resultOf(waits[0]!), WAIT_ABANDONED_0);
    await assertBlocked(waits[1]!);
    assert.equal(await first.value("RtReleaseMutex", inFirst), true);
    assert.equal(await resultOf(waits[1]!), WAIT_OBJECT_0);
    assert.equal(await second.value("RtReleaseMutex", inSecond), true);
    assert.equal(poll(inSecond), WAIT_OBJECT_0);
  });

  test("an asynchronous wait gets the mutex when its owner is killed", async (t) => {
    const owner = await side.process(t);
    const name = freshName();
    await owner.handle("RtCreateMutex", null, true, name);
    const mutex = open(name);
    const pending = rt.RtWaitForSingleObjectAsync(mutex, INFINITE);
    await owner.kill();
    assert.equal((await pending).result, WAIT_ABANDONED_0);
    assert.equal((await rt.RtWaitForSingleObjectAsync(mutex, 0)).result, WAIT_OBJECT_0, "once only");
    release(mutex);
    release(mutex);
    notOwned(mutex);
  });

  test("every mutex of a killed process is abandoned, however many there are", async (t) => {
    const owner = await side.process(t);
    const names = Array.from({ length: 120 }, () => freshName());
    for (const name of names) await owner.handle("RtCreateMutex", null, true, name);
    const mutexes = names.map(open);
    await owner.kill();
    for (const mutex of mutexes) assert.equal(poll(mutex), WAIT_ABANDONED_0);
    for (const mutex of mutexes) assert.equal(poll(mutex), WAIT_OBJECT_0);
  });

  test("a mutex of a killed process that nobody else holds is gone", async (t) => {
    const owner = await side.process(t);
    const name = freshName();
    await owner.handle("RtCreateMutex", null, true, name);
    await owner.kill();
    refuses(rt, ERROR_FILE_NOT_FOUND, () => rt.RtOpenMutex(0, false, name));
    assert.equal(poll(create(false, name)), WAIT_OBJECT_0, "a new one is not abandoned");
  });

  test("a killed process that had released abandons nothing", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const mutex = create(false, name);
    const theirs = await other.handle("RtOpenMutex", 0, false, name);
    await other.value("RtWaitForSingleObject", theirs, 0);
    await other.value("RtReleaseMutex", theirs);
    await other.kill();
    assert.equal(poll(mutex), WAIT_OBJECT_0);
  });

  test("a stranger's release of an abandoned mutex is refused and leaves the mark", async (t) => {
    const owner = await side.process(t);
    const name = freshName();
    const mutex = create(false, name);
    await owner.value("RtWaitForSingleObject", await owner.handle("RtOpenMutex", 0, false, name), 0);
    await owner.kill();
    notOwned(mutex);
    assert.equal(poll(mutex), WAIT_ABANDONED_0);
  });

  test("a mutex abandoned twice says so twice", async (t) => {
    const name = freshName();
    const mutex = create(false, name);
    for (let i = 0; i < 2; i++) {
      const owner = await side.process(t);
      const theirs = await owner.handle("RtOpenMutex", 0, false, name);
      assert.equal(
        await owner.value("RtWaitForSingleObject", theirs, INFINITE),
        i === 0 ? WAIT_OBJECT_0 : WAIT_ABANDONED_0,
      );
      await owner.kill();
    }
    assert.equal(poll(mutex), WAIT_ABANDONED_0);
    assert.equal(poll(mutex), WAIT_OBJECT_0);
  });

  test("a killed waiter does not get the mutex and is in nobody's way", async (t) => {
    const [dead, alive] = [await side.process(t), await side.worker(t)];
    const name = freshName();
    const mutex = create(true, name);
    const lost = await dead.block("RtWaitForSingleObject", await dead.handle("RtOpenMutex", 0, false, name), INFINITE);
    lost.reply.catch(() => undefined);
    const waiting = await alive.block("RtWaitForSingleObject", mutex, INFINITE);
    await dead.kill();
    await assertBlocked(waiting);
    release(mutex);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
  });

  test("the access asked for by an open is ignored", () => {
    const name = freshName();
    create(false, name);
    for (const access of [0, 1, 0x100000, 0xffffffff]) {
      const opened = gives(rt, UNTOUCHED, () => rt.RtOpenMutex(access, true, name));
      assert.equal(poll(opened), WAIT_OBJECT_0);
      release(opened);
    }
  });
});
