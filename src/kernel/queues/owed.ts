// Waking the threads that wait for data to change, when a stopped process had the lock as the data changed. The thread
// that changed the data does not wait for that process. It leaves the waking to the thread that next gives the lock
// back.
import { BlockKind, EntryWord, Word, blockWord } from "../../protocol/dispatcher-layout.js";
import { isDataCondition } from "../../protocol/state-machines.js";
import { at, words } from "../dispatcher/words.js";
import { pulse } from "./wait-queue.js";

/** Leaves the waking of all threads that wait for data to the thread that next gives the lock back. Needs no lock. */
export function oweWaking(): void {
  Atomics.store(words(), Word.owed, 1);
}

/** Wakes them. Under the lock. */
export function payOwed(): void {
  Atomics.store(words(), Word.owed, 0);
  const used = at(Word.usedBlocks);
  for (let block = 1; block <= used; block++) {
    const entry = blockWord(block);
    if (at(entry + EntryWord.kind) !== BlockKind.Entry || !isDataCondition(at(entry + EntryWord.type))) continue;
    if (at(entry + EntryWord.head) !== 0) pulse(block);
  }
}
