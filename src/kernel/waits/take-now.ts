// Taking an object whose state is with the dispatcher, without waiting.
import { lock, unlock } from "../dispatcher/dispatcher.js";
import { collectGrants } from "./pending-waits.js";
import { threadId } from "../thread/this-thread.js";
import { acquireEntry, releaseEntry } from "../dispatcher/entry.js";
import { entryIsSignalled, entryState, takeEntry } from "../dispatcher/entry-state.js";
import { mayHaveDeadGrant } from "../dispatcher/unclaimed.js";
import type { Waitable } from "./waitable.js";

/** How long a look at an object waits for a stopped process to leave the dispatcher lock. */
const PATIENCE_MS = 250;

/** For a look that found nothing: takes what a dead thread was granted and never got. @returns as `takeNow` */
export function takeReturned(object: Waitable): number {
  return mayHaveDeadGrant() ? takeNow(object) : -1;
}

/** @returns -1 if the object is not signalled or cannot be looked at in time, else 0 or 0x80 */
export function takeNow(object: Waitable): number {
  if (!lock(performance.now() + PATIENCE_MS)) return -1;
  try {
    const entry = acquireEntry(object);
    collectGrants(); // the review of a dead owner may have granted it to an earlier wait of this thread
    const taken = entryIsSignalled(entry, object.recursive ? threadId : 0);
    const isOwner = taken && entryState(entry) === threadId;
    const result = taken ? takeEntry(entry, threadId) : -1;
    releaseEntry(object, entry);
    if (taken) object.noteTaken(isOwner);
    return result;
  } finally {
    unlock();
  }
}
