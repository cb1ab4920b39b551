// node build/examples/sensor/main.js [--seconds N] [--hz N] [--fps N]
// One process writes a struct at 10 kHz; another reads the newest whole value 60 times a second. Neither waits for the other.
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Event, Snapshot } from "rtshm";
import { SENSOR, STOP, Sample, nowMs } from "./sample.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    hz: { type: "string", default: "10000" },
    fps: { type: "string", default: "60" },
  },
});
const [seconds, fps] = [Number(values.seconds), Number(values.fps)];

using sensor = Snapshot.create(SENSOR, Sample);
using stop = Event.create(STOP, { manualReset: true });
const writer = fork(new URL("./writer.js", import.meta.url), [values.hz]);
const ended = once(writer, "exit") as Promise<[number | null]>;
const first = await sensor.changed({ timeoutMs: 30_000 });

const copy = sensor.copy();
const startMs = nowMs();
let [reads, news, torn, oldestMs, version] = [0, 0, 0, 0, first ?? 0];
while (nowMs() - startMs < seconds * 1000) {
  reads++;
  if (copy.refresh()) {
    const { x, y, z, sum, takenMs } = copy.view; // private memory: it stays as it is until the next refresh
    if (x + y + z !== sum) torn++;
    oldestMs = Math.max(oldestMs, nowMs() - takenMs);
    if (copy.version > version) news++;
    version = copy.version;
  }
  await sleep(startMs + (reads * 1000) / fps - nowMs());
}
stop.set();
const [code] = await ended;
console.log(
  `reader: ${reads} reads, ${news} found news, ${torn} torn, the oldest value was ${oldestMs.toFixed(1)} ms old; ` +
    `the last was version ${copy.version} of ${sensor.version}`,
);
process.exitCode = code === 0 && news > 0 && torn === 0 ? 0 : 1;
