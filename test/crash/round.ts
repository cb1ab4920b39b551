// One round: a victim does its scenario among witnesses, is killed or stopped there, and what it left is checked.
import assert from "node:assert/strict";
import { expect, type Range } from "./ledger.js";
import { hasUnwoken } from "./unwoken.js";
import { untilAsleep } from "../support/asleep.js";
import { OWN_KEYS, SHARED_KEYS, type Action, type Key, type Scenario } from "./script.js";
import { COUNT_STEPS, visitsIn } from "./steps.js";
import { withoutSlices } from "../support/leans-on-slices.js";
import { untilStopped } from "../support/stopped.js";
import { Victim } from "./victim-process.js";
import type { Parked, Witnesses } from "./witnesses.js";

const TIMED_OUT = 258;
const WATCHDOG_MS = 25_000;
const ANSWER_MS = 5_000;

export interface Plan {
  readonly seed: number;
  readonly scenario: Scenario;
  /** A step's name, "random" for a kill at any moment under load, or "count" to count the visits of every step. */
  readonly step: string;
  readonly visit: number;
  readonly how: "kill" | "stop";
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Fails when the promise is not settled in time: the watchdog of whatever may hang. */
export async function within<Value>(ms: number, what: string, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not in ${String(ms)} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function assertIn(value: number, { low, high }: Range, what: string): void {
  assert.ok(value >= low && value <= high, `${what}: ${String(value)}, not in ${String(low)}..${String(high)}`);
}

function isDone(parked: Parked, ms: number): Promise<boolean> {
  return Promise.race([parked.result.then(() => true), pause(ms).then(() => parked.done())]);
}

/** The round came to the one case that leans on the slice, and the slice was taken away. */
export class Leaned extends Error {}

export class Round {
  readonly #errors: unknown[] = [];
  #acting: Promise<void> = Promise.resolve();
  /** Of a counting round: how often each step was visited. */
  visits: ReadonlyMap<string, number> = new Map();

  constructor(
    readonly witnesses: Witnesses,
    readonly plan: Plan,
    readonly directory: string,
  ) {}

  /** @returns whether the victim came to the step */
  async run(): Promise<boolean> {
    return within(WATCHDOG_MS, "the round", this.#run());
  }

  get name(): string {
    return `r${String(this.plan.seed)}`;
  }

  async #run(): Promise<boolean> {
    await this.witnesses.begin(this.name);
    const victim = this.#start();
    const hit = await this.#untilEnd(victim);
    await within(ANSWER_MS, "the witnesses' deeds", this.#acting);
    if (this.#errors.length > 0) throw this.#errors[0];
    if (this.plan.step === "count") this.visits = visitsIn(victim.stderr);
    else assert.equal(victim.stderr, "", "a victim does not complain");
    await this.#check(victim);
    return hit;
  }

  #start(): Victim {
    const { scenario, step, visit, how } = this.plan;
    const isRandom = step === "random";
    return new Victim({
      directory: this.directory,
      round: this.name,
      scenario,
      ever: isRandom,
      ...(isRandom ? {} : step === "count" ? { imports: COUNT_STEPS } : { step: `${step}:${how}:${String(visit)}` }),
      onBegin: (index, victim) => this.#onBegin(index, victim, isRandom),
    });
  }

  #onBegin(index: number, victim: Victim, isRandom: boolean): void {
    const operation = this.plan.scenario.operations[index];
    if (operation === undefined || isRandom) return;
    const actions = operation.during ?? [];
    this.#acting = this.#acting
      .then(async () => {
        if (operation.do === "wait" && actions.length > 0)
          await untilAsleep(victim.pid, () => victim.hasEnded || victim.inFlight !== index || victim.isStopped());
        for (const action of actions) {
          if ("killOwner" in action) await this.#killOwner();
          if ("killGranted" in action) await this.#killGranted(action);
          else await this.witnesses.act(action);
        }
        if (operation.do === "sync") victim.goOn();
      })
      .catch((error: unknown) => void this.#errors.push(error));
  }

  // An owner that dies before the victim: what it leaves is the victim's to find.
  async #killOwner(): Promise<void> {
    const owner = new Victim({
      directory: this.directory,
      round: this.name,
      scenario: { name: "a mutex is handed to a waiter", operations: [] },
      onBegin: (index) => {
        if (index === 2) owner.signal("SIGKILL");
      },
    });
    assert.equal(await owner.ended, "SIGKILL", "the owner was killed while it owned");
  }

  // What it was granted is the next one's, or the victim's to give back.
  async #killGranted(action: Action): Promise<void> {
    let waits!: () => void;
    const waiting = new Promise<void>((resolve) => (waits = resolve));
    const waiter = new Victim({
      directory: this.directory,
      round: this.name,
      scenario: { name: "a unit is waited for", operations: [] },
      onBegin: (index) => {
        if (index === 1) waits();
      },
    });
    await waiting;
    await untilAsleep(waiter.pid, () => false);
    waiter.signal("SIGSTOP");
    await untilStopped(waiter.pid);
    await this.witnesses.act(action);
    waiter.signal("SIGKILL");
    assert.equal(await waiter.ended, "SIGKILL", "the waiter was killed");
  }

  async #untilEnd(victim: Victim): Promise<boolean> {
    if (this.plan.step === "random") {
      await victim.begun;
      await pause((this.plan.seed * 7919) % 40);
      victim.signal("SIGKILL");
      assert.equal(await victim.ended, "SIGKILL", "the victim was killed");
      return true;
    }
    if (this.plan.how === "stop") return this.#untilStoppedAndEnd(victim);
    const ending = await victim.ended;
    if (ending !== "SIGKILL") assert.equal(ending, 0, `the victim ends well: ${victim.stderr}`);
    return ending === "SIGKILL";
  }

  async #untilStoppedAndEnd(victim: Victim): Promise<boolean> {
    const ended = victim.ended.then(() => true);
    let isOver = false;
    void ended.then(() => (isOver = true));
    while (!isOver && !victim.isStopped()) await Promise.race([ended, pause(5)]);
    const hit = !isOver;
    if (hit) {
      await this.#lookWhileStopped(victim);
    }
    victim.signal("SIGCONT");
    assert.equal(await victim.ended, 0, `a victim that was stopped completes: ${victim.stderr}`);
    return hit;
  }

  // A time-out must be honoured although somebody is stopped at the worst place: later than asked, but it must end.
  async #lookWhileStopped(victim: Victim): Promise<void> {
    const look = this.witnesses.take(["S"], false, 20);
    look.catch(() => undefined);
    const inTime = await Promise.race([look.then(() => true), pause(400).then(() => false)]);
    if (!inTime) lateWhileStopped.set(this.plan.step, (lateWhileStopped.get(this.plan.step) ?? 0) + 1);
    victim.signal("SIGCONT");
    const result = await look;
    assert.ok(result === 0 || result === TIMED_OUT, `a wait beside a stopped process gave ${String(result)}`);
  }

  async #check(victim: Victim): Promise<void> {
    await within(ANSWER_MS, "the names of the dead are looked for", this.#checkNames());
    await this.#checkNobodySleepsBesideASignal(victim);
    await within(2 * ANSWER_MS, "the waiters are released", this.#releaseAll(victim));
    await within(ANSWER_MS, "what is left is counted", this.#count(victim));
    await within(ANSWER_MS, "the objects are closed", this.#end());
  }

  async #checkNames(): Promise<void> {
    for (const key of OWN_KEYS) assert.equal(await this.witnesses.openError(key), 2, `nobody holds ${key}`);
    for (const key of SHARED_KEYS) assert.equal(await this.witnesses.openError(key), 0, `the witnesses hold ${key}`);
  }

  // The checker never gets what somebody in the queue could have: unless that one was satisfied too, it was left asleep.
  async #checkNobodySleepsBesideASignal(victim: Victim): Promise<void> {
    for (const parked of this.witnesses.parked) {
      if (parked.done()) continue;
      const result = await within(
        ANSWER_MS,
        `a look at ${parked.keys.join()}`,
        this.witnesses.take(parked.keys, parked.all, 0),
      );
      if (result === TIMED_OUT) continue;
      const isWoken = await isDone(parked, 1000);
      if (!isWoken && this.#leansOnTheSlice(victim)) throw new Leaned();
      assert.ok(isWoken, `a waiter for ${parked.keys.join()} sleeps beside a signal: ${String(result)}`);
    }
  }

  async #releaseAll(victim: Victim): Promise<void> {
    for (const parked of this.witnesses.parked) {
      for (let i = 0; !parked.done() && i < 4; i++) {
        for (const key of parked.keys) await this.#signal(key);
        if (await isDone(parked, 1000)) break;
      }
      if (!parked.done() && this.#leansOnTheSlice(victim)) throw new Leaned();
      assert.ok(parked.done(), `a waiter for ${parked.keys.join()} wakes`);
      // Who was given the mutex still has to give it back, by way of its own event loop.
      const result = await within(ANSWER_MS, `the end of a wait for ${parked.keys.join()}`, parked.result);
      assert.ok(result <= 0x80 + parked.keys.length, `a parked wait gave ${String(result)}`);
    }
  }

  // The one case in which a sleeper may have to look up by itself: the victim was killed between ringing a bell and waking.
  #leansOnTheSlice(victim: Victim): boolean {
    return withoutSlices() && hasUnwoken(this.directory, victim.pid);
  }

  async #signal(key: Key): Promise<void> {
    if (key === "S") await this.witnesses.post(1);
    else if (key === "A" || key === "N") await this.witnesses.set(key);
  }

  async #count(victim: Victim): Promise<void> {
    const { witnesses } = this;
    await witnesses.take(["M"], false, 2000);
    assert.equal(await witnesses.take(["M"], false, 2000), 0, "the mutex is free, and abandoned only once");
    const { scenario } = this.plan;
    const { units, signals, abandonments } = expect(scenario, victim.done, victim.inFlight, witnesses.ledger);
    let left = 0;
    while ((await witnesses.take(["S"], false, 0)) === 0) left++;
    const signalled = (await witnesses.take(["A"], false, 0)) === 0 ? 1 : 0;
    assertIn(witnesses.ledger.abandonments, abandonments, "abandonments seen");
    assertIn(left, units, "units left");
    assertIn(signalled, signals, "signals left");
  }

  async #end(): Promise<void> {
    await this.witnesses.closeAll();
    for (const key of SHARED_KEYS) assert.equal(await this.witnesses.openError(key), 2, `nobody holds ${key} any more`);
    assert.deepEqual(this.witnesses.memoryHeld(), [], "the witnesses hold no memory but the dispatcher's");
  }
}

/** Steps at which a stopped process kept another's wait of 20 ms until it went on (400 ms), and how often. */
export const lateWhileStopped = new Map<string, number>();
