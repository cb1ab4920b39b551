// Taking an object whose state is with the dispatcher, without waiting.
import { LOOK_PATIENCE_MS } from "../../protocol/timing.js";
import { lock, unlock } from "../dispatcher/lock.js";
import { acquireEntry, releaseEntry } from "../queues/entry.js";
import { entryIsSignalled, entryState } from "../queues/entry-state.js";
import { takeAtOnce } from "../queues/wait-queue.js";
import { threadId } from "../thread/this-thread.js";
import { collectGrants } from "./pending-waits.js";
import type { Waitable } from "./waitable.js";

/**
 * Takes the object if it is signalled. Waits up to LOOK_PATIENCE_MS for a stopped process to leave the dispatcher lock.
 * @returns -1 if the object is not signalled, or the lock was not free in time; else 0 or 0x80
 */
export function tryTakeFrozen(object: Waitable): number {
  if (!lock(performance.now() + LOOK_PATIENCE_MS)) return -1;
  try {
    const entry = acquireEntry(object);
    collectGrants(); // the review of a dead owner may have granted it to an earlier wait of this thread
    const id = threadId();
    const isTaken = entryIsSignalled(entry, object.recursive ? id : 0);
    const isOwner = isTaken && object.isOwnedBy(entryState(entry), id);
    const result = isTaken ? takeAtOnce(entry, id) : -1;
    releaseEntry(object, entry);
    if (isTaken) object.acknowledge(isOwner);
    return result;
  } finally {
    unlock();
  }
}
