// The state of an object while an entry of the dispatcher holds it: reading, changing and taking it. Under the dispatcher lock.
import { at, put } from "../dispatcher/words.js";
import { EntryWord, blockWord } from "../../protocol/dispatcher-layout.js";
import { ObjectType } from "../../protocol/object-header.js";
import { ABANDONED, isSignalled, takenState } from "../../protocol/state-machines.js";

/** Added to a result when the mutex taken was abandoned. */
export const ABANDONED_RESULT = 0x80;

/** The object's state: the truth, as the entry is live. */
export function entryState(block: number): number {
  return at(blockWord(block) + EntryWord.state);
}

/** Changes the state; `settle` afterwards if that may satisfy somebody. */
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
 * Whether a wait on this object would be satisfied now.
 * @param recursiveFor the thread that waits, if a mutex that it owns satisfies it; else 0
 */
export function entryIsSignalled(block: number, recursiveFor: number): boolean {
  const entry = blockWord(block);
  return isSignalled(at(entry + EntryWord.type), at(entry + EntryWord.state), recursiveFor);
}
