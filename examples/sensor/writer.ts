// The process at the sensor: publishes a sample each time one is due, and never waits for a reader.
import { Event, Snapshot } from "rtshm";
import { SENSOR, STOP, Sample, nowMs } from "./sample.js";

const hz = Number(process.argv[2]);
using stop = Event.open(STOP);
using sensor = Snapshot.open(SENSOR, Sample);
using writer = sensor.writer();

const { view } = writer;
const startMs = nowMs();
let number = 0;
let most = 0;
// The wait for the stop is also the clock: it ends when the next sample is due. It blocks this thread, which does nothing else.
while (!stop.waitSync({ timeoutMs: Math.max(0, startMs + ((number + 1) * 1000) / hz - nowMs()) })) {
  const due = Math.floor(((nowMs() - startMs) * hz) / 1000);
  most = Math.max(most, due - number); // what was late is made up for
  while (number < due) {
    number++;
    view.number = number;
    view.x = Math.sin(number);
    view.y = Math.cos(number);
    view.z = number / hz;
    view.sum = view.x + view.y + view.z;
    view.takenMs = nowMs();
    writer.publish();
  }
}
const seconds = (nowMs() - startMs) / 1000;
console.log(`writer: ${number} samples, ${(number / seconds).toFixed(0)} a second, at most ${most} at once`);
