// Waits that can end for nothing: whoever waits for data is woken when it changes, and another may have been faster.
// Such a wait is made again for the time that is left.

/** What a turn answers when there was nothing: wait again. */
export const AGAIN = Symbol("again");

/** How many milliseconds are left until a time of performance.now(). */
export const leftMs = (deadlineMs: number): number => Math.max(0, deadlineMs - performance.now());

/**
 * Makes turns until one gives something other than AGAIN. A turn that timed out has to.
 * @param turn waits, for at most this many milliseconds, and looks when the wait ends: what `waitAsync` settles
 * @throws what the turn throws; the signal's reason when it was aborted between two turns
 */
export async function retry<Result>(
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  turn: (leftMs: number) => Promise<Result | typeof AGAIN>,
): Promise<Result> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const result = await turn(leftMs(deadlineMs));
    if (result !== AGAIN) return result;
  }
}

/** The same, blocking the thread. */
export function retrySync<Result>(timeoutMs: number, turn: (leftMs: number) => Result | typeof AGAIN): Result {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const result = turn(leftMs(deadlineMs));
    if (result !== AGAIN) return result;
  }
}
