// Waits until nothing else keeps the machine's cores busy, within bounds: what other programs do would be measured too.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const SAMPLE_MS = 40;
const BUSY_LIMIT = 0.15;
const LONGEST_WAIT_MS = 5000;
/** A machine that is never quiet must not keep a case from ending. */
const PATIENCE_MS = 120_000;

let waitedMs = 0;

function processorTimes(): { busy: number; all: number } {
  const [, user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = (
    readFileSync("/proc/stat", "utf8").split("\n")[0] ?? ""
  )
    .split(/\s+/)
    .map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, all: busy + idle + iowait };
}

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
