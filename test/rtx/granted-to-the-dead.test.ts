// What is granted to a thread that dies before its wait has returned: the next gets it, as if the dead one had not waited.
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { ProcessAgent, Waiting } from "../support/agent.js";
import { INFINITE, WAIT_OBJECT_0, WAIT_TIMEOUT, type HANDLE } from "../support/api.js";
import { freshName, win32Side } from "../support/sides.js";
import { untilStopped } from "../support/stopped.js";

const { rt } = win32Side;

/** A process that waits for objects and is stopped meanwhile: what it is granted it cannot take note of. */
async function stoppedWaiter(
  t: TestContext,
  how: "RtWaitForSingleObject" | "RtWaitForSingleObjectAsync" | "all",
  ...opens: readonly (readonly ["RtOpenSemaphore" | "RtOpenEvent", string])[]
): Promise<ProcessAgent> {
  const agent = await win32Side.process(t);
  const handles: HANDLE[] = [];
  for (const [open, name] of opens) handles.push(await agent.handle(open, 0, false, name));
  const waiting =
    how === "all"
      ? await agent.block("RtWaitForMultipleObjects", handles.length, handles, true, INFINITE)
      : await agent.block(how, handles[0]!, INFINITE);
  waiting.reply.catch(() => undefined); // it dies
  assert.equal(waiting.done(), false);
  agent.signal("SIGSTOP");
  await untilStopped(agent.pid);
  return agent;
}

async function nextWaiter(t: TestContext, how: string, open: string, name: string): Promise<Waiting> {
  const agent = await win32Side.process(t);
  const handle = await agent.handle(open as "RtOpenEvent", 0, false, name);
  return agent.block(how as "RtWaitForSingleObject", handle, INFINITE);
}

const resultIn = (value: unknown): unknown =>
  typeof value === "object" ? (value as { result: number }).result : value;

for (const first of ["RtWaitForSingleObject", "RtWaitForSingleObjectAsync"] as const) {
  for (const next of ["RtWaitForSingleObject", "RtWaitForSingleObjectAsync"] as const) {
    test(`a unit granted to a killed process (${first}) wakes who waits behind it (${next})`, async (t) => {
      const name = freshName();
      const semaphore = rt.RtCreateSemaphore(null, 0, 10, name)!;
      const dead = await stoppedWaiter(t, first, ["RtOpenSemaphore", name]);
      const waiting = await nextWaiter(t, next, "RtOpenSemaphore", name);
      assert.equal(rt.RtReleaseSemaphore(semaphore, 1, null), true);
      assert.equal(waiting.done(), false, "it is the stopped one's turn");
      await dead.kill();
      assert.equal(resultIn((await waiting.reply).value), WAIT_OBJECT_0);
      assert.equal(rt.RtWaitForSingleObject(semaphore, 0), WAIT_TIMEOUT, "one unit, once");
      rt.RtCloseHandle(semaphore);
    });
  }

  test(`a signal granted to a killed process (${first}) is there for who looks next`, async (t) => {
    const name = freshName();
    const event = rt.RtCreateEvent(null, false, false, name)!;
    const dead = await stoppedWaiter(t, first, ["RtOpenEvent", name]);
    assert.equal(rt.RtSetEvent(event), true);
    assert.equal(rt.RtWaitForSingleObject(event, 0), WAIT_TIMEOUT, "it is the stopped one's");
    await dead.kill();
    assert.equal(rt.RtWaitForSingleObject(event, 0), WAIT_OBJECT_0);
    assert.equal(rt.RtWaitForSingleObject(event, 0), WAIT_TIMEOUT, "one signal, once");
    rt.RtCloseHandle(event);
  });
}

test("an asynchronous look and a look at several objects find it too", async (t) => {
  const name = freshName();
  const semaphore = rt.RtCreateSemaphore(null, 0, 10, name)!;
  const other = rt.RtCreateEvent(null, false, false, null)!;
  for (const look of [
    async () => (await rt.RtWaitForSingleObjectAsync(semaphore, 0)).result,
    async () => rt.RtWaitForMultipleObjects(2, [semaphore, other], false, 0),
    async () => (await rt.RtWaitForMultipleObjectsAsync(2, [semaphore, other], false, 0)).result,
  ]) {
    const dead = await stoppedWaiter(t, "RtWaitForSingleObject", ["RtOpenSemaphore", name]);
    rt.RtReleaseSemaphore(semaphore, 1, null);
    await dead.kill();
    assert.equal(await look(), WAIT_OBJECT_0);
    assert.equal(await look(), WAIT_TIMEOUT);
  }
  rt.RtCloseHandle(semaphore);
  rt.RtCloseHandle(other);
});

test("all that a wait for all was granted goes back, each part to its object", async (t) => {
  const [semaphoreName, eventName] = [freshName(), freshName()];
  const semaphore = rt.RtCreateSemaphore(null, 0, 10, semaphoreName)!;
  const event = rt.RtCreateEvent(null, false, false, eventName)!;
  const dead = await stoppedWaiter(t, "all", ["RtOpenSemaphore", semaphoreName], ["RtOpenEvent", eventName]);
  rt.RtReleaseSemaphore(semaphore, 3, null);
  rt.RtSetEvent(event);
  await dead.kill();
  assert.equal(rt.RtWaitForSingleObject(event, 0), WAIT_OBJECT_0);
  for (let i = 0; i < 3; i++) assert.equal(rt.RtWaitForSingleObject(semaphore, 0), WAIT_OBJECT_0, `unit ${i}`);
  assert.equal(rt.RtWaitForSingleObject(semaphore, 0), WAIT_TIMEOUT);
  rt.RtCloseHandle(semaphore);
  rt.RtCloseHandle(event);
});

test("what a pulse released is gone with the dead", async (t) => {
  const name = freshName();
  const event = rt.RtCreateEvent(null, false, false, name)!;
  const dead = await stoppedWaiter(t, "RtWaitForSingleObject", ["RtOpenEvent", name]);
  assert.equal(rt.RtPulseEvent(event), true);
  await dead.kill();
  assert.equal(rt.RtWaitForSingleObject(event, 0), WAIT_TIMEOUT);
  rt.RtCloseHandle(event);
});

test("a semaphore that was filled up meanwhile does not pass its maximum", async (t) => {
  const name = freshName();
  const semaphore = rt.RtCreateSemaphore(null, 0, 2, name)!;
  const dead = await stoppedWaiter(t, "RtWaitForSingleObject", ["RtOpenSemaphore", name]);
  rt.RtReleaseSemaphore(semaphore, 1, null);
  rt.RtReleaseSemaphore(semaphore, 2, null);
  await dead.kill();
  assert.equal(rt.RtWaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
  assert.equal(rt.RtWaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
  const third = rt.RtWaitForSingleObject(semaphore, 0);
  const before = { value: -1 };
  assert.equal(rt.RtReleaseSemaphore(semaphore, 2, before), true, "at most two, whenever the unit came back");
  assert.equal(before.value, 0);
  assert.ok(third === WAIT_OBJECT_0 || third === WAIT_TIMEOUT);
  rt.RtCloseHandle(semaphore);
});

test("a process that lives on keeps what it was granted while it was stopped", async (t) => {
  const name = freshName();
  const semaphore = rt.RtCreateSemaphore(null, 0, 10, name)!;
  const agent = await win32Side.process(t);
  const theirs = await agent.handle("RtOpenSemaphore", 0, false, name);
  const waiting = await agent.block("RtWaitForSingleObject", theirs, INFINITE);
  agent.signal("SIGSTOP");
  await untilStopped(agent.pid);
  rt.RtReleaseSemaphore(semaphore, 1, null);
  const behind = await nextWaiter(t, "RtWaitForSingleObject", "RtOpenSemaphore", name);
  assert.equal(rt.RtWaitForSingleObject(semaphore, 600), WAIT_TIMEOUT, "longer than two looks of the waiters");
  assert.equal(behind.done(), false);
  agent.signal("SIGCONT");
  assert.equal((await waiting.reply).value, WAIT_OBJECT_0);
  rt.RtCloseHandle(semaphore);
});
