// Two auto-reset events between two processes on two cores: both awake, and each asleep when it is signalled.
import { count, interleave, report, rounds, smoke, type Source } from "../case.js";
import { nanosecondsInC } from "../c-programs.js";
import { startPeer } from "../peer.js";

const TRIPS_AWAKE = count(20_000, 50);
const TRIPS_AWAKE_IN_C = count(5000, 50);
const TRIPS_ASLEEP = count(500, 5);
/** Longer than anybody spins before going to sleep. */
const PAUSE_NS = 300_000;
/**
 * A host can move a guest's cores between one core's two threads and two cores: a spinning round trip then differs
 * tenfold. A round counts as moved when C differs by more than this before and after ours.
 */
const MOVED_RATIO = 1.5;

const LAYERS = [
  ["kernel", "kernel layer"],
  ["rt", "Rt functions"],
] as const;

const ends: (() => Promise<void>)[] = [];
const moved = new Map<string, number>();

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
  const spinInC = (): number => nanosecondsInC("ping-pong", "spin", TRIPS_AWAKE_IN_C);
  return async () => {
    for (;;) {
      const before = spinInC();
      const awake = await play(TRIPS_AWAKE, 0);
      const after = spinInC();
      const isMoved = Math.max(before, after) > MOVED_RATIO * Math.min(before, after);
      const times = moved.get(layer) ?? 0;
      if (isMoved && !smoke && times < rounds(21)) {
        moved.set(layer, times + 1);
        continue;
      }
      return {
        [`C awake, ${layer}`]: Math.min(before, after),
        [`${layer} awake`]: awake,
        [`C asleep, ${layer}`]: nanosecondsInC("ping-pong", "asleep", TRIPS_ASLEEP, PAUSE_NS),
        [`${layer} asleep`]: await play(TRIPS_ASLEEP, PAUSE_NS),
      };
    }
  };
}

const figures = await interleave(rounds(21), await inTwoProcesses("kernel"), await inTwoProcesses("rt"));
for (const end of ends) await end();

for (const [layer, words] of LAYERS) {
  report(figures, {
    name: `event set + wait round trip, both awake, ${words}`,
    against: "fastest of eight spinning C loops",
    theirs: `C awake, ${layer}`,
    ours: `${layer} awake`,
    goal: { ratioAtMost: 1.4 },
    note: `${moved.get(layer) ?? 0} measurements repeated because the host moved the cores`,
  });
}
for (const [layer, words] of LAYERS) {
  report(figures, {
    name: `event set + wait round trip, the other side asleep, ${words}`,
    against: "C futex",
    theirs: `C asleep, ${layer}`,
    ours: `${layer} asleep`,
    goal: { ratioAtMost: 1.15 },
  });
}
