// What a thread was granted that died before its wait returned goes back to the object. Under the dispatcher lock.
import { awaitLastInstruction, checkedBlock, commit, isAlive, memory, put } from "./dispatcher.js";
import { BlockKind, EntryWord, NodeWord, Word, blockWord } from "../../protocol/dispatcher-layout.js";
import { returnedState } from "../../protocol/state-machines.js";
import { step } from "../../step.js";
import { findUnclaimed, removeUnclaimed } from "./unclaimed.js";
import { eachNode, freeWait, leaveThread, threadOf } from "./wait-nodes.js";

/** Grants of objects that nobody holds any more are never asked for: so many are kept. */
const ORPHANS_MOST = 256;

const at = (index: number): number => memory[index] ?? 0;

function nodeOf(wait: number, id0: number, id1: number): number {
  let found = 0;
  eachNode(wait, (node, word) => {
    if (at(word + NodeWord.takenId0) !== id0 || at(word + NodeWord.takenId1) !== id1) return true;
    found = node;
    return false;
  });
  return found;
}

function hasMore(wait: number): boolean {
  return !eachNode(wait, (_node, word) => at(word + NodeWord.takenId0) === 0 && at(word + NodeWord.takenId1) === 0);
}

function discard(wait: number): void {
  removeUnclaimed(wait);
  freeWait(wait);
}

/**
 * Gives one thing back to the object of an entry that a dead thread was granted.
 * @param isFirst whether the lock was just taken for this: then the dead get a moment to be really dead
 * @returns whether there was any: the queue has to be looked through then, and this asked again
 */
export function giveBackOne(block: number, isFirst: boolean): boolean {
  if (at(Word.unclaimed) === 0) return false;
  const entry = checkedBlock(block, BlockKind.Entry);
  const id0 = at(entry + EntryWord.id0);
  const id1 = at(entry + EntryWord.id1);
  const wait = findUnclaimed((each) => !isAlive(threadOf(each)) && nodeOf(each, id0, id1) !== 0);
  if (wait === 0) return false;
  if (isFirst) awaitLastInstruction();
  const word = blockWord(nodeOf(wait, id0, id1));
  put(word + NodeWord.takenId0, 0);
  put(word + NodeWord.takenId1, 0);
  if (!hasMore(wait)) discard(wait);
  put(entry + EntryWord.state, returnedState(at(entry + EntryWord.state), at(entry + EntryWord.maximum)));
  put(Word.pendingEntry, block);
  commit();
  step("grant.returned");
  return true;
}

/** Keeps what a dead thread was granted, although its record gets another owner. */
export function orphan(wait: number): void {
  leaveThread(wait);
  put(blockWord(wait) + NodeWord.thread, 0); // no thread: dead for ever
  let kept = 0;
  const tooMany = findUnclaimed((each) => threadOf(each) === 0 && ++kept > ORPHANS_MOST);
  if (tooMany !== 0) discard(tooMany);
}
