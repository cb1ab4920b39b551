// Publishes values of a snapshot as fast as it can, for so many milliseconds from each request on.
import { Snapshot } from "rtshm";
import { nowNs } from "../case.js";
import { answerRequests } from "../peer.js";
import { Block } from "../snapshot-block.js";

const CHECK_CLOCK_EVERY = 256;

const writer = Snapshot.open("contended", Block).writer();

answerRequests(({ ms }: { ms: number }) => {
  const endNs = nowNs() + BigInt(ms) * 1_000_000n;
  while (nowNs() < endNs) for (let i = 0; i < CHECK_CLOCK_EVERY; i++) writer.publish();
});
