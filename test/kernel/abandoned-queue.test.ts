// A mutex whose owner was killed a moment ago, with waits in its queue, taken by a wait for several objects.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { WAIT_ABANDONED_0, WAIT_OBJECT_0, WAIT_TIMEOUT, INFINITE } from "../support/api.js";
import { handleOf } from "../support/expect.js";
import { freshName, win32Side } from "../support/sides.js";

const { rt } = win32Side;

/** Kills a process without a turn of this thread's event loop, so that nothing here hears of it. */
function killAtOnce(pid: number): void {
  process.kill(pid, "SIGKILL");
  spawnSync("sleep", ["0.1"]);
}

test("those who already wait for the mutex of a dead owner come before a wait for several objects", async (t) => {
  const name = freshName();
  const owner = await win32Side.process(t);
  await owner.handle("RtCreateMutex", null, true, name);
  const mutex = handleOf(rt.RtOpenMutex(0, false, name));
  const event = handleOf(rt.RtCreateEvent(null, false, false, null));
  const earlier = rt.RtWaitForSingleObjectAsync(mutex, INFINITE);
  killAtOnce(owner.pid);
  // The earlier wait gets the abandoned mutex, and this thread thereby owns it: the second wait is a recursive one.
  assert.equal(rt.RtWaitForMultipleObjects(2, [event, mutex], false, 0), WAIT_OBJECT_0 + 1);
  assert.deepEqual(await earlier, { result: WAIT_ABANDONED_0, lastError: 0 });
  assert.equal(rt.RtReleaseMutex(mutex), true);
  assert.equal(rt.RtReleaseMutex(mutex), true);
  assert.equal(rt.RtReleaseMutex(mutex), false);
});

test("a wait for a single object comes after those who wait for the mutex of a dead owner", async (t) => {
  const name = freshName();
  const owner = await win32Side.process(t);
  const other = await win32Side.process(t);
  await owner.handle("RtCreateMutex", null, true, name);
  const theirs = await other.handle("RtOpenMutex", 0, false, name);
  const mutex = handleOf(rt.RtOpenMutex(0, false, name));
  const waiting = await other.block("RtWaitForSingleObject", theirs, INFINITE);
  killAtOnce(owner.pid);
  assert.equal(rt.RtWaitForSingleObject(mutex, 0), WAIT_TIMEOUT);
  assert.equal((await waiting.reply).value, WAIT_ABANDONED_0);
});
