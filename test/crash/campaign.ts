// The crash campaign: kills and stops a victim at every visit of every named step, and at random moments, round after round.
//   node build/test/crash/campaign.js --rounds N [--lanes N] [--seed S]
//   node build/test/crash/campaign.js --seed S --step NAME --visit K --scenario NAME [--how kill|stop]   repeats one round
import "./limits.js";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lateWhileStopped, Leaned, Round, type Plan } from "./round.js";
import { SCENARIOS } from "./scenarios.js";
import type { Scenario } from "./script.js";
import { stepsOfSource } from "./steps.js";
import { Witnesses } from "./witnesses.js";

const ROUNDS_A_NAMESPACE = 12;
/** More visits than this are waits that look again and again: no place of its own any more. */
const VISITS_MAX = 60;

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "300" },
    lanes: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
    step: { type: "string" },
    visit: { type: "string", default: "1" },
    scenario: { type: "string" },
    how: { type: "string", default: "kill" },
  },
});

// Small and good enough: the same seed gives the same plan on every machine.
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A namespace and its witnesses: reused for some rounds, or until one fails. */
class Lane {
  #directory = "";
  #witnesses: Witnesses | undefined;
  #used = 0;

  async run(plan: Plan): Promise<{ hit: boolean; visits: ReadonlyMap<string, number> }> {
    const witnesses = this.#used++ % ROUNDS_A_NAMESPACE === 0 ? await this.#renew() : this.#witnesses;
    if (witnesses === undefined) throw new Error("no witnesses");
    const round = new Round(witnesses, plan, this.#directory);
    try {
      return { hit: await round.run(), visits: round.visits };
    } catch (error) {
      this.#used = 0;
      throw error;
    }
  }

  async #renew(): Promise<Witnesses> {
    await this.end();
    this.#directory = mkdtempSync(join(tmpdir(), "rtshm-crash-"));
    this.#witnesses = new Witnesses(this.#directory);
    return this.#witnesses.ready();
  }

  async end(): Promise<void> {
    await this.#witnesses?.kill();
    if (this.#directory !== "") rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = "";
    this.#witnesses = undefined;
  }
}

let passed = 0;
let failed = 0;
const hits = new Map<string, number>();
/** Without slices: the steps at which a victim was killed that had rung bells and not woken the sleepers. */
const leaned: string[] = [];

function report(plan: Plan, error: unknown): void {
  failed++;
  const { seed, step, visit, scenario, how } = plan;
  const again = `--seed ${String(seed)} --step ${step} --visit ${String(visit)} --how ${how} --scenario "${scenario.name}"`;
  console.log(
    `FAILED ${how} at ${step}, visit ${String(visit)}, while ${scenario.name}: ${String(error)}\n  again: ${again}`,
  );
}

async function runPlan(lane: Lane, plan: Plan): Promise<ReadonlyMap<string, number>> {
  try {
    const { hit, visits } = await lane.run(plan);
    passed++;
    if (hit) hits.set(plan.step, (hits.get(plan.step) ?? 0) + 1);
    return visits;
  } catch (error) {
    if (!(error instanceof Leaned)) report(plan, error);
    else {
      passed++;
      leaned.push(plan.step);
    }
    return new Map();
  }
}

async function inLanes<Item>(items: Iterable<Item>, work: (lane: Lane, item: Item) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lanes = Array.from({ length: Number(options.lanes) }, async () => {
    const lane = new Lane();
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(lane, next.value);
    await lane.end();
  });
  await Promise.all(lanes);
}

/** Every scenario once without harm: which steps it visits, how often. Fails for a step that no scenario visits. */
async function countVisits(): Promise<Plan[]> {
  const plans: Plan[] = [];
  const seen = new Set<string>();
  const items = SCENARIOS.map((scenario, seed): Plan => ({ seed, scenario, step: "count", visit: 0, how: "kill" }));
  await inLanes(items, async (lane, item) => {
    for (const [step, visits] of await runPlan(lane, item)) {
      seen.add(step);
      for (let visit = 1; visit <= Math.min(visits, VISITS_MAX); visit++)
        for (const how of ["kill", "stop"] as const) plans.push({ seed: 0, scenario: item.scenario, step, visit, how });
    }
  });
  for (const step of stepsOfSource()) {
    if (seen.has(step)) continue;
    failed++;
    console.log(`FAILED: no scenario visits the step ${step} of the source`);
  }
  return plans;
}

function shuffle<Item>(items: Item[], random: () => number): Item[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j] as Item, items[i] as Item];
  }
  return items;
}

/** One place of every step after the other, lowest visits of each step first in the first turn, then in random order. */
function interleave(places: readonly Plan[], random: () => number): Plan[] {
  const groups = new Map<string, Plan[]>();
  for (const plan of shuffle([...places], random)) {
    const key = `${plan.step}:${plan.how}`;
    groups.set(key, [...(groups.get(key) ?? []), plan]);
  }
  for (const group of groups.values()) {
    const lowest = group.reduce((best, plan, i) => (plan.visit < (group[best] as Plan).visit ? i : best), 0);
    group.unshift(...group.splice(lowest, 1));
  }
  const queue: Plan[] = [];
  for (let turn = 0; queue.length < places.length; turn++)
    for (const group of groups.values()) if (turn < group.length) queue.push(group[turn] as Plan);
  return queue;
}

// All places, over and over; every sixth round is a kill at a random moment.
function* choose(places: readonly Plan[], rounds: number, seed: number): Generator<Plan> {
  const random = randomOf(seed);
  const queue = interleave(places, random);
  for (let i = 0, next = 0; i < rounds; i++) {
    const scenario = SCENARIOS[Math.floor(random() * SCENARIOS.length)] as Scenario;
    if (i % 6 === 5) yield { seed: 1000 * seed + i, scenario, step: "random", visit: 1, how: "kill" };
    else yield { ...(queue[next++ % queue.length] as Plan), seed: 1000 * seed + i };
  }
}

// A step inside a wait is missed when the wait is satisfied early: try its places again before complaining.
async function hitTheRest(places: readonly Plan[], seed: number): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const rest = places.filter(({ step, visit, how }) => how === "kill" && visit === 1 && !hits.has(step));
    if (rest.length === 0) return;
    const again = rest.map((plan, at) => ({ ...plan, seed: 1000 * seed + 900_000 + 100 * i + at }));
    await inLanes(again, async (lane, plan) => void (await runPlan(lane, plan)));
  }
}

const sharedKiB = (): number => Number(/^Shmem:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]);

async function campaign(): Promise<void> {
  const places = await countVisits();
  const rounds = Number(options.rounds);
  await inLanes(choose(places, rounds, Number(options.seed)), async (lane, plan) => void (await runPlan(lane, plan)));
  await hitTheRest(places, Number(options.seed));
  if (rounds >= stepsOfSource().length * 2)
    for (const step of stepsOfSource())
      if (!hits.has(step)) {
        failed++;
        console.log(`FAILED: no victim was killed or stopped at ${step}`);
      }
  console.log(
    `${String(places.length)} places; hits: ${[...hits].map(([step, n]) => `${step} ${String(n)}`).join(", ")}`,
  );
  if (leaned.length > 0)
    console.log(`left asleep, because the victim was killed before it woke whom it had rung: ${leaned.join(", ")}`);
  for (const [step, n] of lateWhileStopped)
    console.log(
      `late: a wait of 20 ms ended only after SIGCONT while a process was stopped at ${step}, ${String(n)} times`,
    );
}

async function again(step: string): Promise<void> {
  const scenario = SCENARIOS.find(({ name }) => name === options.scenario);
  if (scenario === undefined) throw new Error("--scenario: one of " + SCENARIOS.map(({ name }) => name).join("; "));
  const plan = {
    seed: Number(options.seed),
    scenario,
    step,
    visit: Number(options.visit),
    how: options.how as "kill" | "stop",
  };
  await inLanes([plan], async (lane, item) => void (await runPlan(lane, item)));
}

const before = sharedKiB();
await (options.step === undefined ? campaign() : again(options.step));
// Every killed victim of some scenarios held a megabyte: a leak of those would add up. Others use this machine too.
const grownKiB = sharedKiB() - before;
if (grownKiB > 128 * 1024) {
  failed++;
  console.log(`FAILED: shared memory grew by ${String(grownKiB)} KiB`);
}
console.log(`${String(passed)} passed, ${String(failed)} failed`);
process.exit(failed === 0 ? 0 : 1);
