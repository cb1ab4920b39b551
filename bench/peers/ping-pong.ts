// One side of a round trip by two auto-reset events; `ping` measures. With a pause, each side stays busy for that
// long before it signals, so that the other one is asleep by then, and ping leaves pong's pause out of the figure.
import { loadAdapter } from "../load-adapter.js";
import { nowNs } from "../case.js";
import { answerRequests } from "../peer.js";
import { sharedBytes } from "../shared-bytes.js";
import { median } from "../statistics.js";

const CHUNK = 1000;

const [layer = "", side = ""] = process.argv.slice(2);
const adapter = await loadAdapter(layer);
const there = adapter.openEvent(`there ${layer}`);
const back = adapter.openEvent(`back ${layer}`);
const paused = new BigInt64Array(sharedBytes(`paused ${layer}`, 4096));

function stayBusy(sinceNs: bigint, ns: number): bigint {
  const end = sinceNs + BigInt(ns);
  let now = nowNs();
  while (now < end) now = nowNs();
  return now;
}

function ping(trips: number): number {
  const means: number[] = [];
  for (let done = 0; done < trips; done += CHUNK) {
    const chunk = Math.min(CHUNK, trips - done);
    const start = nowNs();
    for (let i = 0; i < chunk; i++) {
      there.set();
      back.wait();
    }
    means.push(Number(nowNs() - start) / chunk);
  }
  return median(means);
}

function pong(trips: number): void {
  for (let i = 0; i < trips; i++) {
    there.wait();
    back.set();
  }
}

function pingPausing(trips: number, pauseNs: number): number {
  const times: number[] = [];
  for (let i = 0; i < trips; i++) {
    const start = stayBusy(nowNs(), pauseNs);
    there.set();
    back.wait();
    times.push(Number(nowNs() - start - (paused[0] as bigint)));
  }
  return median(times);
}

function pongPausing(trips: number, pauseNs: number): void {
  for (let i = 0; i < trips; i++) {
    there.wait();
    const woken = nowNs();
    paused[0] = stayBusy(woken, pauseNs) - woken;
    back.set();
  }
}

// A signal left over would let trips overlap, and so look faster than they are.
function checkNothingLeft(): void {
  if (back.poll() || there.poll()) throw new Error("an event was left signalled: a trip was not waited for");
}

answerRequests(({ trips, pauseNs }: { trips: number; pauseNs: number }) => {
  if (side === "pong") return pauseNs === 0 ? pong(trips) : pongPausing(trips, pauseNs);
  const ns = pauseNs === 0 ? ping(trips) : pingPausing(trips, pauseNs);
  checkNothingLeft();
  return ns;
});
