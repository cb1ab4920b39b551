import type { Pending } from "../kernel/index.js";
// Loops of waits, `for await`: asynchronous generators whose end also ends the wait that is under way.

const LEFT = new Error("the loop was left");

/** Told of each wait of a loop. */
export type OnPending = (pending: Pending) => void;

async function* loop<Value>(
  check: () => void,
  turn: (onPending: OnPending) => Promise<Value>,
  onPending: OnPending,
  ended: (() => void) | undefined,
): AsyncGenerator<Value, never> {
  check();
  try {
    for (;;) yield await turn(onPending);
  } catch (error) {
    if (error === LEFT) return undefined as never;
    throw error;
  } finally {
    ended?.();
  }
}

/**
 * Gives what `turn` resolves to, over and over. Left while a turn waits, as by a stream that is destroyed, it takes
 * that wait back: the `return` and `throw` of a plain generator would be queued behind the turn, and never come while
 * nothing happens.
 * @param check throws at the first turn if the options are wrong
 * @param ended called when the loop is over, however it ends
 */
export function turns<Value>(
  check: () => void,
  turn: (onPending: OnPending) => Promise<Value>,
  ended?: () => void,
): AsyncGenerator<Value, never> {
  let current: Pending | undefined;
  let isLeft = false;
  const noteWait = (pending: Pending): void => {
    current = pending;
    if (isLeft) pending.cancel?.(LEFT); // it was left between two waits of one turn
  };
  const generator = loop(check, turn, noteWait, ended);
  const leave = (): void => {
    isLeft = true;
    current?.cancel?.(LEFT);
  };
  const end = generator.return.bind(generator);
  const fail = generator.throw.bind(generator);
  generator.return = (value) => {
    leave();
    return end(value);
  };
  generator.throw = (reason) => {
    leave();
    return fail(reason);
  };
  return generator;
}
