// On kernels without futex_waitv: waiting and inheriting from the dead, once more, in processes that are told to do without.
process.env["RTSHM_NO_FUTEX_WAITV"] = "1";
import { saidBy } from "./child.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { INFINITE, WAIT_ABANDONED_0, WAIT_OBJECT_0, WAIT_TIMEOUT } from "../support/api.js";
import { freshName, win32Side } from "../support/sides.js";

test("processes are told, and know, that there is no futex_waitv", async () => {
  // The environment is read at the first use of something to wait for.
  const code = `
    import { native } from "#native/load";
    rt.RtCreateEvent(null, false, false, null);
    say(native.futexHasMany());`;
  assert.deepEqual(await saidBy(code, { env: { RTSHM_NO_FUTEX_WAITV: "1" } }), [0]);
  assert.deepEqual(await saidBy(code, { env: { RTSHM_NO_FUTEX_WAITV: undefined } }), [1], "and else there is");
});

test("a blocked wait is woken by a signal from another process, and a timed one ends by itself", async (t) => {
  const [one, other] = [await win32Side.process(t), await win32Side.process(t)];
  const name = freshName();
  const mine = await one.handle("RtCreateEvent", null, false, false, name);
  const theirs = await other.handle("RtOpenEvent", 0, false, name);
  const waiting = await one.block("RtWaitForSingleObject", mine, INFINITE);
  assert.equal(await other.value("RtSetEvent", theirs), true);
  assert.equal((await waiting.reply).value, WAIT_OBJECT_0);
  assert.equal(await one.value("RtWaitForSingleObject", mine, 30), WAIT_TIMEOUT);
});

for (const how of ["RtWaitForSingleObject", "RtWaitForSingleObjectAsync"] as const)
  for (const end of ["process", "worker"] as const)
    test(`${how} on a mutex ends as abandoned when the owner, a ${end}, is killed meanwhile`, async (t) => {
      const name = freshName();
      const owner = await win32Side[end](t);
      const waiter = await win32Side.process(t);
      await owner.handle("RtCreateMutex", null, true, name);
      const mutex = await waiter.handle("RtOpenMutex", 0, false, name);
      const waiting = await waiter.block(how, mutex, INFINITE);
      assert.equal(waiting.done(), false);
      await owner.kill();
      const { value } = await waiting.reply;
      assert.deepEqual(
        typeof value === "number" ? value : value,
        how.endsWith("Async") ? { result: WAIT_ABANDONED_0, lastError: 0 } : WAIT_ABANDONED_0,
      );
      assert.equal(await waiter.value("RtReleaseMutex", mutex), true);
    });

for (const all of [false, true])
  test(`a wait for ${all ? "all" : "any"} of an event and three mutexes of three owners sees the death of the last`, async (t) => {
    const waiter = await win32Side.process(t);
    const owners = await Promise.all([1, 2, 3].map(() => win32Side.process(t)));
    const names = owners.map(() => freshName());
    for (const [i, owner] of owners.entries()) await owner.handle("RtCreateMutex", null, true, names[i]!);
    const handles = [await waiter.handle("RtCreateEvent", null, true, all, null)];
    for (const name of names) handles.push(await waiter.handle("RtOpenMutex", 0, false, name));
    const waiting = await waiter.block("RtWaitForMultipleObjects", 4, handles, all, INFINITE);
    if (all) for (const owner of owners.slice(0, 2)) await owner.kill();
    assert.equal(waiting.done(), false);
    await owners[2]!.kill();
    assert.equal((await waiting.reply).value, all ? WAIT_ABANDONED_0 : WAIT_ABANDONED_0 + 3);
  });

test("the next in the queue watches the new owner: a chain of deaths hands the mutex on", async (t) => {
  const name = freshName();
  const agents = await Promise.all([1, 2, 3, 4].map(() => win32Side.process(t)));
  const [owner, ...rest] = agents;
  await owner!.handle("RtCreateMutex", null, true, name);
  const waits = [];
  for (const agent of rest)
    waits.push(await agent.block("RtWaitForSingleObject", await agent.handle("RtOpenMutex", 0, false, name), INFINITE));
  for (const [i, agent] of agents.slice(0, 3).entries()) {
    assert.equal(waits[i]!.done(), false);
    await agent.kill();
    assert.equal((await waits[i]!.reply).value, WAIT_ABANDONED_0, `death ${i}`);
  }
});

test("a signaller killed after granting and before waking is no loss to those who wait", async (t) => {
  const name = freshName();
  const waiters = [await win32Side.process(t), await win32Side.process(t)];
  const handles = [];
  for (const waiter of waiters) handles.push(await waiter.handle("RtCreateEvent", null, true, false, name));
  const waits = [
    await waiters[0]!.block("RtWaitForSingleObject", handles[0]!, INFINITE),
    await waiters[1]!.block("RtWaitForSingleObjectAsync", handles[1]!, INFINITE),
  ];
  process.env["RTSHM_STEP"] = "dispatcher.wake:kill";
  const signaller = await win32Side.process(t);
  delete process.env["RTSHM_STEP"];
  const event = await signaller.handle("RtOpenEvent", 0, false, name);
  signaller.begin("RtSetEvent", event).reply.catch(() => undefined);
  assert.equal((await signaller.ended).signal, "SIGKILL");
  assert.equal((await waits[0]!.reply).value, WAIT_OBJECT_0);
  assert.deepEqual((await waits[1]!.reply).value, { result: WAIT_OBJECT_0, lastError: 0 });
});
