// Worker threads: handles belong to the process, last error, ownership and views to the thread, and what a thread's end leaves.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { unlessWithoutSlices } from "../support/leans-on-slices.js";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertBlocked, resultOf, type WorkerAgent } from "../support/agent.js";
import {
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_HANDLE,
  ERROR_NOT_OWNER,
  INFINITE,
  PAGE_READWRITE,
  SHM_MAP_WRITE,
  UNTOUCHED,
  WAIT_ABANDONED_0,
  WAIT_FAILED,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
  type HANDLE,
  type Location,
} from "../support/api.js";
import { fails, gives, refuses, succeeds, waitFails } from "../support/expect.js";
import { event, kinds, make, makeIn, mutex, semaphore } from "../support/kinds.js";
import { location } from "../support/protocol.js";
import { freshName, onBothSides } from "../support/sides.js";

const WORKERS_ONLY = fileURLToPath(new URL("../support/workers-only-program.js", import.meta.url));

onBothSides("worker threads", (side) => {
  const { rt } = side;
  const poll = (handle: HANDLE) => rt.RtWaitForSingleObject(handle, 0);

  test("a handle opened in the main thread is good in a worker, and the other way round", async (t) => {
    const worker = await side.worker(t);
    const mine = make(rt, event, null);
    assert.equal(await worker.value("RtSetEvent", mine), true);
    assert.equal(poll(mine), WAIT_OBJECT_0);
    const theirs = await makeIn(worker, semaphore, null); // 1 of 2
    assert.equal(poll(theirs), WAIT_OBJECT_0);
    succeeds(rt, true, () => rt.RtReleaseSemaphore(theirs, 2, null));
    assert.equal(await worker.value("RtWaitForSingleObject", theirs, 0), WAIT_OBJECT_0);
  });

  test("a handle opened in one worker is good in another", async (t) => {
    const [one, two] = [await side.worker(t), await side.worker(t)];
    const handle = await one.handle("RtCreateEvent", null, false, false, null);
    const waiting = await two.block("RtWaitForSingleObject", handle, INFINITE);
    assert.equal(await one.value("RtSetEvent", handle), true);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
  });

  for (const kind of kinds) {
    test(`a ${kind.name} closed in a worker is closed in the main thread, and the other way round`, async (t) => {
      const worker = await side.worker(t);
      const name = freshName();
      const mine = make(rt, kind, name);
      assert.equal(await worker.value("RtCloseHandle", mine), true);
      fails(rt, ERROR_INVALID_HANDLE, () => rt.RtCloseHandle(mine));
      waitFails(rt, ERROR_INVALID_HANDLE, () => rt.RtWaitForSingleObject(mine, INFINITE));
      refuses(rt, ERROR_FILE_NOT_FOUND, () => kind.open(rt, name));

      const theirs = await makeIn(worker, kind, name);
      succeeds(rt, true, () => rt.RtCloseHandle(theirs));
      const again = await worker.call("RtCloseHandle", theirs);
      assert.deepEqual([again.value, again.lastError], [false, ERROR_INVALID_HANDLE]);
      const waited = await worker.call("RtWaitForSingleObject", theirs, INFINITE);
      assert.deepEqual([waited.value, waited.lastError], [WAIT_FAILED, ERROR_INVALID_HANDLE]);
    });

    test(`of threads that close one ${kind.name} at the same time exactly one is told that it did`, async (t) => {
      const workers = [await side.worker(t), await side.worker(t)];
      for (let round = 0; round < 20; round++) {
        const handle = make(rt, kind, null);
        const closes = workers.map((worker) => worker.value("RtCloseHandle", handle));
        const mine = rt.RtCloseHandle(handle);
        const results = [mine, ...(await Promise.all(closes))];
        assert.equal(results.filter((closed) => closed === true).length, 1, JSON.stringify(results));
      }
    });
  }

  test("memory closed in a worker has no view in the main thread after its next use there", async (t) => {
    const worker = await side.worker(t);
    const out: Location = { value: null };
    const handle = gives(rt, 0, () => rt.RtCreateSharedMemory(PAGE_READWRITE, 0, 64, null, out));
    const buffer = out.value!;
    assert.equal(await worker.value("RtCloseHandle", handle), true);
    refuses(rt, ERROR_INVALID_HANDLE, () => rt.RtMapViewOfSharedMemory(handle, SHM_MAP_WRITE, 0, 0, 0));
    assert.equal(buffer.byteLength, 0);
  });

  test("a mutex belongs to the thread that waited, not to its process", async (t) => {
    const [one, two] = [await side.worker(t), await side.worker(t)];
    const handle = make(rt, mutex, null);
    assert.equal(await one.value("RtWaitForSingleObject", handle, 0), WAIT_OBJECT_0);
    assert.equal(await one.value("RtWaitForSingleObject", handle, 0), WAIT_OBJECT_0);
    assert.equal(await two.value("RtWaitForSingleObject", handle, 0), WAIT_TIMEOUT);
    fails(rt, ERROR_NOT_OWNER, () => rt.RtReleaseMutex(handle));
    assert.equal(await one.value("RtReleaseMutex", handle), true);
    assert.equal(await two.value("RtWaitForSingleObject", handle, 0), WAIT_TIMEOUT);
    assert.equal(await one.value("RtReleaseMutex", handle), true);
    assert.equal(await two.value("RtWaitForSingleObject", handle, 0), WAIT_OBJECT_0);
  });

  test("bInitialOwner makes the creating worker the owner", async (t) => {
    const worker = await side.worker(t);
    const handle = await worker.handle("RtCreateMutex", null, true, null);
    assert.equal(poll(handle), WAIT_TIMEOUT);
    assert.equal(await worker.value("RtReleaseMutex", handle), true);
    assert.equal(poll(handle), WAIT_OBJECT_0);
  });

  /** Ways for a worker to end. */
  const endings: Readonly<Record<string, (worker: WorkerAgent) => Promise<unknown>>> = {
    "terminate()": (worker) => worker.kill(),
    "process.exit() in it": (worker) => worker.end("exit", 0),
    "an uncaught exception": (worker) => worker.end("raise"),
    "having nothing left to do": (worker) => worker.end("finish"),
  };

  for (const [how, end] of Object.entries(endings)) {
    test(`a worker that ends by ${how} abandons what it owns, however often it waited`, async (t) => {
      const worker = await side.worker(t);
      const [handle, released] = [make(rt, mutex, null), make(rt, mutex, null)];
      for (let i = 0; i < 3; i++) assert.equal(await worker.value("RtWaitForSingleObject", handle, 0), WAIT_OBJECT_0);
      await worker.value("RtWaitForSingleObject", released, 0);
      await worker.value("RtReleaseMutex", released);
      await end(worker);
      succeeds(rt, WAIT_ABANDONED_0, () => rt.RtWaitForSingleObject(handle, INFINITE));
      succeeds(rt, WAIT_OBJECT_0, () => poll(released));
      succeeds(rt, true, () => rt.RtReleaseMutex(handle));
      fails(rt, ERROR_NOT_OWNER, () => rt.RtReleaseMutex(handle));
    });

    test(`a worker that ends by ${how} leaves the handles that it opened open`, async (t) => {
      const worker = await side.worker(t);
      const opened: [HANDLE, string][] = [];
      for (const kind of kinds) {
        const name = freshName();
        opened.push([await makeIn(worker, kind, name), name]);
      }
      const text = await worker.value("describe", opened[0]![0]);
      await end(worker);
      for (const [i, [handle, name]] of opened.entries()) {
        const probe = gives(rt, UNTOUCHED, () => kinds[i]!.open(rt, name));
        assert.equal(rt.RtCloseHandle(probe), true);
        if (i === 0) assert.equal(typeof rt.attach(text as string, { value: null }), "number");
        succeeds(rt, true, () => rt.RtCloseHandle(handle));
      }
      refuses(rt, ERROR_FILE_NOT_FOUND, () => kinds[1]!.open(rt, opened[1]![1]));
    });

    test(`a thread that is blocked gets the mutex of a worker that ends by ${how}`, async (t) => {
      const [owner, waiter, other] = [await side.worker(t), await side.worker(t), await side.process(t)];
      const name = freshName();
      const handle = make(rt, mutex, name);
      assert.equal(await owner.value("RtWaitForSingleObject", handle, 0), WAIT_OBJECT_0);
      const waiting = await waiter.block("RtWaitForSingleObject", handle, INFINITE);
      const inOther = await other.handle("RtOpenMutex", 0, false, name);
      const second = await other.block("RtWaitForSingleObject", inOther, INFINITE);
      await assertBlocked(waiting, second);
      await end(owner);
      assert.equal(await resultOf(waiting), WAIT_ABANDONED_0);
      await assertBlocked(second);
      assert.equal(await waiter.value("RtReleaseMutex", handle), true);
      assert.equal(await resultOf(second), WAIT_OBJECT_0);
    });
  }

  test(
    "terminate() ends a worker that is blocked in any kind of endless wait, and it has taken nothing",
    unlessWithoutSlices("terminatedInWait"),
    async (t) => {
      const [e, s] = [make(rt, event, null), gives(rt, 0, () => rt.RtCreateSemaphore(null, 0, 5, null))];
      for (const args of [
        ["RtWaitForSingleObject", e, INFINITE],
        ["RtWaitForMultipleObjects", 2, [e, s], false, INFINITE],
        ["RtWaitForSingleObjectAsync", s, INFINITE],
      ] as const) {
        const worker = await side.worker(t);
        const waiting = await worker.block(...(args as unknown as Parameters<WorkerAgent["block"]>));
        waiting.reply.catch(() => undefined);
        await worker.kill();
        assert.equal(rt.RtSetEvent(e), true);
        assert.equal(rt.RtReleaseSemaphore(s, 1, null), true);
        assert.deepEqual([poll(e), poll(e)], [WAIT_OBJECT_0, WAIT_TIMEOUT], args[0]);
        assert.deepEqual([poll(s), poll(s)], [WAIT_OBJECT_0, WAIT_TIMEOUT], args[0]);
      }
    },
  );

  test(
    "a terminated worker that was blocked abandons the mutexes that it owns",
    unlessWithoutSlices("terminatedInWait"),
    async (t) => {
      const worker = await side.worker(t);
      const [handle, e] = [make(rt, mutex, null), make(rt, event, null)];
      assert.equal(await worker.value("RtWaitForSingleObject", handle, 0), WAIT_OBJECT_0);
      const waiting = await worker.block("RtWaitForSingleObject", e, INFINITE);
      waiting.reply.catch(() => undefined);
      await worker.kill();
      assert.equal(poll(handle), WAIT_ABANDONED_0);
    },
  );

  test(
    "a terminated waiter does not stand in the way of the next one",
    unlessWithoutSlices("terminatedInWait"),
    async (t) => {
      const [dead, alive] = [await side.worker(t), await side.worker(t)];
      const handle = gives(rt, 0, () => rt.RtCreateMutex(null, true, null));
      const lost = await dead.block("RtWaitForSingleObject", handle, INFINITE);
      lost.reply.catch(() => undefined);
      const waiting = await alive.block("RtWaitForSingleObject", handle, INFINITE);
      await dead.kill();
      assert.equal(rt.RtReleaseMutex(handle), true);
      assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    },
  );

  test("a new worker is another owner than the one that ended before it", async (t) => {
    const first = await side.worker(t);
    const handle = make(rt, mutex, null);
    assert.equal(await first.value("RtWaitForSingleObject", handle, 0), WAIT_OBJECT_0);
    await first.kill();
    const second = await side.worker(t);
    const refused = await second.call("RtReleaseMutex", handle);
    assert.deepEqual([refused.value, refused.lastError], [false, ERROR_NOT_OWNER]);
    assert.equal(await second.value("RtWaitForSingleObject", handle, 0), WAIT_ABANDONED_0);
  });

  test("the end of the process that a worker belongs to abandons what the worker owns", async (t) => {
    const other = await side.process(t); // its main thread owns; ExitProcess in this test's workers would end this process
    const name = freshName();
    const handle = make(rt, mutex, name);
    assert.equal(
      await other.value("RtWaitForSingleObject", await other.handle("RtOpenMutex", 0, false, name), 0),
      WAIT_OBJECT_0,
    );
    await other.end("exit", 0);
    assert.equal(poll(handle), WAIT_ABANDONED_0);
  });

  test("twenty workers, one after the other, leave nothing behind that hinders the next", async (t) => {
    const name = freshName();
    const mine = make(rt, semaphore, name);
    for (let i = 0; i < 20; i++) {
      const worker = await side.worker(t);
      const handle = await worker.handle("RtOpenSemaphore", 0, false, name);
      assert.equal(await worker.value("RtWaitForSingleObject", handle, 0), WAIT_OBJECT_0);
      assert.equal(await worker.value("RtReleaseSemaphore", handle, 1, null), true);
      await worker.kill();
      assert.equal(rt.RtCloseHandle(handle), true);
    }
    succeeds(rt, true, () => rt.RtCloseHandle(mine));
    refuses(rt, ERROR_FILE_NOT_FOUND, () => semaphore.open(rt, name));
  });

  test("memory that a worker opened is read and written by all threads", async (t) => {
    const [one, two] = [await side.worker(t), await side.worker(t)];
    const name = freshName();
    const handle = await one.handle("RtCreateSharedMemory", PAGE_READWRITE, 0, 64, name, location("m"));
    const inTwo = await two.view("RtMapViewOfSharedMemory", handle, SHM_MAP_WRITE, 0, 0, 0);
    await one.value("write", "m", 1, 11);
    assert.equal(await two.value("read", inTwo.view, 1), 11);
    const mine = new Uint8Array(rt.RtMapViewOfSharedMemory(handle, SHM_MAP_WRITE, 0, 0, 0)!);
    mine[2] = 22;
    assert.deepEqual([await one.value("read", "m", 2), await two.value("read", inTwo.view, 2)], [22, 22]);
  });

  test("handles live on when the last thread that used the library has ended, in a process that goes on", () => {
    for (let round = 0; round < 5; round++) {
      const { stdout, stderr } = spawnSync(process.execPath, [WORKERS_ONLY, `rtshm/${side.name}`], {
        encoding: "utf8",
      });
      assert.equal(stderr, "");
      assert.deepEqual(JSON.parse(stdout), {
        opened: "number",
        byte: 55,
        event: WAIT_OBJECT_0,
        mutex: WAIT_ABANDONED_0,
        closed: true,
      });
    }
  });
});
