// Order among waiters: first come, first served, for threads and processes, blocking and not, for one object, any and all.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { assertBlocked, resultOf, settle, type Agent, type Waiting } from "../support/agent.js";
import { INFINITE, WAIT_OBJECT_0, WAIT_TIMEOUT, type HANDLE } from "../support/api.js";
import { gives } from "../support/expect.js";
import { freshName, onBothSides, win32Side, type Side } from "../support/sides.js";

/** Threads and processes in turn, with a handle to the object each. */
async function mixedAgents(t: TestContext, side: Side, count: number): Promise<Agent[]> {
  const agents: Agent[] = [];
  for (let i = 0; i < count; i++) agents.push(i % 2 ? await side.process(t) : await side.worker(t));
  return agents;
}

const done = async (waiting: Waiting): Promise<number> => {
  const value = await resultOf(waiting);
  return typeof value === "number" ? value : (value as { result: number }).result;
};

onBothSides("order", (side) => {
  const { rt } = side;

  test("a mutex goes to its waiters in the order in which they came", async (t) => {
    const agents = await mixedAgents(t, side, 5);
    const name = freshName();
    const mine = gives(rt, 0, () => rt.RtCreateMutex(null, true, name));
    const handles: HANDLE[] = [];
    const waits: Waiting[] = [];
    for (const agent of agents) {
      handles.push(await agent.handle("RtOpenMutex", 0, false, name));
      waits.push(await agent.block("RtWaitForSingleObject", handles.at(-1)!, INFINITE));
    }
    assert.equal(rt.RtReleaseMutex(mine), true);
    for (const [i, agent] of agents.entries()) {
      assert.equal(await done(waits[i]!), WAIT_OBJECT_0, `waiter ${i}`);
      await assertBlocked(...waits.slice(i + 1));
      assert.equal(await agent.value("RtReleaseMutex", handles[i]!), true);
    }
    assert.equal(rt.RtWaitForSingleObject(mine, 0), WAIT_OBJECT_0);
  });

  test("a mutex that is waited for does not go to who released it and asks again at once", async (t) => {
    const agents = await mixedAgents(t, side, 2);
    const name = freshName();
    const mine = gives(rt, 0, () => rt.RtCreateMutex(null, true, name));
    for (const agent of agents) {
      const theirs = await agent.handle("RtOpenMutex", 0, false, name);
      const waiting = await agent.block("RtWaitForSingleObject", theirs, INFINITE);
      assert.equal(rt.RtReleaseMutex(mine), true);
      assert.equal(rt.RtWaitForSingleObject(mine, 0), WAIT_TIMEOUT, "it was handed over");
      assert.equal(await done(waiting), WAIT_OBJECT_0);
      assert.equal(await agent.value("RtReleaseMutex", theirs), true);
      assert.equal(rt.RtWaitForSingleObject(mine, INFINITE), WAIT_OBJECT_0);
    }
  });

  test("counts of a semaphore go to its waiters in the order in which they came", async (t) => {
    const agents = await mixedAgents(t, side, 5);
    const name = freshName();
    const mine = gives(rt, 0, () => rt.RtCreateSemaphore(null, 0, 9, name));
    const waits: Waiting[] = [];
    for (const agent of agents) {
      const theirs = await agent.handle("RtOpenSemaphore", 0, false, name);
      waits.push(await agent.block("RtWaitForSingleObject", theirs, INFINITE));
    }
    for (const [from, count] of [
      [0, 1],
      [1, 2],
      [3, 1],
      [4, 1],
    ] as const) {
      assert.equal(rt.RtReleaseSemaphore(mine, count, null), true);
      for (let i = from; i < from + count; i++) assert.equal(await done(waits[i]!), WAIT_OBJECT_0, `waiter ${i}`);
      await assertBlocked(...waits.slice(from + count));
    }
    assert.equal(rt.RtWaitForSingleObject(mine, 0), WAIT_TIMEOUT);
  });

  test("sets and pulses of an auto-reset event go to its waiters in the order in which they came", async (t) => {
    const agents = await mixedAgents(t, side, 4);
    const name = freshName();
    const mine = gives(rt, 0, () => rt.RtCreateEvent(null, false, false, name));
    const waits: Waiting[] = [];
    for (const agent of agents) {
      const theirs = await agent.handle("RtOpenEvent", 0, false, name);
      waits.push(await agent.block("RtWaitForSingleObject", theirs, INFINITE));
    }
    for (const [i, waiting] of waits.entries()) {
      assert.equal(i % 2 ? rt.RtPulseEvent(mine) : rt.RtSetEvent(mine), true);
      assert.equal(await done(waiting), WAIT_OBJECT_0, `waiter ${i}`);
      await assertBlocked(...waits.slice(i + 1));
    }
  });

  test("waits that block and waits that do not stand in one line", async (t) => {
    const agents = await mixedAgents(t, side, 4);
    const name = freshName();
    const mine = gives(rt, 0, () => rt.RtCreateSemaphore(null, 0, 9, name));
    const waits: Waiting[] = [];
    for (const [i, agent] of agents.entries()) {
      const theirs = await agent.handle("RtOpenSemaphore", 0, false, name);
      waits.push(await agent.block(i < 2 ? "RtWaitForSingleObjectAsync" : "RtWaitForSingleObject", theirs, INFINITE));
    }
    for (const [i, waiting] of waits.entries()) {
      assert.equal(rt.RtReleaseSemaphore(mine, 1, null), true);
      assert.equal(await done(waiting), WAIT_OBJECT_0, `waiter ${i}`);
      await assertBlocked(...waits.slice(i + 1));
    }
  });

  test("asynchronous waits of one thread are satisfied in the order in which they were made", async () => {
    const mine = gives(rt, 0, () => rt.RtCreateSemaphore(null, 0, 20, null));
    const order: number[] = [];
    const waits = Array.from({ length: 8 }, (_, i) =>
      rt.RtWaitForSingleObjectAsync(mine, INFINITE).then(() => order.push(i)),
    );
    await settle();
    for (let i = 0; i < 8; i++) {
      assert.equal(rt.RtReleaseSemaphore(mine, 1, null), true);
      while (order.length === i) await new Promise(setImmediate);
    }
    await Promise.all(waits);
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("a wait for any that came first wins over a later wait for one, and the other way round", async (t) => {
    const [any, single] = await mixedAgents(t, side, 2);
    const [counted, other] = [freshName(), freshName()];
    const mine = gives(rt, 0, () => rt.RtCreateSemaphore(null, 0, 9, counted));
    gives(rt, 0, () => rt.RtCreateEvent(null, false, false, other));
    const inAny = [
      await any!.handle("RtOpenEvent", 0, false, other),
      await any!.handle("RtOpenSemaphore", 0, false, counted),
    ];
    const inSingle = await single!.handle("RtOpenSemaphore", 0, false, counted);
    for (const anyFirst of [true, false]) {
      const begin = [
        () => any!.block("RtWaitForMultipleObjects", 2, inAny, false, INFINITE),
        () => single!.block("RtWaitForSingleObject", inSingle, INFINITE),
      ];
      if (!anyFirst) begin.reverse();
      const waits = [await begin[0]!(), await begin[1]!()];
      const expected = anyFirst ? [1, 0] : [0, 1];
      for (const [i, waiting] of waits.entries()) {
        assert.equal(rt.RtReleaseSemaphore(mine, 1, null), true);
        assert.equal(await done(waiting), expected[i]);
        await assertBlocked(...waits.slice(i + 1));
      }
    }
  });

  test("a waiter that gives up by its timeout leaves the line to the others", async (t) => {
    const agents = await mixedAgents(t, side, 3);
    const name = freshName();
    const mine = gives(rt, 0, () => rt.RtCreateSemaphore(null, 0, 9, name));
    const waits: Waiting[] = [];
    for (const [i, agent] of agents.entries()) {
      const theirs = await agent.handle("RtOpenSemaphore", 0, false, name);
      waits.push(await agent.block("RtWaitForSingleObject", theirs, i === 0 ? 500 : INFINITE));
    }
    assert.equal(await done(waits[0]!), WAIT_TIMEOUT);
    for (const waiting of waits.slice(1)) {
      assert.equal(rt.RtReleaseSemaphore(mine, 1, null), true);
      assert.equal(await done(waiting), WAIT_OBJECT_0);
    }
    assert.equal(rt.RtWaitForSingleObject(mine, 0), WAIT_TIMEOUT);
  });

  test("one who waits in vain for long is not passed by those who come after", async (t) => {
    const [patient, ...busy] = await mixedAgents(t, side, 3);
    const name = freshName();
    const mine = gives(rt, 0, () => rt.RtCreateMutex(null, true, name));
    const theirs = await patient!.handle("RtOpenMutex", 0, false, name);
    const waiting = await patient!.block("RtWaitForSingleObject", theirs, INFINITE);
    const others = await Promise.all(
      busy.map(async (agent) => {
        const handle = await agent.handle("RtOpenMutex", 0, false, name);
        return { agent, handle, waiting: await agent.block("RtWaitForSingleObject", handle, INFINITE) };
      }),
    );
    assert.equal(rt.RtReleaseMutex(mine), true);
    assert.equal(await done(waiting), WAIT_OBJECT_0);
    assert.equal(await patient!.value("RtReleaseMutex", theirs), true);
    for (let i = 0; i < others.length; i++) {
      const waits = others.map((other) => other.waiting);
      const next = await Promise.race(waits.map(async (one, k) => (await done(one), k)));
      assert.equal(await others[next]!.agent.value("RtReleaseMutex", others[next]!.handle), true);
      others.splice(next, 1);
      i--;
    }
    assert.equal(rt.RtWaitForSingleObject(mine, INFINITE), WAIT_OBJECT_0);
  });
});

describe("order with waits for all, win32", () => {
  const side = win32Side;
  const { rt } = side;

  interface Setting {
    readonly mine: HANDLE[];
    readonly agents: Agent[];
    /** by agent, then by object */
    readonly theirs: HANDLE[][];
  }

  /** Auto-reset events that every agent has open. */
  async function setting(t: TestContext, eventCount: number, agentCount: number): Promise<Setting> {
    const names = Array.from({ length: eventCount }, () => freshName());
    const mine = names.map((name) => gives(rt, 0, () => rt.RtCreateEvent(null, false, false, name)));
    const agents = await mixedAgents(t, side, agentCount);
    const theirs: HANDLE[][] = [];
    for (const agent of agents) {
      const handles: HANDLE[] = [];
      for (const name of names) handles.push(await agent.handle("RtOpenEvent", 0, false, name));
      theirs.push(handles);
    }
    return { mine, agents, theirs };
  }

  test("one that is not ready is passed over and takes nothing", async (t) => {
    const { mine, agents, theirs } = await setting(t, 2, 2);
    const all = await agents[0]!.block("RtWaitForMultipleObjects", 2, theirs[0]!, true, INFINITE);
    const single = await agents[1]!.block("RtWaitForSingleObject", theirs[1]![0]!, INFINITE);
    rt.RtSetEvent(mine[0]!);
    assert.equal(await done(single), WAIT_OBJECT_0);
    rt.RtSetEvent(mine[1]!);
    await assertBlocked(all);
    rt.RtSetEvent(mine[0]!);
    assert.equal(await done(all), WAIT_OBJECT_0);
  });

  test("one that becomes ready wins over a later wait for one of its objects", async (t) => {
    const { mine, agents, theirs } = await setting(t, 2, 2);
    const all = await agents[0]!.block("RtWaitForMultipleObjects", 2, theirs[0]!, true, INFINITE);
    const single = await agents[1]!.block("RtWaitForSingleObject", theirs[1]![0]!, INFINITE);
    rt.RtSetEvent(mine[1]!);
    await assertBlocked(all, single);
    rt.RtSetEvent(mine[0]!);
    assert.equal(await done(all), WAIT_OBJECT_0);
    await assertBlocked(single);
    rt.RtSetEvent(mine[0]!);
    assert.equal(await done(single), WAIT_OBJECT_0);
  });

  test("an earlier wait for one of the objects wins over it", async (t) => {
    const { mine, agents, theirs } = await setting(t, 2, 2);
    const single = await agents[1]!.block("RtWaitForSingleObject", theirs[1]![0]!, INFINITE);
    const all = await agents[0]!.block("RtWaitForMultipleObjects", 2, theirs[0]!, true, INFINITE);
    rt.RtSetEvent(mine[1]!);
    rt.RtSetEvent(mine[0]!);
    assert.equal(await done(single), WAIT_OBJECT_0);
    await assertBlocked(all);
    rt.RtSetEvent(mine[0]!);
    assert.equal(await done(all), WAIT_OBJECT_0);
  });

  test("of two that share an object and are both ready but for it the first gets it", async (t) => {
    const { mine, agents, theirs } = await setting(t, 3, 2);
    const [a, b, c] = [0, 1, 2];
    const first = await agents[0]!.block(
      "RtWaitForMultipleObjects",
      2,
      [theirs[0]![a]!, theirs[0]![b]!],
      true,
      INFINITE,
    );
    const second = await agents[1]!.block(
      "RtWaitForMultipleObjects",
      2,
      [theirs[1]![a]!, theirs[1]![c]!],
      true,
      INFINITE,
    );
    rt.RtSetEvent(mine[b]!);
    rt.RtSetEvent(mine[c]!);
    await assertBlocked(first, second);
    rt.RtSetEvent(mine[a]!);
    assert.equal(await done(first), WAIT_OBJECT_0);
    await assertBlocked(second);
    rt.RtSetEvent(mine[a]!);
    assert.equal(await done(second), WAIT_OBJECT_0);
  });

  test("of two that share an object only the one whose others are ready gets it, though it came later", async (t) => {
    const { mine, agents, theirs } = await setting(t, 3, 2);
    const [a, b, c] = [0, 1, 2];
    const first = await agents[0]!.block(
      "RtWaitForMultipleObjects",
      2,
      [theirs[0]![a]!, theirs[0]![b]!],
      true,
      INFINITE,
    );
    const second = await agents[1]!.block(
      "RtWaitForMultipleObjects",
      2,
      [theirs[1]![a]!, theirs[1]![c]!],
      true,
      INFINITE,
    );
    rt.RtSetEvent(mine[c]!);
    rt.RtSetEvent(mine[a]!);
    assert.equal(await done(second), WAIT_OBJECT_0);
    await assertBlocked(first);
    rt.RtSetEvent(mine[b]!);
    await assertBlocked(first);
    rt.RtSetEvent(mine[a]!);
    assert.equal(await done(first), WAIT_OBJECT_0);
  });

  test("single, any and all in one line are served in turn", async (t) => {
    const { mine, agents, theirs } = await setting(t, 2, 3);
    const waits = [
      await agents[0]!.block("RtWaitForMultipleObjects", 2, [theirs[0]![1]!, theirs[0]![0]!], false, INFINITE),
      await agents[1]!.block("RtWaitForMultipleObjects", 1, [theirs[1]![0]!], true, INFINITE),
      await agents[2]!.block("RtWaitForSingleObjectAsync", theirs[2]![0]!, INFINITE),
    ];
    for (const [i, expected] of [WAIT_OBJECT_0 + 1, WAIT_OBJECT_0, WAIT_OBJECT_0].entries()) {
      rt.RtSetEvent(mine[0]!);
      assert.equal(await done(waits[i]!), expected);
      await assertBlocked(...waits.slice(i + 1));
    }
  });
});
