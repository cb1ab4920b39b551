// A producer or a consumer is killed, and stopped, at every named step of a ring. All messages but those in its hands arrive
// exactly once and in order; who waits is woken; a whole turn goes through afterwards.
import { namespaceDirectory } from "../support/namespace.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Ring, RtError } from "rtshm";
import { PARTICIPANTS, PARTICIPANTS_FIRST } from "#protocol/ring-layout";
import { COUNT_STEPS, visitsIn } from "../crash/steps.js";
import { projectRoot } from "../support/project.js";
import { guard, unguard } from "../support/watchdog.js";
import { wordsOf } from "./ring-bytes.js";
import { CAPACITY, IN_HANDS, MODES, SCENARIOS, ringOptions, type ItemRing, type Mode } from "./ring-victim.js";

const isLong = process.env["RTSHM_LONG"] === "1";
const MAIN = fileURLToPath(new URL("./ring-victim.js", import.meta.url));
const LANES = 3;
const PATIENCE = { timeoutMs: 20_000 };
/** Messages that a consumer finds. */
const FILLED = 7;

interface Outcome {
  readonly done: number[];
  /** Of the operation under way at its end; undefined when none was. */
  readonly inHands: number[] | undefined;
  readonly stderr: string;
  readonly ending: string | number | null;
}

interface Victim {
  readonly pid: number;
  readonly ended: Promise<Outcome>;
  readonly stopped: Promise<boolean>;
  goOn(): void;
  kill(): void;
}

function start(args: readonly string[], step: string, imports: readonly string[] = []): Victim {
  const child = spawn(process.execPath, [...imports, MAIN, ...args], {
    env: { ...process.env, RTSHM_DIR: namespaceDirectory, RTSHM_STEP: step },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid!;
  guard(pid);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  let isOver = false;
  const ended = new Promise<Outcome>((resolve) =>
    child.once("close", (code, signal) => {
      isOver = true;
      unguard(pid);
      const done: number[] = [];
      let inHands: number[] | undefined;
      for (const line of stdout.split("\n").slice(0, -1)) {
        const { begins, ends } = JSON.parse(line) as { begins?: number[]; ends?: number[] };
        if (begins !== undefined) inHands = begins;
        if (ends === undefined) continue;
        done.push(...ends);
        inHands = undefined;
      }
      resolve({ done, inHands, stderr, ending: signal ?? code });
    }),
  );
  const isStopped = async (): Promise<boolean> => {
    while (!isOver) {
      if (/^\d+ \(.*\) T/.test(readFileSync(`/proc/${String(pid)}/stat`, "utf8"))) return true;
      await sleep(3);
    }
    return false;
  };
  return {
    pid,
    ended,
    get stopped() {
      return isStopped().catch(() => false);
    },
    goOn: () => void child.kill("SIGCONT"),
    kill: () => void child.kill("SIGKILL"),
  };
}

interface Plan {
  readonly mode: Mode;
  readonly scenario: string;
  readonly step: string;
  readonly visit: number;
  readonly how: "kill" | "stop";
}

let rings = 0;

function popAll(ring: ItemRing): number[] {
  return ring.tryPopBatch().map(({ number, copy }) => {
    assert.equal(copy, number, "torn");
    return number;
  });
}

const isBusyWith =
  (pid: number) =>
  (error: unknown): boolean =>
    error instanceof RtError &&
    error.code === "ERROR_SHARING_VIOLATION" &&
    error.message.includes(`process ${String(pid)} `);

const ascending = (numbers: readonly number[]): boolean => numbers.every((n, i) => i === 0 || numbers[i - 1]! < n);

function checkMessages({ mode, scenario }: Plan, outcome: Outcome, got: readonly number[], dropped: number): void {
  const { role } = SCENARIOS[scenario]!;
  const isOverwriting = mode.includes("overwriting");
  const { done, inHands = [] } = outcome;
  const all = role === "produce" ? got : [...done, ...got];
  assert.ok(ascending(all), `out of order, or twice: ${all.join()}`);
  if (role === "consume") {
    const seen = [...done, ...inHands, ...got];
    const lost = Array.from({ length: FILLED }, (_, i) => i).filter((number) => !seen.includes(number));
    // It said what it had peeked at before it released it: with one consumer that is all there is to lose.
    if (MODES[mode].consumers === "one" && scenario === "peek and release") assert.deepEqual(lost, []);
    if (MODES[mode].consumers === "one") assert.equal(dropped, 0, "dropped");
    else assert.ok(dropped <= lost.length + inHands.length, `${String(dropped)} counted, lost ${lost.join()}`);
  }
  const expected = role === "produce" ? done : Array.from({ length: FILLED }, (_, i) => i);
  const missing = expected.filter((number) => !all.includes(number));
  const foreign = all.filter((number) => !expected.includes(number) && !inHands.includes(number));
  assert.deepEqual(foreign, [], "messages of nobody");
  const killed = outcome.ending === "SIGKILL";
  const mayMiss = role === "consume" && killed ? IN_HANDS : 0;
  // An overwriting producer that is killed in between leaves one uncounted.
  const overwritten = role === "produce" && isOverwriting ? dropped + (killed ? IN_HANDS : 0) : 0;
  assert.ok(missing.length <= mayMiss + overwritten, `missing: ${missing.join()}, dropped ${String(dropped)}`);
}

async function play(plan: Plan): Promise<Outcome> {
  const { mode, scenario, step, visit, how } = plan;
  const name = `crash ${String(++rings)}`;
  const { role } = SCENARIOS[scenario]!;
  const isOverwriting = mode.includes("overwriting");
  using ring = Ring.create(name, ringOptions(mode));
  if (role === "consume") {
    using filling = Ring.open(name, ringOptions(mode));
    for (let number = 0; number < FILLED; number++) filling.tryPush({ number, copy: number });
  }
  const spec = step === "" ? "" : `${step}:${how}:${String(visit)}`;
  const victim = start([name, mode, scenario], spec, step === "" ? ["--import", COUNT_STEPS] : []);
  const got: number[] = [];
  const isStopped = how === "stop" && (await victim.stopped);
  if (isStopped) {
    // What another does meanwhile may be refused or find nothing, but it goes on and damages nothing.
    if (role === "produce" && !isOverwriting) got.push(...popAll(ring));
    assert.ok(ring.length <= CAPACITY);
    using other = Ring.open(name, ringOptions(mode));
    const act = (): unknown => (role === "produce" ? other.tryPush({ number: 1000, copy: 1000 }) : other.tryPop());
    const uses = role === "produce" ? MODES[mode].producers : MODES[mode].consumers;
    if (uses === "one") assert.throws(act, isBusyWith(victim.pid));
    else if (role === "produce") act();
    victim.goOn();
  }
  const outcome = await victim.ended;
  assert.equal(outcome.ending, how === "kill" && step !== "" ? "SIGKILL" : 0, outcome.stderr);
  const dropped = ring.dropped;
  got.push(...popAll(ring));
  checkMessages(
    plan,
    { ...outcome, done: outcome.done.filter((n) => n < 1000) },
    got.filter((n) => n < 1000),
    dropped,
  );
  // Who waits for a message is woken by the next one, and a whole turn goes through.
  const pending = ring.pop(PATIENCE);
  using fresh = Ring.open(name, ringOptions(mode));
  assert.equal(await fresh.push({ number: 2000, copy: 2000 }, PATIENCE), true, "the ring is blocked");
  assert.equal((await pending)?.number, 2000);
  for (let number = 0; number < CAPACITY; number++)
    assert.equal(fresh.tryPush({ number, copy: number }), true, `slot ${String(number)} is blocked`);
  assert.equal(fresh.tryPush({ number: 9, copy: 9 }), isOverwriting);
  assert.equal(popAll(ring).length, CAPACITY);
  return outcome;
}

async function inLanes<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

const seen = new Set<string>();

async function planFor(mode: Mode, role: string): Promise<Plan[]> {
  const plans: Plan[] = [];
  const scenarios = Object.keys(SCENARIOS).filter((scenario) => SCENARIOS[scenario]!.role === role);
  await inLanes(scenarios, async (scenario) => {
    const { stderr } = await play({ mode, scenario, step: "", visit: 0, how: "kill" });
    for (const [step, visits] of visitsIn(stderr)) {
      if (!step.startsWith("ring.")) continue;
      seen.add(step);
      const some = [1, Math.ceil(visits / 2), visits][(scenario.length + seen.size) % 3]!;
      const chosen = isLong ? Array.from({ length: visits }, (_, i) => i + 1) : [some];
      for (const visit of chosen)
        for (const how of ["kill", "stop"] as const)
          if (isLong || how === "kill" || scenario === "push" || scenario === "pop")
            plans.push({ mode, scenario, step, visit, how });
    }
  });
  return plans;
}

for (const mode of Object.keys(MODES) as Mode[])
  for (const role of ["produce", "consume"]) {
    // The same code as elsewhere: consumers of many do not know of overwriting, producers of many not of the one consumer.
    if (role === "consume" ? mode === "many, overwriting" : mode.startsWith("many to one")) continue;
    test(`${mode}: killed or stopped at each step, one who ${role}s takes along what was in its hands, and no more`, async (t) => {
      const plans = await planFor(mode, role);
      await inLanes(plans, async (plan) => {
        try {
          await play(plan);
        } catch (error) {
          throw new Error(`${JSON.stringify(plan)}: ${String(error)}`, { cause: error });
        }
      });
      t.diagnostic(`${String(plans.length)} rounds`);
      assert.ok(plans.length > 5);
    });
  }

test("who sleeps behind the slot of a stopped one is woken when that is killed, though nobody does anything more", async () => {
  const name = "behind a claim";
  using ring = Ring.create(name, ringOptions("many"));
  using other = Ring.open(name, ringOptions("many"));
  const producer = start([name, "many", "push"], "ring.commit:stop:1");
  assert.equal(await producer.stopped, true);
  assert.equal(other.tryPushBatch(Array.from({ length: CAPACITY }, (_, i) => ({ number: i, copy: i }))), CAPACITY - 1);
  const pending = ring.pop(PATIENCE);
  assert.equal(await Promise.race([pending, sleep(50, "behind")]), "behind");
  producer.kill();
  assert.equal((await pending)?.number, 0);
  assert.equal(ring.dropped, 0, "what was not published is not lost");
  assert.equal(popAll(ring).length, CAPACITY - 2);
  other.tryPushBatch(Array.from({ length: CAPACITY }, (_, i) => ({ number: i, copy: i })));
  const consumer = start([name, "many", "pop"], "ring.release:stop:1");
  assert.equal(await consumer.stopped, true);
  const pushing = other.push({ number: 100, copy: 100 }, PATIENCE);
  assert.equal(await Promise.race([pushing, sleep(50, "behind")]), "behind");
  consumer.kill();
  assert.equal(await pushing, true);
  assert.equal(ring.dropped, 1);
  assert.equal(popAll(ring).length, CAPACITY);
});

test("who finds the slot or the place of a dead one, and dies too, leaves it to the next", async () => {
  const name = "the dead of the dead";
  using ring = Ring.create(name, ringOptions("many"));
  const first = await start([name, "many", "push"], "ring.claimed:kill:3").ended;
  assert.equal(first.ending, "SIGKILL");
  const second = await start([name, "many", "pop"], "ring.passOver:kill:1").ended;
  assert.deepEqual([second.ending, second.done], ["SIGKILL", [0, 1]]);
  // All places are taken by one that is dead: the next to join takes over the first.
  const { words, unmap } = wordsOf(ring);
  const places = words.subarray(PARTICIPANTS_FIRST, PARTICIPANTS_FIRST + PARTICIPANTS);
  const dead = places[1]!;
  assert.notEqual(dead, 0);
  places.fill(dead, 1);
  const third = await start([name, "many", "push"], "ring.joining:kill:1").ended;
  assert.deepEqual([third.ending, third.done], ["SIGKILL", []]);
  assert.deepEqual(popAll(ring), []);
  assert.notEqual(places[1], dead, "the place was taken over");
  assert.equal(ring.dropped, 0);
  for (let number = 0; number < CAPACITY; number++) assert.equal(ring.tryPush({ number, copy: number }), true);
  assert.equal(popAll(ring).length, CAPACITY);
  places.fill(places[1]!, 1);
  using other = Ring.open(name, ringOptions("many"));
  assert.throws(
    () => other.tryPop(),
    (error) => error instanceof RtError && error.code === "ERROR_NOT_ENOUGH_MEMORY",
  );
  places.fill(0, 2);
  assert.equal(other.tryPop(), undefined);
  unmap();
});

test("every step of the source was visited", () => {
  const steps = new Set<string>();
  for (const file of readdirSync(join(projectRoot, "src/data/ring")))
    for (const [, name] of readFileSync(join(projectRoot, "src/data/ring", file), "utf8").matchAll(
      /\bstep\("(ring\.[^"]+)"\)/g,
    ))
      steps.add(name!);
  for (const step of ["ring.passOver", "ring.joining"]) steps.delete(step); // the test before
  assert.deepEqual(
    [...steps].filter((step) => !seen.has(step)),
    [],
  );
});
