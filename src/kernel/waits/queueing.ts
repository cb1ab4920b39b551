// Entering the queues of the objects waited for, unless the wait is satisfied at once, and leaving them.
import { Status } from "../../errors/status.js";
import { StateWord } from "../../protocol/object-header.js";
import { lock, unlock } from "../dispatcher/lock.js";
import { acquireEntry, releaseEntry } from "../queues/entry.js";
import { entryIsSignalled, entryState } from "../queues/entry-state.js";
import { enqueue } from "../queues/wait-nodes.js";
import { dequeue, takeAtOnce } from "../queues/wait-queue.js";
import { threadId } from "../thread/this-thread.js";
import { guard } from "./death-watch.js";
import { addPending, collectGrants, isPending, putBack, removePending, type Pending } from "./pending-waits.js";
import type { Waitable } from "./waitable.js";

function take(object: Waitable, entry: number): number {
  const id = threadId();
  const isOwner = object.isOwnedBy(entryState(entry), id);
  const result = takeAtOnce(entry, id);
  object.acknowledge(isOwner);
  return result;
}

// A satisfied wait for all reports an abandoned mutex without an index.
function takeAll(entries: readonly number[], objects: readonly Waitable[]): number {
  let result = 0;
  for (const [i, object] of objects.entries()) result |= take(object, entries[i] ?? 0);
  return result;
}

function takeAny(entries: readonly number[], objects: readonly Waitable[]): number {
  for (const [i, object] of objects.entries()) {
    const entry = entries[i] ?? 0;
    if (isSignalledFor(object, entry)) return i | take(object, entry);
  }
  return -1;
}

function isSignalledFor(object: Waitable, entry: number): boolean {
  return object.isReady() || entryIsSignalled(entry, object.recursive ? threadId() : 0);
}

function tryEntries(entries: readonly number[], objects: readonly Waitable[], all: boolean): number {
  if (!all) return takeAny(entries, objects);
  return objects.every((object, i) => isSignalledFor(object, entries[i] ?? 0)) ? takeAll(entries, objects) : -1;
}

/**
 * Checks all objects at one instant. If the wait is not satisfied and `mayQueue`, enters their queues.
 * @param deadlineMs of performance.now(): WAIT_TIMEOUT is returned if the dispatcher lock cannot be had before
 * @returns the result, or the pending wait
 * @throws RtError ERROR_BUSY when a stopped process keeps the dispatcher lock
 */
export function lookOrQueue(
  objects: readonly Waitable[],
  all: boolean,
  mayQueue: boolean,
  deadlineMs: number,
): number | Pending {
  const queued = enterQueues(objects, all, mayQueue, deadlineMs);
  if (typeof queued === "number") return queued;
  try {
    // A writer stores first and checks for waiting threads second. So a waiting thread must queue first and check the
    // data second.
    return isReady(queued) ? endReady(queued) : queued;
  } catch (error) {
    giveUp(queued);
    throw error;
  }
}

/**
 * Ends a wait that has failed, for example because the data it checks is damaged. What was granted meanwhile is put
 * back.
 */
export function giveUp(pending: Pending): void {
  if (isPending(pending) && endWait(pending) !== Status.WAIT_TIMEOUT) putBack(pending);
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

function queue(objects: readonly Waitable[], entries: readonly number[], all: boolean): Pending {
  const places = objects.map((object, i) => ({ entry: entries[i] ?? 0, exclusive: !object.recursive }));
  const block = enqueue(places, all, threadId());
  const pending: Pending = { block, objects, all, result: -1, guards: [], done: undefined, cancel: undefined };
  guard(pending);
  addPending(pending);
  return pending;
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
    const pending = result < 0 && mayQueue ? queue(objects, entries, all) : undefined;
    for (const [i, object] of objects.entries()) {
      const entry = entries[i] ?? 0;
      // Two handles of one object share an entry, which the first release may have freed.
      if (entries.indexOf(entry) === i) releaseEntry(object, entry);
    }
    return pending ?? (result < 0 ? Status.WAIT_TIMEOUT : result);
  } finally {
    unlock();
  }
}

/**
 * Leaves the queues. Under the lock, this decides whether the wait was satisfied.
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
  removePending(pending);
  return pending.result < 0 ? Status.WAIT_TIMEOUT : pending.result;
}

// Not frozen: the granting thread has given the state back already. Of length 0: the object is unmapped.
function isFrozen({ words }: Waitable): boolean {
  return words.length > 0 && Atomics.load(words, StateWord.state) < 0;
}

function tidy(object: Waitable): void {
  const entry = acquireEntry(object);
  releaseEntry(object, entry);
}
