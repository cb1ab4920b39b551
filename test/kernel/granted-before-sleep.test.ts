// A grant that comes after a blocking wait has looked for one, and before it has read its bell, is not slept through.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { pendingCount } from "#kernel/waits/pending-waits";
import { native } from "#native/load";
import * as rt from "rtshm/win32";

const OWNER = `
import * as rt from "rtshm/win32";
import { workerData } from "node:worker_threads";
const control = new Int32Array(workerData);
const mutex = rt.RtOpenMutex(0, false, "contended");
rt.RtWaitForSingleObject(mutex, 0);
Atomics.store(control, 0, 1);
Atomics.notify(control, 0);
Atomics.wait(control, 1, 0);
rt.RtReleaseMutex(mutex);
Atomics.store(control, 2, 1);
Atomics.notify(control, 2);
`;

test("a mutex given back between the look and the sleep is had without sleeping", async () => {
  const mutex = rt.RtCreateMutex(null, false, "contended")!;
  const control = new Int32Array(new SharedArrayBuffer(12));
  const url = new URL(
    `data:text/javascript,${encodeURIComponent(OWNER.replaceAll("rtshm/win32", import.meta.resolve("rtshm/win32")))}`,
  );
  const owner = new Worker(url, { workerData: control.buffer });
  Atomics.wait(control, 0, 0);

  const { now } = performance;
  const { futexWait } = native;
  let sleeps = 0;
  // block() asks for the time right after it has looked for grants.
  performance.now = () => {
    if (pendingCount() > 0 && Atomics.compareExchange(control, 1, 0, 1) === 0) {
      Atomics.notify(control, 1);
      Atomics.wait(control, 2, 0);
    }
    return now.call(performance);
  };
  native.futexWait = (...args) => {
    if (pendingCount() > 0) sleeps++;
    return futexWait(...args);
  };
  const result = rt.RtWaitForSingleObject(mutex, 10_000);
  performance.now = now;
  native.futexWait = futexWait;
  assert.equal(result, rt.WAIT_OBJECT_0);
  assert.equal(control[2], 1, "it was given back in between");
  assert.equal(sleeps, 0);
  assert.equal(rt.RtReleaseMutex(mutex), true);
  await owner.terminate();
});
