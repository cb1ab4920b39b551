// How long the dispatcher's lock is held by a process that has just started and by one that runs hot: seen by a program
// in C on the other core, which also watches a program in C that holds such a lock for as many stores.
import { once } from "node:events";
import { join } from "node:path";
import { Word } from "#protocol/dispatcher-layout";
import { count, interleave, report, rounds, smoke, type Figures, type Source } from "../case.js";
import { startC, watchHolds, type Holds } from "../lock-watch.js";
import { pin, startPeer, type Peer } from "../peer.js";
import { percentile } from "../statistics.js";

const PROCESSES = rounds(8);
const FIRST = 100;
/** A watcher whom other programs keep from its core misses the first holds: another process is watched then. */
const FIRST_SEEN = smoke ? 1 : FIRST;
const MOST_TRIES = 5;
/** Several holds each: some are too short to be seen. */
const FRESH_ROUNDS = count(100, 30);
const WARM_UP_ROUNDS = count(20_000, 100);
const HOT = count(20_000, 100);
const HOT_ROUNDS = count(10_000, 50);
const HOLDS_IN_C = 10 * FIRST;
/** A hold of this length, made on purpose: a watcher that does not see it is blind. */
const KNOWN_NS = 1_000_000;
const DISPATCHER_LINK = ".dispatcher~0";

const namespaceDirectory = process.env["RTSHM_DIR"] ?? "";
pin(process.pid, 0);
const keeper = await startPeer("lock-keeper", null);

let awayNs = 0;
let watchedNs = 0;
let preemptedHolds = 0;
let known = 0;

function figuresOf(prefix: string, { ns, preempted, ...watcher }: Holds): Figures {
  if (ns.length === 0) throw new Error(`no hold of a ${prefix} process was seen: is word ${Word.lock} still the lock?`);
  awayNs += watcher.awayNs;
  watchedNs += watcher.watchedNs;
  preemptedHolds += preempted.filter((part) => part > 0).length;
  return {
    [`${prefix} p50`]: percentile(ns, 0.5),
    [`${prefix} p99`]: percentile(ns, 0.99),
    [`${prefix} longest`]: Math.max(...ns),
    [`${prefix} longest of its own`]: Math.max(...ns.map((all, i) => Math.max(0, all - (preempted[i] ?? 0)))),
  };
}

const inC: Source = async () => {
  const holder = startC("lock-holds", "hold", Word.lock, HOLDS_IN_C, KNOWN_NS);
  const { pid, fd } = JSON.parse(await holder.line()) as { pid: number; fd: number };
  const holds = await watchHolds(`/proc/${pid}/fd/${fd}`, Word.lock, pid, FIRST + 1, () => {
    holder.process.stdin?.write("go\n");
    return holder.line();
  });
  holder.process.stdin?.end();
  await once(holder.process, "exit");
  known = Math.max(known, holds.ns[0] ?? 0);
  return figuresOf("C", { ...holds, ns: holds.ns.slice(1), preempted: holds.preempted.slice(1) });
};

const ours: Source = async () => {
  let peer = await startPeer("lock-user", 0);
  let fresh = await watched(peer, FIRST, FRESH_ROUNDS);
  for (let tries = 1; fresh.ns.length < FIRST_SEEN && tries < MOST_TRIES; tries++) {
    await peer.end();
    peer = await startPeer("lock-user", 0);
    fresh = await watched(peer, FIRST, FRESH_ROUNDS);
  }
  await peer.ask({ rounds: WARM_UP_ROUNDS });
  const hot = await watched(peer, HOT, HOT_ROUNDS);
  await peer.end();
  return { ...figuresOf("fresh", fresh), ...figuresOf("hot", hot) };
};

async function watched(peer: Peer, most: number, peerRounds: number): Promise<Holds> {
  const { pid } = peer.process;
  if (pid === undefined) throw new Error("the peer has no process id");
  const file = join(namespaceDirectory, DISPATCHER_LINK);
  return await watchHolds(file, Word.lock, pid, most, () => peer.ask({ rounds: peerRounds }));
}

const figures = await interleave(PROCESSES, inC, ours);
await keeper.end();
if (!smoke && known < KNOWN_NS / 2) throw new Error(`a hold of ${KNOWN_NS} ns was seen as one of ${known} ns`);

const against = `C, a lock around the stores of such a change`;
const lock = "the dispatcher's lock, held by a";
const freshWords = `${lock} fresh process, first ${FIRST} holds`;
const hotWords = `${lock} hot process`;
const away = `the watcher was away for ${((100 * awayNs) / watchedNs).toFixed(1)} % of the time`;
report(figures, { name: `${freshWords}: median`, against, theirs: "C p50", ours: "fresh p50", note: away });
report(figures, {
  name: `${freshWords}: p99`,
  against,
  theirs: "C p99",
  ours: "fresh p99",
  goal: { oursAtMost: 50_000 },
});
const longest = { against, theirs: "C longest", of: "largest" } as const;
report(figures, { ...longest, name: `${freshWords}: longest`, ours: "fresh longest" });
report(figures, {
  ...longest,
  name: `${freshWords}: longest, preemption left out`,
  theirs: "C longest of its own",
  ours: "fresh longest of its own",
  goal: { oursAtMost: 1_000_000 },
  note: `${preemptedHolds} long holds of all processes were preempted`,
});
report(figures, { name: `${hotWords}: median`, against, theirs: "C p50", ours: "hot p50" });
report(figures, { name: `${hotWords}: p99`, against, theirs: "C p99", ours: "hot p99" });
report(figures, {
  ...longest,
  name: `${hotWords}: longest, preemption left out`,
  theirs: "C longest of its own",
  ours: "hot longest of its own",
});
