// Who takes part in a ring of many: a table of thread ids, so that a slot can say in a few bits whose it is.
// Rule: while a slot names an entry, the entry's thread id does not change. Whoever leaves has given its slots back
// before, and whoever reuses the entry of a thread that ended has passed its slots over before.
import { step } from "../../step.js";
import { PARTICIPANTS, PARTICIPANTS_FIRST } from "../../protocol/ring-layout.js";
import type { Surroundings } from "./sides.js";

const at = (index: number): number => PARTICIPANTS_FIRST + index;

/** The thread id in an entry; 0: nobody. */
export function participant(words: Int32Array, index: number): number {
  return Atomics.load(words, at(index));
}

function enter(words: Int32Array, index: number, before: number, thread: number): boolean {
  return Atomics.compareExchange(words, at(index), before, thread) === before;
}

/**
 * Takes an entry for this thread.
 * @param passOver moves on all slots that name an entry of a thread that ended
 * @returns the entry's index; 0 when all are in use
 */
export function join(words: Int32Array, { thread, isAlive }: Surroundings, passOver: (index: number) => void): number {
  step("ring.join");
  for (let index = 1; index < PARTICIPANTS; index++)
    if (participant(words, index) === 0 && enter(words, index, 0, thread)) return index;
  for (let index = 1; index < PARTICIPANTS; index++) {
    const before = participant(words, index);
    if (before !== 0 && isAlive(before)) continue;
    passOver(index);
    step("ring.joining");
    if (enter(words, index, before, thread)) return index;
  }
  return 0;
}

/** Gives it back. */
export function leave(words: Int32Array, index: number, thread: number): void {
  step("ring.leave");
  Atomics.compareExchange(words, at(index), thread, 0);
}
