// Events: set, reset, pulse, in one thread, between threads and between processes.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBlocked, resultOf, type Agent, type Waiting } from "../support/agent.js";
import { ERROR_ALREADY_EXISTS, INFINITE, UNTOUCHED, WAIT_OBJECT_0, WAIT_TIMEOUT, type HANDLE } from "../support/api.js";
import { gives, succeeds } from "../support/expect.js";
import { freshName, onBothSides } from "../support/sides.js";

const MANUAL = true;
const AUTO = false;

onBothSides("events", (side) => {
  const { rt } = side;

  const create = (manual: boolean, signalled: boolean, name: string | null = null): HANDLE =>
    gives(rt, 0, () => rt.RtCreateEvent(null, manual, signalled, name));
  const poll = (handle: HANDLE) => rt.RtWaitForSingleObject(handle, 0);
  const signalled = (handle: HANDLE) => assert.equal(poll(handle), WAIT_OBJECT_0, "must be signalled");
  const notSignalled = (handle: HANDLE) => assert.equal(poll(handle), WAIT_TIMEOUT, "must not be signalled");

  test("the initial state is the one asked for", () => {
    signalled(create(MANUAL, true));
    signalled(create(AUTO, true));
    notSignalled(create(MANUAL, false));
    notSignalled(create(AUTO, false));
  });

  test("an auto-reset event satisfies one wait for each set", () => {
    const event = create(AUTO, false);
    for (let i = 0; i < 3; i++) {
      succeeds(rt, true, () => rt.RtSetEvent(event));
      signalled(event);
      notSignalled(event);
    }
  });

  test("sets do not add up", () => {
    const event = create(AUTO, false);
    for (let i = 0; i < 3; i++) assert.equal(rt.RtSetEvent(event), true);
    signalled(event);
    notSignalled(event);
  });

  test("a manual-reset event satisfies every wait until it is reset", () => {
    const event = create(MANUAL, false);
    succeeds(rt, true, () => rt.RtSetEvent(event));
    for (let i = 0; i < 3; i++) signalled(event);
    succeeds(rt, true, () => rt.RtResetEvent(event));
    notSignalled(event);
    succeeds(rt, true, () => rt.RtResetEvent(event));
    notSignalled(event);
  });

  test("a reset takes back the set of an auto-reset event that nobody has consumed", () => {
    const event = create(AUTO, true);
    succeeds(rt, true, () => rt.RtResetEvent(event));
    notSignalled(event);
  });

  test("a pulse with nobody waiting leaves the event non-signalled, even one that was signalled", () => {
    for (const manual of [MANUAL, AUTO]) {
      for (const initial of [true, false]) {
        const event = create(manual, initial);
        succeeds(rt, true, () => rt.RtPulseEvent(event));
        notSignalled(event);
      }
    }
  });

  test("create of an existing event ignores both parameters, in this process and in another", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const first = create(MANUAL, true, name);
    const second = gives(rt, ERROR_ALREADY_EXISTS, () => rt.RtCreateEvent(null, AUTO, false, name));
    const third = await other.handle("RtCreateEvent", null, AUTO, false, name);
    for (let i = 0; i < 2; i++) {
      signalled(first);
      signalled(second);
      assert.equal(await other.value("RtWaitForSingleObject", third, 0), WAIT_OBJECT_0);
    }
    const auto = freshName();
    const one = create(AUTO, false, auto);
    const two = gives(rt, ERROR_ALREADY_EXISTS, () => rt.RtCreateEvent(null, MANUAL, true, auto));
    notSignalled(two);
    rt.RtSetEvent(two);
    signalled(one);
    notSignalled(two);
  });

  test("the access asked for by an open is ignored", () => {
    const name = freshName();
    create(AUTO, false, name);
    for (const access of [0, 1, 0x100000, 0xffffffff]) {
      const opened = gives(rt, UNTOUCHED, () => rt.RtOpenEvent(access, access % 2 === 1, name));
      assert.equal(rt.RtSetEvent(opened), true);
      signalled(opened);
    }
  });

  test("state is shared by every process that holds the event", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const event = create(AUTO, false, name);
    const theirs = await other.handle("RtOpenEvent", 0, false, name);
    assert.equal(await other.value("RtSetEvent", theirs), true);
    signalled(event);
    assert.equal(await other.value("RtWaitForSingleObject", theirs, 0), WAIT_TIMEOUT, "one wait consumed it");
    rt.RtSetEvent(event);
    assert.equal(await other.value("RtWaitForSingleObject", theirs, 0), WAIT_OBJECT_0);
    rt.RtSetEvent(event);
    assert.equal(await other.value("RtResetEvent", theirs), true);
    notSignalled(event);
  });

  test("state ends with the last handle", () => {
    const name = freshName();
    assert.equal(rt.RtCloseHandle(create(MANUAL, true, name)), true);
    notSignalled(create(MANUAL, false, name));
  });

  test("the state that a killed process left stays", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const event = create(MANUAL, false, name);
    await other.value("RtSetEvent", await other.handle("RtOpenEvent", 0, false, name));
    await other.kill();
    signalled(event);
  });

  /** Two other threads and another process wait for the event; each has a handle of its own. */
  async function threeWaiters(agents: readonly Agent[], name: string, milliseconds = INFINITE) {
    const waits = [];
    for (const agent of agents) {
      waits.push(
        await agent.block("RtWaitForSingleObject", await agent.handle("RtOpenEvent", 0, false, name), milliseconds),
      );
    }
    return waits;
  }

  test("setting a manual-reset event releases all who wait, in every process", async (t) => {
    const agents = [await side.worker(t), await side.worker(t), await side.process(t)];
    const name = freshName();
    const event = create(MANUAL, false, name);
    const waits = await threeWaiters(agents, name);
    await assertBlocked(...waits);
    assert.equal(rt.RtSetEvent(event), true);
    for (const waiting of waits) assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    signalled(event);
  });

  test("setting an auto-reset event releases exactly one who waits", async (t) => {
    const agents = [await side.worker(t), await side.worker(t), await side.process(t)];
    const name = freshName();
    const event = create(AUTO, false, name);
    const waits = await threeWaiters(agents, name);
    for (let released = 1; released <= waits.length; released++) {
      assert.equal(rt.RtSetEvent(event), true);
      await Promise.race(waits.filter((waiting) => !waiting.done()).map(({ reply }) => reply));
      const blocked = waits.filter((waiting) => !waiting.done());
      await assertBlocked(...blocked);
      assert.equal(blocked.length, waits.length - released);
      notSignalled(event);
    }
    for (const waiting of waits) assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
  });

  test("a pulse of a manual-reset event releases all who wait and leaves it non-signalled", async (t) => {
    const agents = [await side.worker(t), await side.worker(t), await side.process(t)];
    const name = freshName();
    const event = create(MANUAL, false, name);
    const waits = await threeWaiters(agents, name);
    succeeds(rt, true, () => rt.RtPulseEvent(event));
    for (const waiting of waits) assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    notSignalled(event);
  });

  test("a pulse of an auto-reset event releases one who waits and leaves it non-signalled", async (t) => {
    const agents = [await side.worker(t), await side.process(t)];
    const name = freshName();
    const event = create(AUTO, false, name);
    const waits = await threeWaiters(agents, name);
    succeeds(rt, true, () => rt.RtPulseEvent(event));
    await Promise.race(waits.map(({ reply }) => reply));
    const blocked = waits.filter((waiting) => !waiting.done());
    assert.equal(blocked.length, 1);
    await assertBlocked(...blocked);
    notSignalled(event);
    assert.equal(rt.RtSetEvent(event), true);
    assert.equal(await resultOf(blocked[0]!), WAIT_OBJECT_0);
  });

  test("a pulse is nothing for who begins to wait after it", async (t) => {
    const worker = await side.worker(t);
    for (const manual of [MANUAL, AUTO]) {
      const event = create(manual, false);
      rt.RtPulseEvent(event);
      assert.equal(await worker.value("RtWaitForSingleObject", event, 60), WAIT_TIMEOUT);
    }
  });

  test("a pulse followed at once by another wait of this thread does not let that one through", async (t) => {
    const worker = await side.worker(t);
    const event = create(MANUAL, false);
    for (let i = 0; i < 5; i++) {
      const waiting = await worker.block("RtWaitForSingleObject", event, INFINITE);
      assert.equal(rt.RtPulseEvent(event), true);
      notSignalled(event);
      assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    }
  });

  test("a reset right after a set of a manual-reset event does not undo a release", async (t) => {
    const worker = await side.worker(t);
    const event = create(MANUAL, false);
    const waiting = await worker.block("RtWaitForSingleObject", event, INFINITE);
    assert.equal(rt.RtSetEvent(event), true);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    assert.equal(rt.RtResetEvent(event), true);
    notSignalled(event);
  });

  test("a waiter that is killed does not eat a set", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const event = create(AUTO, false, name);
    const waiting = await other.block(
      "RtWaitForSingleObject",
      await other.handle("RtOpenEvent", 0, false, name),
      INFINITE,
    );
    waiting.reply.catch(() => undefined);
    await other.kill();
    assert.equal(rt.RtSetEvent(event), true);
    signalled(event);
  });

  test("a killed waiter does not stand in the way of the next one", async (t) => {
    const [first, second] = [await side.process(t), await side.process(t)];
    const name = freshName();
    const event = create(AUTO, false, name);
    const [dead, waiting] = (await threeWaiters([first, second], name)) as [Waiting, Waiting];
    dead.reply.catch(() => undefined);
    await first.kill();
    assert.equal(rt.RtSetEvent(event), true);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
  });

  test("sets and waits back and forth between two threads lose nothing", async (t) => {
    const other = await side.worker(t);
    const [ping, pong] = [create(AUTO, false), create(AUTO, false)];
    for (let i = 0; i < 300; i++) {
      const theirs = other.begin("RtWaitForSingleObject", ping, INFINITE);
      assert.equal(rt.RtSetEvent(ping), true);
      assert.equal(await resultOf(theirs), WAIT_OBJECT_0);
      assert.equal(await other.value("RtSetEvent", pong), true);
      signalled(pong);
    }
  });
});
