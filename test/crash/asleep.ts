// Whether a process's main thread sleeps in a futex: what a blocked wait is, seen from outside.
import { readFileSync } from "node:fs";

const FUTEX = /^(202|449) /; // futex, futex_waitv on x64
const LONGEST_MS = 10_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function systemCall(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/syscall`, "utf8");
  } catch {
    return ""; // gone
  }
}

/** Resolves when the thread sleeps in one and the same call for a moment, or when `isOver` says that it need not any more. */
export async function untilAsleep(pid: number, isOver: () => boolean): Promise<void> {
  const endMs = performance.now() + LONGEST_MS;
  let before = "";
  while (!isOver()) {
    const now = systemCall(pid);
    if (FUTEX.test(now) && now === before) return;
    if (performance.now() > endMs) throw new Error(`process ${pid} is not asleep: it is in system call ${now}`);
    before = now;
    await pause(2);
  }
}
