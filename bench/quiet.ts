// Waits until nothing else keeps the machine's cores busy, within bounds: what other programs do would be measured too.
import { setTimeout as sleep } from "node:timers/promises";
import { processorTimes } from "./processor-times.js";

const SAMPLE_MS = 40;
const BUSY_LIMIT = 0.15;
const LONGEST_WAIT_MS = 5000;
/** A machine that is never quiet must not keep a case from ending. */
const PATIENCE_MS = 120_000;

let waitedMs = 0;

async function isQuiet(): Promise<boolean> {
  const before = processorTimes();
  await sleep(SAMPLE_MS);
  const after = processorTimes();
  return after.busy - before.busy <= BUSY_LIMIT * (after.all - before.all);
}

/** @returns whether the machine is quiet now; false if it did not become so in time */
export async function waitForQuiet(): Promise<boolean> {
  const start = performance.now();
  for (;;) {
    if (await isQuiet()) return true;
    const elapsed = performance.now() - start;
    if (elapsed < LONGEST_WAIT_MS && waitedMs + elapsed < PATIENCE_MS) continue;
    waitedMs += elapsed;
    return false;
  }
}
