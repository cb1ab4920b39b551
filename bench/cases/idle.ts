// Processor time of a process that has many asynchronous waits pending and nothing to do.
import { count, interleave, report, rounds, smoke } from "../case.js";
import { startPeer } from "../peer.js";

const WAITS = count(1000, 20);
const MS = smoke ? 50 : 5000;

const bare = await startPeer("idle", null, "0");
const waiting = await startPeer("idle", null, String(WAITS));

const figures = await interleave(
  rounds(3),
  async () => ({ bare: await bare.ask<number>({ ms: MS }) }),
  async () => ({ waiting: await waiting.ask<number>({ ms: MS }) }),
);
await bare.end();
await waiting.end();

report(figures, {
  name: `processor time with ${WAITS} async waits pending, of one core`,
  against: "Node.js with a timer",
  theirs: "bare",
  ours: "waiting",
  unit: "percent",
  goal: { oursAtMost: 0.5 },
});
