// The state of an object while an entry of the dispatcher holds it: reading, changing and taking it. Under the
// dispatcher lock.
import { at, put } from "../dispatcher/words.js";
import { EntryWord, blockWord } from "../../protocol/dispatcher-layout.js";
import { ObjectType } from "../../protocol/object-header.js";
import { ABANDONED, isSignalled, takenState } from "../../protocol/state-machines.js";

/** Added to a result when the mutex taken was abandoned. */
export const ABANDONED_RESULT = 0x80;

/** The object's state. The entry must be acquired, so that it holds the state. */
export function entryState(block: number): number {
  return at(blockWord(block) + EntryWord.state);
}

/** Changes the state. The caller must `settle` the entry afterwards if the change may satisfy a wait. */
export function setEntryState(block: number, state: number): void {
  put(blockWord(block) + EntryWord.state, state);
}

/** Takes a signalled object for a thread. @returns 0, or ABANDONED_RESULT */
export function takeEntry(block: number, thread: number): number {
  const entry = blockWord(block);
  const state = at(entry + EntryWord.state);
  const type = at(entry + EntryWord.type);
  const abandoned = type === ObjectType.Mutex && state === ABANDONED;
  const next = takenState(type, state, thread);
  if (next !== state) put(entry + EntryWord.state, next);
  return abandoned ? ABANDONED_RESULT : 0;
}

/**
 * Whether a wait for this object would be satisfied now.
 * @param recursiveFor the waiting thread, if a mutex that it owns satisfies the wait; else 0
 */
export function entryIsSignalled(block: number, recursiveFor: number): boolean {
  const entry = blockWord(block);
  return isSignalled(at(entry + EntryWord.type), at(entry + EntryWord.state), recursiveFor);
}
