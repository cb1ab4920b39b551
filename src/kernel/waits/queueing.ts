// Entering the queues of the objects waited for, unless the wait is satisfied at once, and leaving them.
import { lock, unlock } from "../dispatcher/dispatcher.js";
import { ObjectType, StateWord } from "../../protocol/object-header.js";
import { collectGrants, pendings, putBack, type Pending } from "./pending-waits.js";
import { Status } from "../../errors/status.js";
import { notePending, threadId } from "../thread/this-thread.js";
import { acquireEntry, releaseEntry } from "../dispatcher/entry.js";
import { entryIsSignalled, entryState, takeEntry } from "../dispatcher/entry-state.js";
import { dequeue, enqueue } from "../dispatcher/wait-nodes.js";
import type { Waitable } from "./waitable.js";

// A satisfied wait for all reports an abandoned mutex without an index.
function takeAll(entries: readonly number[], objects: readonly Waitable[]): number {
  let result = 0;
  for (const [i, entry] of entries.entries()) {
    const recursive = objects[i]?.type === ObjectType.Mutex && entryState(entry) === threadId;
    result |= takeEntry(entry, threadId);
    objects[i]?.noteTaken(recursive);
  }
  return result;
}

function takeAny(entries: readonly number[], objects: readonly Waitable[]): number {
  for (const [i, entry] of entries.entries()) {
    if (!isSignalledFor(objects[i], entry)) continue;
    const recursive = objects[i]?.type === ObjectType.Mutex && entryState(entry) === threadId;
    const result = i | takeEntry(entry, threadId);
    objects[i]?.noteTaken(recursive);
    return result;
  }
  return -1;
}

function isSignalledFor(object: Waitable | undefined, entry: number): boolean {
  if (object === undefined || object.isReady()) return object !== undefined;
  return entryIsSignalled(entry, object.recursive ? threadId : 0);
}

function tryEntries(entries: readonly number[], objects: readonly Waitable[], all: boolean): number {
  if (!all) return takeAny(entries, objects);
  return entries.every((entry, i) => isSignalledFor(objects[i], entry)) ? takeAll(entries, objects) : -1;
}

/** Looks at all objects at one instant; if the wait is not satisfied and `mayQueue`, enters their queues. */
export function lookOrQueue(
  objects: readonly Waitable[],
  all: boolean,
  mayQueue: boolean,
  deadlineMs: number,
): number | Pending {
  const queued = enterQueues(objects, all, mayQueue, deadlineMs);
  if (typeof queued === "number") return queued;
  try {
    // Whoever changes data looks afterwards who waits, so who waits looks at the data afterwards.
    return isReady(queued) ? endReady(queued) : queued;
  } catch (error) {
    giveUp(queued);
    throw error;
  }
}

/** Ends a wait that has failed: data that is looked at can be damaged. What was granted meanwhile is put back. */
export function giveUp(pending: Pending): void {
  if (pendings.has(pending) && endWait(pending) !== Status.WAIT_TIMEOUT) putBack(pending);
}

/** Whether the data of one of the objects says that the wait is satisfied. */
export function isReady({ objects, all }: Pending): boolean {
  return !all && objects.some((object) => object.isReady());
}

/** Ends a wait that `isReady`. @returns what was granted meanwhile, or the index of the object that is ready */
export function endReady(pending: Pending): number {
  const ready = pending.objects.findIndex((object) => object.isReady());
  const result = endWait(pending);
  return result === Status.WAIT_TIMEOUT && ready >= 0 ? ready : result;
}

function enterQueues(
  objects: readonly Waitable[],
  all: boolean,
  mayQueue: boolean,
  deadlineMs: number,
): number | Pending {
  if (!lock(deadlineMs)) return Status.WAIT_TIMEOUT;
  try {
    const entries = objects.map((object) => acquireEntry(object));
    collectGrants(); // also what the review of a dead owner has just granted to this thread
    const result = tryEntries(entries, objects, all);
    let pending: Pending | undefined;
    if (result < 0 && mayQueue) {
      const block = enqueue(
        entries,
        objects.map((object) => !object.recursive),
        all,
        threadId,
      );
      pending = { block, objects, all, result: -1, done: undefined, cancel: undefined };
      for (const object of objects) object.pin();
      pendings.add(pending);
      notePending(1);
    }
    for (const [i, entry] of entries.entries()) {
      const object = objects[i];
      // Two handles of one object share an entry: the first release may have closed it.
      if (object !== undefined && entries.indexOf(entry) === i) releaseEntry(object, entry);
    }
    return pending ?? (result < 0 ? Status.WAIT_TIMEOUT : result);
  } finally {
    unlock();
  }
}

/**
 * Leaves the queues. Whether the wait was satisfied is decided here, under the lock.
 * @returns the result, or WAIT_TIMEOUT if nothing was granted
 */
export function endWait(pending: Pending): number {
  lock(Infinity, Infinity); // no error may leave a wait behind: what is granted to it would be lost
  try {
    collectGrants();
    dequeue(pending.block);
    for (const object of pending.objects) if (isFrozen(object)) tidy(object);
  } finally {
    unlock();
  }
  pendings.delete(pending);
  notePending(-1);
  for (const object of pending.objects) object.unpin();
  return pending.result < 0 ? Status.WAIT_TIMEOUT : pending.result;
}

// Not frozen: whoever granted the wait has given the state back already. Of length 0: the object is unmapped.
function isFrozen({ words }: Waitable): boolean {
  return words.length > 0 && Atomics.load(words, StateWord.state) < 0;
}

function tidy(object: Waitable): void {
  const entry = acquireEntry(object);
  releaseEntry(object, entry);
}
