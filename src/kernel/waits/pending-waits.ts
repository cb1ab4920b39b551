// The pending waits of this thread, which are in queues, and the acknowledgement of what other threads granted to them.
import { ABANDONED_RESULT } from "../queues/entry-state.js";
import { forEachNode, grantNumberOf, grantOf } from "../queues/wait-nodes.js";
import { countAcknowledged, hasNewGrants } from "../thread/this-thread.js";
import type { Waitable } from "./waitable.js";

/** A wait of this thread from entering the queues to leaving them. */
export interface Pending {
  readonly block: number;
  readonly objects: readonly Waitable[];
  readonly all: boolean;
  /** Below 0 until the wait is granted and acknowledged; then as `waitMany` returns it. */
  result: number;
  /** Ids of the threads whose deaths concern the wait (queues/guards.ts). */
  guards: readonly number[];
  done: (() => void) | undefined;
  /** Of an asynchronous wait: ends it with an error, and puts back what was granted meanwhile. */
  cancel: ((reason: Error) => void) | undefined;
}

const pendings = new Set<Pending>();

/** How many pending waits there are. */
export const pendingCount = (): number => pendings.size;

/** All pending waits. One that is removed during the loop is passed over. */
export const eachPending = (): Iterable<Pending> => pendings;

/** Whether a wait is still pending. */
export const isPending = (pending: Pending): boolean => pendings.has(pending);

/** Adds a wait that has entered the queues. */
export function addPending(pending: Pending): void {
  for (const object of pending.objects) object.pin();
  pendings.add(pending);
}

/** Removes a wait that has left the queues. */
export function removePending(pending: Pending): void {
  pendings.delete(pending);
  for (const object of pending.objects) object.unpin();
}

/**
 * Ends this thread's asynchronous waits for an object with an error, each with one of its own: it will say which
 * operation it ended.
 */
export function cancelWaits(object: Waitable, reasonOf: () => Error): void {
  for (const pending of pendings) if (pending.objects.includes(object)) pending.cancel?.(reasonOf());
}

/** Gives back what a granted wait took, because no program will learn of it. */
export function putBack({ objects, all, result }: Pending): void {
  if (all) for (const object of objects) object.putBack();
  else objects[result & ~ABANDONED_RESULT]?.putBack();
}

function acknowledge(pending: Pending, result: number): void {
  const { objects, all, block } = pending;
  const won = result & ~ABANDONED_RESULT;
  forEachNode(block, (position, recursive) => {
    if (all || position === won) objects[position]?.acknowledge(recursive);
  });
  pending.result = result;
}

/**
 * Acknowledges grants in the order in which they were made, because a mutex's recursion count depends on that order.
 * Invariant of this room: every wait, and every release through the dispatcher, calls this before it uses a mutex that
 * a grant may concern.
 */
export function collectGrants(): void {
  if (pendings.size === 0 || !hasNewGrants()) return;
  let granted: Pending[] | undefined;
  for (const pending of pendings)
    if (pending.result < 0 && grantOf(pending.block) !== 0) (granted ??= []).push(pending);
  if (granted === undefined) return;
  if (granted.length > 1) granted.sort((a, b) => (grantNumberOf(a.block) - grantNumberOf(b.block)) | 0);
  for (const pending of granted) acknowledge(pending, grantOf(pending.block) - 1);
  // The count, not the last grant's number: of two grants made meanwhile, this loop may have seen only the second.
  countAcknowledged(granted.length);
}
