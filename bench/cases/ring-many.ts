// A ring of many producers and many consumers, with one of each at work, against the same layout and steps in C. A
// case of its own, because loops over rings of both kinds would be compiled for both.
import { nanosecondsInC } from "../c-programs.js";
import { count, interleave, report, rounds, type Source } from "../case.js";
import { pin, startPeer } from "../peer.js";
import { through } from "../ring-through.js";

const MESSAGES = count(1_000_000, 1000);

pin(process.pid, 0);
const peer = await startPeer("ring", 1);
const inC: Source = () => ({ C: nanosecondsInC("ring-many", "small", MESSAGES, 64) });
const figures = await interleave(rounds(7), inC, through(peer, "inPlaceMany", MESSAGES));
await peer.end();

report(figures, {
  name: "32 bytes, in place, batches of 64, many to many",
  ours: "inPlaceMany",
  against: "C, the same layout, batches of 64",
  theirs: "C",
});
