// The waits of this thread that are in queues, and acknowledging what other threads have granted to them.
import { ABANDONED_RESULT } from "../queues/entry-state.js";
import { forEachNode, grantNumberOf, grantOf } from "../queues/wait-nodes.js";
import { countAcknowledged, hasNewGrants } from "../thread/this-thread.js";
import type { Waitable } from "./waitable.js";

/** A wait's place in the queues, until it is ended. */
export interface Pending {
  readonly block: number;
  readonly objects: readonly Waitable[];
  readonly all: boolean;
  /** Filled in when the wait is over. */
  result: number;
  /** Ids of the threads whose deaths concern it (guards.ts). */
  guards: readonly number[];
  done: (() => void) | undefined;
  /** Of an asynchronous wait: ends it with an error; what was granted meanwhile is put back. */
  cancel: ((reason: Error) => void) | undefined;
}

const pendings = new Set<Pending>();

/** How many there are. */
export const pendingCount = (): number => pendings.size;

/** All of them. A wait that is removed meanwhile is passed over. */
export const eachPending = (): Iterable<Pending> => pendings;

/** Whether a wait is still among them. */
export const isPending = (pending: Pending): boolean => pendings.has(pending);

/** A wait entered the queues. */
export function addPending(pending: Pending): void {
  for (const object of pending.objects) object.pin();
  pendings.add(pending);
}

/** A wait left them. */
export function removePending(pending: Pending): void {
  pendings.delete(pending);
  for (const object of pending.objects) object.unpin();
}

/** Ends this thread's asynchronous waits for an object with an error, each with one of its own: it will say which operation it ended. */
export function cancelWaits(object: Waitable, reasonOf: () => Error): void {
  for (const pending of pendings) if (pending.objects.includes(object)) pending.cancel?.(reasonOf());
}

/** Gives back what a wait took that no program will learn of. */
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
 * Acknowledges grants in the order in which they were made: a mutex's recursion count depends on it. Invariant of this room: it is called
 * before anything is done with a mutex that a grant may concern.
 */
export function collectGrants(): void {
  if (pendings.size === 0 || !hasNewGrants()) return;
  let granted: Pending[] | undefined;
  for (const pending of pendings)
    if (pending.result < 0 && grantOf(pending.block) !== 0) (granted ??= []).push(pending);
  if (granted === undefined) return;
  if (granted.length > 1) granted.sort((a, b) => (grantNumberOf(a.block) - grantNumberOf(b.block)) | 0);
  for (const pending of granted) acknowledge(pending, grantOf(pending.block) - 1);
  // A count, not the last number: of two grants made meanwhile, the second may have been seen and not the first.
  countAcknowledged(granted.length);
}
