// The waits that were granted a unit or a signal which their threads have not taken note of yet. Under the dispatcher lock.
//
// A thread takes note of a grant by taking its wait out, under the lock. One that dies before has never seen what it was given:
// give-back.ts returns it.
import { checkedBlock, corrupt, isAlive, memory, put } from "./dispatcher.js";
import { BLOCK_COUNT, BlockKind, NodeWord, Word, blockWord } from "../../protocol/dispatcher-layout.js";

/** A look without the lock goes so far. */
const LOOK_MOST = 64;

const at = (index: number): number => memory[index] ?? 0;

/** Adds a wait that was just granted. */
export function addUnclaimed(wait: number): void {
  const first = at(Word.unclaimed);
  put(blockWord(wait) + NodeWord.unclaimedNext, first);
  put(blockWord(wait) + NodeWord.unclaimedPrevious, 0);
  if (first !== 0) put(checkedBlock(first, BlockKind.Node) + NodeWord.unclaimedPrevious, wait);
  put(Word.unclaimed, wait);
}

/** A wait that was granted nothing that could be given back. */
export function setClaimed(wait: number): void {
  put(blockWord(wait) + NodeWord.unclaimedNext, 0);
  put(blockWord(wait) + NodeWord.unclaimedPrevious, 0);
}

/** Whether a granted wait is among them. */
export function isUnclaimed(wait: number): boolean {
  return at(Word.unclaimed) === wait || at(blockWord(wait) + NodeWord.unclaimedPrevious) !== 0;
}

/** Takes a granted wait out, if it is among them. */
export function removeUnclaimed(wait: number): void {
  if (!isUnclaimed(wait)) return;
  const next = at(blockWord(wait) + NodeWord.unclaimedNext);
  const previous = at(blockWord(wait) + NodeWord.unclaimedPrevious);
  if (previous === 0) put(Word.unclaimed, next);
  else put(checkedBlock(previous, BlockKind.Node) + NodeWord.unclaimedNext, next);
  if (next !== 0) put(checkedBlock(next, BlockKind.Node) + NodeWord.unclaimedPrevious, previous);
  setClaimed(wait);
}

/** The first of them for which `test` holds, the last granted first; 0 if there is none. */
export function findUnclaimed(test: (wait: number) => boolean): number {
  let steps = 0;
  for (let wait = at(Word.unclaimed); wait !== 0; wait = at(blockWord(wait) + NodeWord.unclaimedNext)) {
    if (steps++ > BLOCK_COUNT) corrupt("a list of grants without an end");
    checkedBlock(wait, BlockKind.Node);
    if (test(wait)) return wait;
  }
  return 0;
}

/** Whether a thread seems to have died before it took note of a grant: without the lock, so it is only a reason to look. */
export function mayHaveDeadGrant(): boolean {
  let wait = at(Word.unclaimed);
  for (let i = 0; i < LOOK_MOST && wait > 0 && wait < BLOCK_COUNT; i++) {
    if (!isAlive(at(blockWord(wait) + NodeWord.thread))) return true;
    wait = at(blockWord(wait) + NodeWord.unclaimedNext);
  }
  return false;
}
