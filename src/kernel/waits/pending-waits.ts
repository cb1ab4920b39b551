// The waits of this thread that are in queues, and taking note of what other threads have granted to them.
import { ABANDONED_RESULT } from "../dispatcher/entry-state.js";
import { forEachNode, grantNumberOf, grantOf } from "../dispatcher/wait-nodes.js";
import { hasNewGrants, noteGrants } from "../thread/this-thread.js";
import type { Waitable } from "./waitable.js";

/** A wait's place in the queues, until it is ended. */
export interface Pending {
  readonly block: number;
  readonly objects: readonly Waitable[];
  readonly all: boolean;
  /** Filled in when the wait is over. */
  result: number;
  done: (() => void) | undefined;
  /** Of an asynchronous wait: ends it with an error; what was granted meanwhile is put back. */
  cancel: ((reason: Error) => void) | undefined;
}

/** All of them. */
export const pendings = new Set<Pending>();

/** Ends this thread's asynchronous waits for an object with an error. */
export function cancelWaits(object: Waitable, reason: Error): void {
  for (const pending of pendings) if (pending.objects.includes(object)) pending.cancel?.(reason);
}

/** Gives back what a wait took that nobody will learn of. */
export function putBack({ objects, all, result }: Pending): void {
  if (all) for (const object of objects) object.putBack();
  else objects[result & ~ABANDONED_RESULT]?.putBack();
}

function noteGrant(pending: Pending, result: number): void {
  if (pending.all) forEachNode(pending.block, (position, recursive) => pending.objects[position]?.noteTaken(recursive));
  else {
    const won = result & ~ABANDONED_RESULT;
    forEachNode(pending.block, (position, recursive) => {
      if (position === won) pending.objects[position]?.noteTaken(recursive);
    });
  }
  pending.result = result;
}

/**
 * Takes note of grants in the order they were made: a mutex's recursion count depends on it. Before anything else is done with
 * a mutex that a grant may concern.
 */
export function collectGrants(): void {
  if (pendings.size === 0 || !hasNewGrants()) return;
  let granted: Pending[] | undefined;
  for (const pending of pendings)
    if (pending.result < 0 && grantOf(pending.block) !== 0) (granted ??= []).push(pending);
  if (granted === undefined) return;
  if (granted.length > 1) granted.sort((a, b) => (grantNumberOf(a.block) - grantNumberOf(b.block)) | 0);
  for (const pending of granted) noteGrant(pending, grantOf(pending.block) - 1);
  // A count, not the last number: of two grants made while we looked, the second may have been seen and not the first.
  noteGrants(granted.length);
}
