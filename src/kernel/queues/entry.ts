// Entries: an object's state moves from its frozen word into the dispatcher, and back when no thread waits. Under the
// dispatcher lock.
import { BLOCK_COUNT, BlockKind, EntryPhase, EntryWord, Word, blockWord } from "../../protocol/dispatcher-layout.js";
import { StateWord, type ObjectType } from "../../protocol/object-header.js";
import { WAITERS } from "../../protocol/state-machines.js";
import { step } from "../../step.js";
import { allocateBlock, freeBlock } from "../dispatcher/blocks.js";
import { removeOrphan } from "./orphans.js";
import { reviewEntry } from "./review.js";
import { at, commit, fresh, put } from "../dispatcher/words.js";

/** What the queues need to know of an object that this thread has mapped. */
export interface Queued {
  readonly type: ObjectType;
  /** Words of the header page. */
  readonly words: Int32Array;
  /** The first 64 bits of the object id. */
  readonly id0: number;
  readonly id1: number;
  /** The highest possible state: a semaphore's maximum, else 1. */
  readonly maximum: number;
}

function ownEntry(object: Queued): number {
  const block = object.words[StateWord.entry] ?? 0;
  if (block <= 0 || block >= BLOCK_COUNT || block > at(Word.usedBlocks)) return 0;
  const entry = blockWord(block);
  const isOurs =
    at(entry + EntryWord.kind) === BlockKind.Entry &&
    at(entry + EntryWord.id0) === object.id0 &&
    at(entry + EntryWord.id1) === object.id1;
  return isOurs ? block : 0;
}

function openEntry(object: Queued): number {
  const block = allocateBlock(BlockKind.Entry);
  const entry = blockWord(block);
  put(entry + EntryWord.phase, EntryPhase.Opening);
  fresh(entry + EntryWord.head, 0);
  fresh(entry + EntryWord.tail, 0);
  fresh(entry + EntryWord.type, object.type);
  fresh(entry + EntryWord.id0, object.id0);
  fresh(entry + EntryWord.id1, object.id1);
  fresh(entry + EntryWord.pulsing, 0);
  fresh(entry + EntryWord.maximum, object.maximum);
  fresh(entry + EntryWord.taken, 0);
  fresh(entry + EntryWord.alls, 0);
  fresh(entry + EntryWord.orphan, 0);
  object.words[StateWord.entry] = block;
  commit();
  step("entry.opened");
  return block;
}

function freeze(words: Int32Array): number {
  for (;;) {
    const word = Atomics.load(words, StateWord.state);
    if (word < 0) return word;
    if (Atomics.compareExchange(words, StateWord.state, word, word | WAITERS) === word) return word;
  }
}

/**
 * Freezes an object's state word and moves its state into an entry, so that this thread can act on it. First it reviews
 * the entry: what dead threads had of the object goes on, and of other objects that a wait for all in its queue needs.
 * @returns the entry's block
 */
export function acquireEntry(object: Queued): number {
  const { words } = object;
  const wasFrozen = Atomics.load(words, StateWord.state) < 0;
  let block = ownEntry(object);
  if (block !== 0 && wasFrozen) {
    const phase = at(blockWord(block) + EntryWord.phase);
    if (phase === EntryPhase.Live || phase === EntryPhase.Closing) {
      reviewEntry(block);
      return block;
    }
  }
  if (block === 0) block = openEntry(object);
  const entry = blockWord(block);
  if (at(entry + EntryWord.phase) !== EntryPhase.Opening) {
    put(entry + EntryWord.phase, EntryPhase.Opening); // stale: the state is in the word until that is frozen and copied
    commit();
  }
  const state = freeze(words) & ~WAITERS;
  step("entry.frozen");
  put(entry + EntryWord.state, state);
  put(entry + EntryWord.phase, EntryPhase.Live);
  commit();
  reviewEntry(block);
  return block;
}

/** Gives the state back to the word if no thread waits and the taken list is empty. Commits the caller's changes. */
export function releaseEntry(object: Queued, block: number): void {
  commit();
  const entry = blockWord(block);
  if (at(entry + EntryWord.head) !== 0 || at(entry + EntryWord.taken) !== 0) return;
  put(entry + EntryWord.phase, EntryPhase.Closing);
  commit();
  step("entry.closing");
  Atomics.store(object.words, StateWord.state, at(entry + EntryWord.state));
  step("entry.thawed");
  removeOrphan(block);
  freeBlock(block);
  commit();
}
