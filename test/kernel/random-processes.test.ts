// Several processes: random sequences of operations on shared objects, one step after the other, against a model of the objects,
// the owners and the queues. Waits are polls and pending asynchronous ones; processes are killed and replaced on the way.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import type { ProcessAgent, Waiting } from "../support/agent.js";
import type { HANDLE } from "../support/api.js";
import { win32Side } from "../support/sides.js";

const RUNS = process.env["RTSHM_LONG"] === "1" ? 300 : 3;
const PROCESSES = 3;
const { rt } = win32Side;

interface Pending {
  readonly who: number;
  readonly object: number;
  readonly waiting: Waiting;
}

/** Objects by number: 0 auto-reset event, 1 manual-reset event, 2 mutex, 3 semaphore of at most 4. */
class Model {
  readonly state = [0, 0, 0, 1];
  owner = -1; // of the mutex
  abandoned = false;
  readonly queue: Pending[] = [];

  ready(object: number, who: number): boolean {
    return object === 2 ? this.owner < 0 || this.owner === who : this.state[object]! > 0;
  }

  take(object: number, who: number): number {
    if (object === 0) this.state[0] = 0;
    if (object === 3) this.state[3]!--;
    if (object !== 2) return 0;
    const result = this.abandoned ? 0x80 : 0;
    this.abandoned = false;
    this.owner = who;
    this.state[2]!++;
    return result;
  }

  /** Whose waits are satisfied now, in order of arrival. */
  grants(): { pending: Pending; result: number }[] {
    const granted: { pending: Pending; result: number }[] = [];
    for (;;) {
      const i = this.queue.findIndex(({ object, who }) => this.ready(object, who));
      if (i < 0) return granted;
      const [pending] = this.queue.splice(i, 1);
      granted.push({ pending: pending!, result: this.take(pending!.object, pending!.who) });
    }
  }
}

class World {
  readonly model = new Model();
  readonly agents: ProcessAgent[] = [];
  readonly handles: HANDLE[][] = [];
  constructor(
    readonly t: TestContext,
    readonly prefix: string,
  ) {}

  async join(who: number): Promise<void> {
    const agent = await win32Side.process(this.t);
    this.agents[who] = agent;
    this.handles[who] = [
      await agent.handle("RtCreateEvent", null, false, false, `${this.prefix} 0`),
      await agent.handle("RtCreateEvent", null, true, false, `${this.prefix} 1`),
      await agent.handle("RtCreateMutex", null, false, `${this.prefix} 2`),
      await agent.handle("RtCreateSemaphore", null, 1, 4, `${this.prefix} 3`),
    ];
  }

  async satisfy(): Promise<void> {
    for (const { pending, result } of this.model.grants()) {
      const reply = await pending.waiting.reply;
      assert.deepEqual(reply.value, { result, lastError: 0 }, `process ${pending.who}, object ${pending.object}`);
    }
    for (const { waiting } of this.model.queue) assert.equal(waiting.done(), false, "a wait ended that could not");
  }

  async step(op: string, who: number, object: number, count: number): Promise<void> {
    const { model } = this;
    const agent = this.agents[who]!;
    const handle = this.handles[who]![object]!;
    if (op === "poll") {
      const expected = model.ready(object, who) ? model.take(object, who) : 258;
      assert.equal(await agent.value("RtWaitForSingleObject", handle, 0), expected);
    } else if (op === "wait") {
      const waiting = agent.begin("RtWaitForSingleObjectAsync", handle, 0xffffffff);
      model.queue.push({ who, object, waiting });
      await agent.value("turn"); // the agent makes its calls in order: now the wait is in its queue
    } else if (op === "signal" || op === "reset" || op === "pulse") {
      if (object > 1) return this.release(agent, who, handle, object, count);
      const name = op === "signal" ? "RtSetEvent" : op === "reset" ? "RtResetEvent" : "RtPulseEvent";
      assert.equal(await agent.value(name, handle), true);
      model.state[object] = op === "reset" ? 0 : 1;
      await this.satisfy();
      if (op === "pulse") model.state[object] = 0;
    } else if (op === "kill") {
      await agent.kill();
      for (let i = model.queue.length - 1; i >= 0; i--) {
        if (model.queue[i]!.who !== who) continue;
        model.queue[i]!.waiting.reply.catch(() => undefined);
        model.queue.splice(i, 1);
      }
      if (model.owner === who) {
        model.owner = -1;
        model.state[2] = 0;
        model.abandoned = true;
      }
      await this.satisfy();
      await this.join(who);
    }
    await this.satisfy();
  }

  async release(agent: ProcessAgent, who: number, handle: HANDLE, object: number, count: number): Promise<void> {
    const { model } = this;
    if (object === 2) {
      assert.equal(await agent.value("RtReleaseMutex", handle), model.owner === who);
      if (model.owner === who && --model.state[2]! === 0) model.owner = -1;
    } else {
      const fits = model.state[3]! + count <= 4;
      const { value, lastError } = await agent.call("RtReleaseSemaphore", handle, count, null);
      assert.equal(value, fits);
      if (fits) model.state[3]! += count;
      else assert.equal(lastError, 298);
    }
    await this.satisfy();
  }

  async leave(): Promise<void> {
    for (const { waiting } of this.model.queue) waiting.reply.catch(() => undefined);
    await Promise.all(this.agents.map((agent) => agent.kill()));
  }
}

const steps = fc.array(
  fc.tuple(
    fc.constantFrom("poll", "poll", "wait", "wait", "wait", "signal", "signal", "signal", "reset", "pulse", "kill"),
    fc.nat(PROCESSES - 1),
    fc.nat(3),
    fc.integer({ min: 1, max: 3 }),
  ),
  { minLength: 25, maxLength: 60 },
);

let worlds = 0;
test("processes that wait, signal and die see what the model says, in the order in which they came", async (t) => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const world = new World(t, `world ${++worlds}`);
      // This process keeps the objects while others come and go.
      const kept = [
        rt.RtCreateEvent(null, false, false, `${world.prefix} 0`),
        rt.RtCreateEvent(null, true, false, `${world.prefix} 1`),
        rt.RtCreateMutex(null, false, `${world.prefix} 2`),
        rt.RtCreateSemaphore(null, 1, 4, `${world.prefix} 3`),
      ];
      try {
        for (let who = 0; who < PROCESSES; who++) await world.join(who);
        for (const [op, who, object, count] of sequence) await world.step(op, who, object, count);
      } finally {
        await world.leave();
        for (const handle of kept) rt.RtCloseHandle(handle!);
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});
