// The taken list of an entry: the nodes that took a unit or a signal in a grant, and whose wait has not ended. Under
// the dispatcher lock.
//
// A granted wait ends when its thread takes it out under the lock. If the thread dies before that, its program has
// never seen what it was given, and review.ts gives it back. While the list has nodes the entry stays and the word is
// frozen, so every thread that uses the object comes to this review.
import { BLOCK_COUNT, BlockKind, EntryWord, NodeWord, blockWord } from "../../protocol/dispatcher-layout.js";
import { at, checkedBlock, corrupt, put } from "../dispatcher/words.js";

/** Adds a node that has just left the queue. */
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

/** Takes a node out, because its wait ends, or because what it took goes back. */
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

/** The first node for which `test` holds, the last granted first; 0 if there is none. */
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
