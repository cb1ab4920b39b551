// Two processes that hammer one mutex around an unprotected counter: the time an increment takes, what each of
// them gets, and that no increment is lost.
import { interleave, report, rounds, smoke, type Figures, type Source } from "../case.js";
import { runC } from "../c-programs.js";
import { startPeer } from "../peer.js";
import { sharedBytes } from "../shared-bytes.js";
import { median } from "../statistics.js";

const MS = smoke ? 20 : 700;
/** Time for the request to reach both peers before either starts. */
const HEADSTART_NS = 20_000_000n;

const counter = new Uint32Array(sharedBytes("counter", 4096));

function shareFigures(prefix: string, operations: readonly number[], counted: number): Figures {
  const total = operations.reduce((sum, one) => sum + one, 0);
  if (total !== counted) throw new Error(`${prefix}: ${total - counted} of ${total} increments lost`);
  return {
    [prefix]: (MS * 1e6) / total,
    [`${prefix} share`]: (100 * Math.min(...operations)) / total,
  };
}

const inC: Source = () => {
  const answer = runC("locks", "contended", MS) as unknown as { ns: number; shares: number[]; lost: number };
  if (answer.lost !== 0) throw new Error(`C: ${answer.lost} increments lost`);
  return { C: answer.ns, "C share": 100 * Math.min(...answer.shares) };
};

async function inTwoProcesses(layer: string): Promise<Source> {
  const peers = [await startPeer("hammer", 0, layer), await startPeer("hammer", 1, layer)];
  ends.push(...peers.map((peer) => () => peer.end()));
  return async () => {
    counter[0] = 0;
    const startNs = process.hrtime.bigint() + HEADSTART_NS;
    const request = { startNs: String(startNs), endNs: String(startNs + BigInt(MS) * 1_000_000n) };
    const operations = await Promise.all(peers.map((peer) => peer.ask<number>(request)));
    return shareFigures(layer, operations, counter[0]);
  };
}

const ends: (() => Promise<void>)[] = [];
const figures = await interleave(rounds(11), inC, await inTwoProcesses("kernel"), await inTwoProcesses("rt"));
for (const end of ends) await end();

const share = (of: string): string => `${median(figures.get(`${of} share`) ?? []).toFixed(0)} %`;
for (const [layer, words] of [
  ["kernel", "kernel layer"],
  ["rt", "Rt functions"],
] as const) {
  report(figures, {
    name: `mutex hammered by two processes, ${words}`,
    against: "C futex lock that spins",
    theirs: "C",
    ours: layer,
    note: `smaller share ${share(layer)}, in C ${share("C")}; nothing lost`,
    ...(layer === "kernel" ? { goal: { ratioAtMost: 1.6 } } : {}),
  });
}
