// One of two processes that count under one mutex from a common start to a common end.
import { loadAdapter } from "../load-adapter.js";
import { nowNs } from "../case.js";
import { answerRequests } from "../peer.js";
import { sharedBytes } from "../shared-bytes.js";

const CHECK_CLOCK_EVERY = 256;

const adapter = await loadAdapter(process.argv[2] ?? "");
const mutex = adapter.openMutex("hammered");
const counter = new Uint32Array(sharedBytes("counter", 4096));

function hammer(startNs: bigint, endNs: bigint): number {
  let operations = 0;
  while (nowNs() < startNs);
  do {
    for (let i = 0; i < CHECK_CLOCK_EVERY; i++) {
      mutex.take();
      counter[0] = (counter[0] as number) + 1;
      mutex.release();
    }
    operations += CHECK_CLOCK_EVERY;
  } while (nowNs() < endNs);
  return operations;
}

answerRequests((request: { startNs: string; endNs: string }) => hammer(BigInt(request.startNs), BigInt(request.endNs)));
