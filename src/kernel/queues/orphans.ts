// Orphans: entries in which no thread waits any more, but whose state is not back in the object's word. The thread that
// emptied them did not have the object mapped. The next thread that uses the object takes its entry over. If all
// holders of an object have died, no thread ever will; these entries are freed when there are many
// (thread/orphan-sweep.ts). Under the dispatcher lock.
import { BLOCK_COUNT, BlockKind, EntryWord, Word, blockWord } from "../../protocol/dispatcher-layout.js";
import { freeBlock } from "../dispatcher/blocks.js";
import { at, checkedBlock, commit, corrupt, put } from "../dispatcher/words.js";

const isEmpty = (entry: number): boolean => at(entry + EntryWord.head) === 0 && at(entry + EntryWord.taken) === 0;

/** Puts an entry among the orphans if no thread waits in it. */
export function addIfOrphan(block: number): void {
  const entry = checkedBlock(block, BlockKind.Entry);
  if (!isEmpty(entry) || at(entry + EntryWord.orphan) === 1) return;
  const last = at(Word.lastOrphan);
  put(entry + EntryWord.orphan, 1);
  put(entry + EntryWord.orphanNext, 0);
  put(entry + EntryWord.orphanPrevious, last);
  if (last === 0) put(Word.firstOrphan, block);
  else put(checkedBlock(last, BlockKind.Entry) + EntryWord.orphanNext, block);
  put(Word.lastOrphan, block);
  put(Word.orphans, at(Word.orphans) + 1);
}

/** Takes an entry out from among the orphans, because a thread that has the object uses it. */
export function removeOrphan(block: number): void {
  const entry = blockWord(block);
  if (at(entry + EntryWord.orphan) !== 1) return;
  const next = at(entry + EntryWord.orphanNext);
  const previous = at(entry + EntryWord.orphanPrevious);
  if (previous === 0) put(Word.firstOrphan, next);
  else put(checkedBlock(previous, BlockKind.Entry) + EntryWord.orphanNext, next);
  if (next === 0) put(Word.lastOrphan, previous);
  else put(checkedBlock(next, BlockKind.Entry) + EntryWord.orphanPrevious, previous);
  put(entry + EntryWord.orphan, 0);
  put(Word.orphans, at(Word.orphans) - 1);
}

/**
 * Frees the orphans whose object no process holds any more. @param isHeld is given the first two words of the object's
 * id
 */
export function freeOrphans(isHeld: (id0: number, id1: number) => boolean): void {
  for (let block = at(Word.firstOrphan), steps = 0; block !== 0; steps++) {
    if (steps > BLOCK_COUNT) corrupt("a list of orphans without an end");
    const entry = checkedBlock(block, BlockKind.Entry);
    const next = at(entry + EntryWord.orphanNext);
    if (!isHeld(at(entry + EntryWord.id0), at(entry + EntryWord.id1))) {
      removeOrphan(block);
      freeBlock(block);
      commit();
    }
    block = next;
  }
}
