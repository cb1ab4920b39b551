// The end of a process: exit codes, and that every way to end closes its handles. Abandoned mutexes: mutex.test.ts.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Ending, ProcessAgent } from "../support/agent.js";
import { ERROR_FILE_NOT_FOUND, INFINITE, WAIT_ABANDONED_0, WAIT_OBJECT_0, type HANDLE } from "../support/api.js";
import { gives, refuses } from "../support/expect.js";
import { kinds, make, makeIn, mutex } from "../support/kinds.js";
import { namespaceDirectory } from "../support/namespace.js";
import { freshName, onBothSides } from "../support/sides.js";

const EXIT_PROGRAM = fileURLToPath(new URL("../support/exit-program.js", import.meta.url));

const exited = (code: number): Ending => ({ code, signal: null });

/** Every way to end, with how the process is then seen to have ended. */
const endings: Readonly<Record<string, readonly [(agent: ProcessAgent) => Promise<Ending>, Ending]>> = {
  ExitProcess: [(agent) => agent.end("ExitProcess", 7), exited(7)],
  RtExitProcess: [(agent) => agent.end("RtExitProcess", 0), exited(0)],
  "process.exit": [(agent) => agent.end("exit", 3), exited(3)],
  "an uncaught exception": [(agent) => agent.end("raise"), exited(1)],
  "having nothing left to do": [(agent) => agent.end("finish"), exited(0)],
  SIGTERM: [
    (agent) => {
      agent.signal("SIGTERM");
      return agent.ended;
    },
    { code: null, signal: "SIGTERM" },
  ],
  SIGKILL: [(agent) => agent.kill(), { code: null, signal: "SIGKILL" }],
};

onBothSides("the end of a process", (side) => {
  const { rt } = side;

  test("ExitProcess ends with its code", async (t) => {
    for (const code of [0, 1, 7, 255]) {
      const other = await side.process(t);
      assert.deepEqual(await other.end(code % 2 ? "ExitProcess" : "RtExitProcess", code), exited(code));
    }
  });

  for (const [how, [end, expected]] of Object.entries(endings)) {
    test(`${how} closes every handle: the names of all types are free`, async (t) => {
      const other = await side.process(t);
      const names = kinds.map(() => freshName());
      for (const [i, kind] of kinds.entries()) {
        await makeIn(other, kind, names[i]!);
        await makeIn(other, kind, names[i]!);
      }
      assert.deepEqual(await end(other), expected);
      for (const [i, kind] of kinds.entries()) {
        refuses(rt, ERROR_FILE_NOT_FOUND, () => kind.open(rt, names[i]!), kind.name);
        gives(rt, 0, () => kind.create(rt, names[i]!), kind.name);
      }
    });

    test(`${how} in the middle of asynchronous waits takes nothing and hinders nobody`, async (t) => {
      const other = await side.process(t);
      const [semaphoreName, mutexName] = [freshName(), freshName()];
      const semaphore = gives(rt, 0, () => rt.RtCreateSemaphore(null, 0, 9, semaphoreName));
      const owned = gives(rt, 0, () => rt.RtCreateMutex(null, true, mutexName));
      const theirs: HANDLE[] = [
        await other.handle("RtOpenSemaphore", 0, false, semaphoreName),
        await other.handle("RtOpenMutex", 0, false, mutexName),
      ];
      // with a limit, as a process that has nothing left to do goes on until its pending waits end
      for (const waiting of [
        await other.block("RtWaitForSingleObjectAsync", theirs[0]!, 300),
        await other.block("RtWaitForMultipleObjectsAsync", 2, theirs, false, 300),
      ]) {
        waiting.reply.catch(() => undefined);
      }
      assert.deepEqual(await end(other), expected);
      assert.equal(rt.RtReleaseSemaphore(semaphore, 1, null), true);
      assert.equal(rt.RtWaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
      assert.equal(rt.RtReleaseMutex(owned), true);
      const third = await side.worker(t);
      assert.equal(await third.value("RtWaitForSingleObject", owned, 0), WAIT_OBJECT_0);
    });
  }

  test("a process that creates, finds the object existing and exits without closing leaves the other holder alone", async (t) => {
    const name = freshName();
    const mine = make(rt, mutex, name);
    for (let i = 0; i < 3; i++) {
      const other = await side.process(t);
      assert.equal((await other.call("RtCreateMutex", null, false, name)).lastError, 183);
      assert.deepEqual(await other.end("ExitProcess", 1), exited(1));
    }
    assert.equal(rt.RtWaitForSingleObject(mine, 0), WAIT_OBJECT_0);
    assert.equal(rt.RtCloseHandle(mine), true);
    refuses(rt, ERROR_FILE_NOT_FOUND, () => mutex.open(rt, name));
  });

  test("a process killed while blocked in a wait closes its handles too", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const theirs = await other.handle("RtCreateEvent", null, false, false, name);
    const waiting = await other.block("RtWaitForSingleObject", theirs, INFINITE);
    waiting.reply.catch(() => undefined);
    await other.kill();
    refuses(rt, ERROR_FILE_NOT_FOUND, () => rt.RtOpenEvent(0, false, name));
  });

  test("processes killed at random while they create, wait and close leave the names usable", async (t) => {
    const [memory, guard] = [freshName(), freshName()];
    for (let round = 0; round < 12; round++) {
      const other = await side.process(t);
      const busy = (async () => {
        for (;;) {
          const m = await other.handle("RtCreateMutex", null, false, guard);
          await other.value("RtWaitForSingleObject", m, INFINITE);
          await other.value("RtCloseHandle", await makeIn(other, kinds[0]!, memory));
          await other.value("RtReleaseMutex", m);
          await other.value("RtCloseHandle", m);
        }
      })();
      busy.catch(() => undefined);
      for (let i = 0; i < round * 3; i++) await new Promise(setImmediate);
      await other.kill();
      const mine = make(rt, mutex, guard);
      const result = rt.RtWaitForSingleObject(mine, 10_000);
      assert.ok(result === WAIT_OBJECT_0 || result === WAIT_ABANDONED_0, `${result}`);
      assert.equal(rt.RtReleaseMutex(mine), true);
      assert.equal(rt.RtWaitForSingleObject(mine, 0), WAIT_OBJECT_0);
      assert.equal(rt.RtReleaseMutex(mine), true);
      assert.equal(rt.RtCloseHandle(mine), true);
      refuses(rt, ERROR_FILE_NOT_FOUND, () => kinds[0]!.open(rt, memory));
    }
  });

  test("nothing of the dead stays in the namespace directory once their names were looked for", async (t) => {
    const names = kinds.map(() => freshName("left behind"));
    const other = await side.process(t);
    for (const [i, kind] of kinds.entries()) await makeIn(other, kind, names[i]!);
    const during = readdirSync(namespaceDirectory, { recursive: true }).map(String);
    assert.ok(
      during.some((entry) => entry.includes("left")),
      "the objects are to be seen there",
    );
    await other.kill();
    for (const [i, kind] of kinds.entries()) refuses(rt, ERROR_FILE_NOT_FOUND, () => kind.open(rt, names[i]!));
    const after = readdirSync(namespaceDirectory, { recursive: true }).map(String);
    assert.deepEqual(
      after.filter((entry) => entry.includes("left")),
      [],
    );
  });

  test("ExitProcess in a worker ends the whole process and abandons what its threads own", () => {
    const name = freshName();
    const mutexes = ["main", "worker"].map((thread) => make(rt, mutex, `${name} ${thread}`));
    const args = [EXIT_PROGRAM, `rtshm/${side.name}`, name];
    const { status, signal, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.deepEqual([status, signal, stdout], [9, null, "before"]);
    for (const handle of mutexes) assert.equal(rt.RtWaitForSingleObject(handle, 10_000), WAIT_ABANDONED_0);
  });
});
