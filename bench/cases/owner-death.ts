// From the kill -9 of a mutex's owner to the lock in another process, which sleeps in its event loop or in a
// blocking wait: one waiter, and four waiters for four mutexes of one owner. Against robust pthread mutexes, and
// these plus what an asynchronous wake takes.
import { setTimeout as sleep } from "node:timers/promises";
import { runC } from "../c-programs.js";
import { count, interleave, nowNs, report, reportTail, rounds, smoke, type Figures, type Source } from "../case.js";
import { pin, startPeer } from "../peer.js";
import type { WaiterRequest } from "../peers/mutex-waiter.js";

const KILLS = rounds(50);
const MUTEXES = 4;
const WAKES = count(20, 3);
const WAKE_GAP_NS = 1_000_000;
/** Until everybody has fallen asleep. */
const SETTLE_MS = 20;
/** A death that is told at the end of the library's slice only would look quick if kills came at one moment of it. */
const SLICE_MS = smoke ? 1 : 250;
const P99_GOAL_NS = 10_000_000;

pin(process.pid, 0);
const waiters = await Promise.all(Array.from({ length: MUTEXES }, (_, i) => startPeer("mutex-waiter", 1, String(i))));
const waker = await startPeer("waker", 0);
const receiver = await startPeer("wake-receiver", 1);

let kills = 0;

/** Kills come in steps that visit all of a slice, in no order. */
const sleepBeforeKill = (): Promise<void> => sleep(SETTLE_MS + ((kills++ * 97) % SLICE_MS));

/** Nanoseconds until each waiter had its lock, the first that had it first. */
async function killOwner(how: "async" | "blocking", mutexes: number): Promise<number[]> {
  const owner = await startPeer("mutex-owner", 0, String(mutexes));
  const asked = waiters.slice(0, mutexes);
  const begin: WaiterRequest = { begin: how };
  const told: WaiterRequest = "told";
  await Promise.all(asked.map((waiter) => waiter.ask(begin)));
  await sleepBeforeKill();
  const { pid } = owner.process;
  if (pid === undefined) throw new Error("the owner has no process id");
  const killedNs = nowNs();
  process.kill(pid, "SIGKILL");
  const times = await Promise.all(asked.map((waiter) => waiter.ask<string>(told)));
  await owner.end();
  return times.map((ns) => Number(BigInt(ns) - killedNs)).sort((a, b) => a - b);
}

const ours =
  (how: "async" | "blocking"): Source =>
  async (): Promise<Figures> => {
    const [one = NaN] = await killOwner(how, 1);
    const several = await killOwner(how, MUTEXES);
    return { [how]: one, [`${how} first`]: several[0] ?? NaN, [`${how} last`]: several.at(-1) ?? NaN };
  };

async function wake(): Promise<number> {
  const [ns] = await Promise.all([
    receiver.ask<number>({ wakes: WAKES }),
    waker.ask({ wakes: WAKES, gapNs: WAKE_GAP_NS }),
  ]);
  return ns;
}

const limits: Source = async () => {
  const { first: one = NaN } = runC("owner-death", "robust", 1, SETTLE_MS);
  const { first = NaN, last = NaN } = runC("owner-death", "robust", MUTEXES, SETTLE_MS);
  return { C: one, "C and wake": one + (await wake()), "C first": first, "C last": last };
};

const figures = await interleave(KILLS, limits, ours("async"), ours("blocking"));
for (const peer of [...waiters, waker, receiver]) await peer.end();

const c = "C robust pthread mutex";
const kill = "kill -9 of a mutex's owner -> lock in another process";
const words = { async: "in its event loop", blocking: "blocking" } as const;
for (const how of ["async", "blocking"] as const) {
  const one = { name: `${kill}, ${words[how]}`, against: c, theirs: "C", ours: how };
  if (how === "async")
    report(figures, {
      ...one,
      against: `${c}, plus set -> promise in an idle event loop`,
      theirs: "C and wake",
      goal: { ratioAtMost: 1.5 },
    });
  report(figures, one);
  reportTail(figures, how === "async" ? { ...one, goal: { oursAtMost: P99_GOAL_NS } } : one);
  const several = `${kill}, ${words[how]}, ${MUTEXES} waiters for ${MUTEXES} mutexes of one owner`;
  report(figures, { name: `${several}: the first`, against: c, theirs: "C first", ours: `${how} first` });
  const last = { name: `${several}: the last`, against: c, theirs: "C last", ours: `${how} last` };
  report(figures, last);
  report(figures, { ...last, against: "the first of them", theirs: `${how} first`, goal: { ratioAtMost: 3 } });
  reportTail(figures, last);
}
