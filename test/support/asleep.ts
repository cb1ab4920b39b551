// Whether a thread sleeps in a futex that processes share: what a blocked wait is, seen from outside.
import { readFileSync } from "node:fs";

const FUTEX = /^202 \S+ 0x(\w+) /; // with its operation
const FUTEX_WAITV = /^449 /;
/** Set for the locks of V8 and libc, in which a thread sleeps too; a wait between processes does not have it. */
const FUTEX_PRIVATE_FLAG = 0x80;
const LONGEST_MS = 10_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function systemCall(thread: string): string {
  try {
    return readFileSync(`/proc/${thread}/syscall`, "utf8");
  } catch {
    return ""; // gone
  }
}

function isWaiting(call: string): boolean {
  const operation = FUTEX.exec(call)?.[1];
  return operation === undefined ? FUTEX_WAITV.test(call) : (parseInt(operation, 16) & FUTEX_PRIVATE_FLAG) === 0;
}

/**
 * Resolves when the thread sleeps in one and the same call for a moment, or when `isOver` says that it need not any more.
 * @param thread a process id, for its main thread, or `<pid>/task/<tid>`
 */
export async function untilAsleep(thread: number | string, isOver: () => boolean): Promise<void> {
  const endMs = performance.now() + LONGEST_MS;
  let before = "";
  while (!isOver()) {
    const now = systemCall(String(thread));
    if (isWaiting(now) && now === before) return;
    if (performance.now() > endMs) throw new Error(`thread ${thread} is not asleep: it is in system call ${now}`);
    before = now;
    await pause(2);
  }
}
