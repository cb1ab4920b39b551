// A viewer: looks at the newest frame whenever there is one, checks every word of it, and says at the end what it saw.
import { setTimeout as sleep } from "node:timers/promises";
import { Event, Semaphore, waitAny } from "rtshm";
import { FramePool, nowMs } from "./pool.js";

const [viewer = 0, fps = 30, slowMs = 0] = process.argv.slice(2).map(Number);
const LONGEST_PAUSE_MS = 5000;

using pool = new FramePool("Camera.Pool", false);
using stop = Event.open("Camera.Stop");
using changed = Event.open(`Camera.Changed.${viewer}`);
using ready = Semaphore.open("Camera.Ready");
pool.forget(viewer); // a viewer before us may have been killed with a frame in its hands
ready.release();

let seen = 0;
let missed = 0;
let late = 0;
let wrong = 0;
let last = 0;
const startMs = nowMs();

function sum(words: Uint32Array): number {
  let total = 0;
  for (let i = 0; i < words.length; i++) total = (total + words[i]!) | 0;
  return total >>> 0;
}

for (;;) {
  const { index } = await waitAny([changed, stop], { timeoutMs: LONGEST_PAUSE_MS });
  if (index !== 0) break; // told to stop, or the camera is gone
  await pool.look(viewer, async (frame) => {
    if (frame.number === last) return;
    missed += frame.number - last - 1;
    last = frame.number;
    if (nowMs() - frame.capturedMs > 1000 / fps) late++;
    if (slowMs > 0) await sleep(slowMs);
    seen++;
    if (sum(frame.words) !== frame.checksum || frame.words[0] !== frame.number) wrong++;
  });
}

const rate = (seen / (nowMs() - startMs)) * 1000;
console.log(
  `viewer ${viewer + 1}: ${seen} frames seen, ${missed} missed, ${late} late, ${wrong} wrong, ${rate.toFixed(1)} fps` +
    (slowMs > 0 ? ` (needs ${slowMs} ms a frame)` : ""),
);
process.exitCode = seen > 0 && wrong === 0 ? 0 : 1;
