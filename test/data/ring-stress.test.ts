// Rings under load: producers and consumers in processes and worker threads, blocking and awaiting, one by one, in batches and in
// place. Every message arrives once, whole, in its producer's order. Then the same with actors that are killed all the time: each
// takes at most what it had in its hands with it, three messages.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { guard, unguard } from "../support/watchdog.js";
import { messageOf, openLedger, openRing, type Assignment, type Ledger, type MessageRing } from "./ring-actor.js";

const isLong = process.env["RTSHM_LONG"] === "1";
const MAIN = new URL("./ring-actor.js", import.meta.url);
const LIMIT_IN_HANDS = 3;

interface Actor {
  readonly role: Assignment["role"];
  readonly ended: Promise<string>;
  kill(): void;
}

function startProcess(assignment: Assignment): Actor {
  const child = spawn(process.execPath, [fileURLToPath(MAIN), JSON.stringify(assignment)], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  const pid = child.pid!;
  guard(pid);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const ended = new Promise<string>((resolve) =>
    child.once("close", (code, signal) => {
      unguard(pid);
      resolve(code === 0 ? "" : (signal ?? `ended with ${String(code)}: ${errors}`));
    }),
  );
  return { role: assignment.role, ended, kill: () => void child.kill("SIGKILL") };
}

function startThread(assignment: Assignment): Actor {
  const worker = new Worker(MAIN, { workerData: { ring: assignment } });
  const ended = new Promise<string>((resolve) => {
    worker.once("message", () => {
      resolve("");
    });
    worker.once("error", (error) => {
      resolve(String(error));
    });
    worker.once("exit", () => {
      resolve("SIGKILL"); // terminated
    });
  });
  return { role: assignment.role, ended, kill: () => void worker.terminate() };
}

const NOBODY = { produce: 0, consume: 0 };

/** Compares what was sent with what was received. @returns how many messages were sent */
function settle(ledger: Ledger, producers: number, dropped: number, kills: typeof NOBODY): number {
  assert.equal(ledger.wrong, 0, "torn or out of order");
  let all = 0;
  let missing = 0;
  let unfinished = 0;
  for (let producer = 0; producer < producers; producer++) {
    const sent = ledger.sent(producer);
    all += sent;
    for (let number = 0; number < sent; number++) {
      const times = ledger.receivedOf(producer, number);
      assert.ok(times <= 1, `message ${String(number)} of ${String(producer)} arrived ${String(times)} times`);
      if (times === 0) missing++;
    }
    for (let number = sent; number < sent + LIMIT_IN_HANDS; number++) unfinished += ledger.receivedOf(producer, number);
    assert.equal(ledger.receivedOf(producer, sent + LIMIT_IN_HANDS), 0, "what nobody has sent");
  }
  if (kills === NOBODY) assert.equal(missing, dropped, "as many are missing as the ring says");
  else assert.ok(missing <= kills.consume * LIMIT_IN_HANDS, `${String(missing)} messages are missing`);
  assert.ok(unfinished <= kills.produce * LIMIT_IN_HANDS, `${String(unfinished)} messages of nobody`);
  return all;
}

/** Nothing is left, and a whole turn goes through. */
function checkIsFree(ring: MessageRing): void {
  assert.equal(ring.length, 0);
  assert.equal(ring.tryPop(), undefined);
  for (let i = 0; i < ring.capacity; i++) assert.equal(ring.tryPush(messageOf(0, i)), true, `slot ${String(i)}`);
  for (let i = 0; i < ring.capacity; i++) assert.deepEqual(ring.tryPop(), messageOf(0, i));
}

async function end(ledger: Ledger, actors: readonly Actor[]): Promise<void> {
  const ends = (role: Actor["role"]): Promise<string[]> =>
    Promise.all(actors.filter((actor) => actor.role === role).map(({ ended }) => ended));
  ledger.phase = 1;
  assert.deepEqual((await ends("produce")).join(""), "");
  ledger.phase = 2;
  assert.deepEqual((await ends("consume")).join(""), "");
}

for (const [mode, producers, consumers] of [
  ["one", 1, 1],
  ["one, overwriting", 1, 1],
  ["many", 3, 3],
  ["many, overwriting", 2, 2],
] as const)
  test(`${mode}, ${String(producers)} producers, ${String(consumers)} consumers: every message once, whole, in order`, async (t) => {
    const name = `stress ${mode}`;
    using ring = openRing(name, mode);
    const ledger = openLedger(name);
    const start = (role: Assignment["role"], number: number): Actor =>
      (number % 2 === 0 ? startProcess : startThread)({ role, name, number, mode });
    const actors = [
      ...Array.from({ length: producers }, (_, number) => start("produce", number)),
      ...Array.from({ length: consumers }, (_, number) => start("consume", number + 1)),
    ];
    t.after(() => {
      for (const actor of actors) actor.kill();
    });
    const enough = isLong ? 60_000 : 8000;
    while (Array.from({ length: producers }, (_, p) => ledger.sent(p)).some((sent) => sent < enough)) await sleep(20);
    await end(ledger, actors);
    const { dropped } = ring;
    assert.equal(dropped > 0, mode.includes("overwriting"));
    t.diagnostic(`${String(settle(ledger, producers, dropped, NOBODY))} messages, ${String(dropped)} dropped`);
    checkIsFree(ring);
    ledger.close();
  });

for (const mode of ["one", "many"] as const)
  test(`actors of a ring of ${mode} that are killed lose what they had in their hands, and stop nobody`, async (t) => {
    const name = `kills ${mode}`;
    using ring = openRing(name, mode);
    const ledger = openLedger(name);
    const actors = new Set<Actor>();
    const kills = { produce: 0, consume: 0 };
    const failures: string[] = [];
    let producers = 0;
    let consumers = 0;
    t.after(() => {
      for (const actor of actors) actor.kill();
    });
    const start = (role: Assignment["role"]): void => {
      const number = role === "produce" ? producers++ : consumers++;
      const actor = (number % 3 === 2 ? startThread : startProcess)({ role, name, number, mode });
      actors.add(actor);
      void actor.ended.then((ending) => {
        actors.delete(actor);
        if (ending !== "" && ending !== "SIGKILL") failures.push(ending);
      });
    };
    for (let i = 0; i < (mode === "one" ? 1 : 2); i++) {
      start("produce");
      start("consume");
    }
    const rounds = isLong ? 60 : 8;
    for (let round = 0; round < rounds && failures.length === 0; round++) {
      const before = ledger.words.slice(64).reduce((sum, sent) => sum + sent);
      const begin = Date.now();
      // Killed while messages flow: each round sees some go through before the next death.
      while (ledger.words.slice(64).reduce((sum, sent) => sum + sent) < before + 200 && Date.now() < begin + 30_000)
        await sleep(3);
      await sleep(Math.random() * 10);
      const role = round % 2 === 0 ? "produce" : "consume";
      const victim = [...actors].find((actor) => actor.role === role)!;
      victim.kill();
      await victim.ended;
      kills[victim.role]++;
      start(victim.role);
    }
    await end(ledger, [...actors]);
    assert.deepEqual(failures, []);
    const sent = settle(ledger, producers, 0, kills);
    assert.ok(sent >= 200 * rounds, `${String(sent)} messages went through`);
    t.diagnostic(`${String(sent)} messages, killed ${JSON.stringify(kills)}, dropped ${String(ring.dropped)}`);
    checkIsFree(ring);
    ledger.close();
  });
