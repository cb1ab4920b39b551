// node build/examples/camera/main.js [--seconds N] [--fps N] [--slow-ms N]
// A camera gives 1080p frames to three viewer processes without copying them. The third viewer is slow: it misses frames, and
// nobody else notices.
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Event, RtError, Semaphore } from "rtshm";
import { FramePool, VIEWERS, nowMs } from "./pool.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    fps: { type: "string", default: "30" },
    "slow-ms": { type: "string", default: "100" },
  },
});
const [seconds, fps] = [Number(values.seconds), Number(values.fps)];

/** A picture that changes from frame to frame. @returns the checksum */
function fill(words: Uint32Array, number: number): number {
  const value = Math.imul(number, 0x9e37_79b1) >>> 0;
  words.fill(value);
  words[0] = number;
  return (Math.imul(value, words.length - 1) + number) >>> 0;
}

async function record(pool: FramePool, changed: readonly Event[]): Promise<number> {
  const startMs = nowMs();
  const count = Math.ceil(seconds * fps);
  for (let number = 1; number <= count; number++) {
    await sleep(startMs + (number * 1000) / fps - nowMs());
    pool.publish(number, (words) => fill(words, number));
    for (const event of changed) event.set();
  }
  console.log(`camera:   ${count} frames in ${((nowMs() - startMs) / 1000).toFixed(1)} s, never waited for a viewer`);
  return count;
}

async function main(): Promise<number> {
  using pool = new FramePool("Camera.Pool", true);
  using stop = Event.create("Camera.Stop", { manualReset: true });
  using ready = Semaphore.create("Camera.Ready");
  // One event a viewer: it takes its own, and sets that it was too slow for do not add up.
  const changed = Array.from({ length: VIEWERS }, (_, i) => Event.create(`Camera.Changed.${i}`));
  const viewers = changed.map((_, i) => {
    const slowMs = i === VIEWERS - 1 ? values["slow-ms"] : "0";
    return fork(new URL("./viewer.js", import.meta.url), [String(i), String(fps), slowMs]);
  });
  const ended = viewers.map((viewer) => once(viewer, "exit") as Promise<[number | null]>);
  for (let i = 0; i < VIEWERS; i++) if (!(await ready.acquire({ timeoutMs: 30_000 }))) return 1;
  await record(pool, changed);
  stop.set();
  const codes = await Promise.all(ended);
  for (const event of changed) event.close();
  return codes.every(([code]) => code === 0) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof RtError && error.code === "ERROR_ALREADY_EXISTS")) throw error;
  console.error("camera:   another camera is running");
  process.exitCode = 1;
}
