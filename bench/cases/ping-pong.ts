// Two auto-reset events between two processes on two cores: both awake, and each asleep when it is signalled.
import { count, interleave, report, rounds, type Source } from "../case.js";
import { nanosecondsInC } from "../c-programs.js";
import { startPeer } from "../peer.js";

const TRIPS_AWAKE = count(20_000, 50);
const TRIPS_ASLEEP = count(500, 5);
/** Longer than anybody spins before going to sleep. */
const PAUSE_NS = 300_000;

const ends: (() => Promise<void>)[] = [];

async function inTwoProcesses(layer: string): Promise<Source> {
  const ping = await startPeer("ping-pong", 0, layer, "ping");
  const pong = await startPeer("ping-pong", 1, layer, "pong");
  ends.push(
    () => ping.end(),
    () => pong.end(),
  );
  const play = async (trips: number, pauseNs: number): Promise<number> => {
    const [ns] = await Promise.all([ping.ask<number>({ trips, pauseNs }), pong.ask({ trips, pauseNs })]);
    return ns;
  };
  return async () => ({
    [`${layer} awake`]: await play(TRIPS_AWAKE, 0),
    [`${layer} asleep`]: await play(TRIPS_ASLEEP, PAUSE_NS),
  });
}

const figures = await interleave(
  rounds(11),
  () => ({
    "C swap": nanosecondsInC("ping-pong", "swap", TRIPS_AWAKE),
    "C store": nanosecondsInC("ping-pong", "store", TRIPS_AWAKE),
    "C asleep": nanosecondsInC("ping-pong", "asleep", TRIPS_ASLEEP, PAUSE_NS),
  }),
  await inTwoProcesses("kernel"),
  await inTwoProcesses("rt"),
);
for (const end of ends) await end();

for (const [layer, words] of [
  ["kernel", "kernel layer"],
  ["rt", "Rt functions"],
] as const) {
  const awake = { name: `event set + wait round trip, both awake, ${words}`, ours: `${layer} awake` };
  // Judged against the faster loop: against the other one we can seem faster than C.
  report(figures, { ...awake, against: "C spin, compare-and-swap", theirs: "C swap", goal: { ratioAtMost: 1.4 } });
  report(figures, { ...awake, against: "C spin, store and pause", theirs: "C store" });
}
for (const [layer, words] of [
  ["kernel", "kernel layer"],
  ["rt", "Rt functions"],
] as const) {
  report(figures, {
    name: `event set + wait round trip, the other side asleep, ${words}`,
    against: "C futex",
    theirs: "C asleep",
    ours: `${layer} asleep`,
    goal: { ratioAtMost: 1.15 },
  });
}
