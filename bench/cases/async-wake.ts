// From an event's being set in one process to the awaited promise's continuation in another, idle one.
import { count, interleave, report, rounds } from "../case.js";
import { nanosecondsInC } from "../c-programs.js";
import { startPeer } from "../peer.js";

const WAKES = count(400, 5);
/** Longer than the library polls after traffic: the receiver is parked in its event loop. */
const GAP_NS = 1_000_000;

const waker = await startPeer("waker", 0);
const receiver = await startPeer("wake-receiver", 1);

const figures = await interleave(
  rounds(11),
  () => ({ C: nanosecondsInC("wake", "eventfd", WAKES, GAP_NS) }),
  async () => {
    const [ours] = await Promise.all([
      receiver.ask<number>({ wakes: WAKES }),
      waker.ask({ wakes: WAKES, gapNs: GAP_NS }),
    ]);
    return { ours };
  },
);
await waker.end();
await receiver.end();

report(figures, {
  name: "set -> promise in an idle event loop, one way",
  against: "C eventfd in epoll",
  theirs: "C",
  ours: "ours",
  goal: { ratioAtMost: 1.25 },
});
