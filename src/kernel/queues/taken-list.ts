// The nodes of an entry that were granted a unit or a signal which their threads have not acknowledged. Under the dispatcher lock.
//
// A thread acknowledges a grant by taking its wait out. If it dies before, its program has never seen what it was given, and review.ts
// gives that back. While there are such nodes the entry stays, and with it the frozen word: everybody who looks comes here.
import { BLOCK_COUNT, BlockKind, EntryWord, NodeWord, blockWord } from "../../protocol/dispatcher-layout.js";
import { at, checkedBlock, corrupt, put } from "../dispatcher/words.js";

/** Adds a node that was taken out of the queue just now. */
export function addTaken(node: number, block: number): void {
  const entry = checkedBlock(block, BlockKind.Entry);
  const word = blockWord(node);
  const first = at(entry + EntryWord.taken);
  put(word + NodeWord.entry, block);
  put(word + NodeWord.taken, 1);
  put(word + NodeWord.takenNext, first);
  put(word + NodeWord.takenPrevious, 0);
  if (first !== 0) put(checkedBlock(first, BlockKind.Node) + NodeWord.takenPrevious, node);
  put(entry + EntryWord.taken, node);
}

/** Takes a node out, because it is acknowledged or what it took goes back. */
export function removeTaken(node: number): void {
  const word = checkedBlock(node, BlockKind.Node);
  const next = at(word + NodeWord.takenNext);
  const previous = at(word + NodeWord.takenPrevious);
  if (previous === 0) put(checkedBlock(at(word + NodeWord.entry), BlockKind.Entry) + EntryWord.taken, next);
  else put(checkedBlock(previous, BlockKind.Node) + NodeWord.takenNext, next);
  if (next !== 0) put(checkedBlock(next, BlockKind.Node) + NodeWord.takenPrevious, previous);
  put(word + NodeWord.entry, 0);
  put(word + NodeWord.taken, 0);
}

/** The first node, the last granted first, for which `test` holds; 0 if there is none. */
export function findTaken(block: number, test: (node: number) => boolean): number {
  const entry = checkedBlock(block, BlockKind.Entry);
  for (let node = at(entry + EntryWord.taken), steps = 0; node !== 0; steps++) {
    if (steps > BLOCK_COUNT) corrupt("a list of grants without an end");
    const word = checkedBlock(node, BlockKind.Node);
    if (test(node)) return node;
    node = at(word + NodeWord.takenNext);
  }
  return 0;
}
