// Whether a process is stopped by a signal, as the system sees it: a signal that was sent takes effect a moment later.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Whether it is stopped now; false also when it is gone. */
export function isStopped(pid: number): boolean {
  try {
    return /^\d+ \(.*\) T/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Resolves when the process is stopped; `check` may throw where that cannot come any more. */
export async function untilStopped(pid: number, check: () => void = () => undefined): Promise<void> {
  while (!isStopped(pid)) {
    check();
    await sleep(5);
  }
}
