// The deaths that concern this thread's waits: the words that tell of them, and what the thread does when one has
// happened.
import { isAlive } from "../dispatcher/liveness.js";
import { lock, lockIsAbandoned, unlock } from "../dispatcher/lock.js";
import { words } from "../dispatcher/words.js";
import { addGuards } from "../queues/guards.js";
import { reviewQueue } from "../queues/review.js";
import { forEachNode, grantOf } from "../queues/wait-nodes.js";
import { deathWordOf, mustGuardAnew } from "../thread/this-thread.js";
import { eachPending, type Pending } from "./pending-waits.js";

/** The addon sleeps on 127 words at once, of which the first is the bell. The kernel would take 128. */
const WATCH_MAX = 126;

/** The words that a thread sleeps on. */
export class WatchList {
  /** Byte offsets into the dispatcher. The caller fills slot 0. */
  readonly offsets = new Uint32Array(WATCH_MAX + 1);
  /** The value of each word while nothing has happened. */
  readonly expected = new Int32Array(WATCH_MAX + 1);
  /** Slots in use, slot 0 included. */
  count = 1;
  /** Whether a thread that belongs on the list has died already. */
  hasDead = false;

  clear(): void {
    this.count = 1;
    this.hasDead = false;
  }

  /** Adds the death words of a wait's guards, as far as there is room. */
  add({ guards }: Pending): void {
    for (const thread of guards) {
      const word = deathWordOf(thread);
      // Read before the life word: after a death in between, the word differs from the value that is slept on.
      const life = Atomics.load(words(), word);
      if (!isAlive(thread)) this.hasDead = true;
      else this.put(word * 4, life);
    }
  }

  private put(offset: number, life: number): void {
    for (let i = 1; i < this.count; i++) if (this.offsets[i] === offset) return;
    if (this.count > WATCH_MAX) return;
    this.offsets[this.count] = offset;
    this.expected[this.count++] = life;
  }

  /** Fills the list with the guards of all waits of this thread that are not over, those of `first` first. */
  fill(first?: Pending): void {
    this.clear();
    if (first !== undefined) this.add(first);
    for (const pending of eachPending()) if (pending.result < 0 && pending !== first) this.add(pending);
  }
}

/** Finds the guards of a wait. Under the dispatcher lock. */
export function guard(pending: Pending): void {
  const ids: number[] = [];
  addGuards(pending.block, ids);
  pending.guards = ids;
}

function guardAll(): void {
  for (const pending of eachPending()) if (pending.result < 0 && grantOf(pending.block) === 0) guard(pending);
}

/** This thread was told to find the guards again, and has not done so yet. */
let isOwing = false;

/**
 * Finds the guards of this thread's waits again, if it was told to.
 * @param deadlineMs of performance.now(): how long it waits for a stopped process to leave the dispatcher lock
 * @returns false if that took too long
 */
export function guardAnew(deadlineMs: number): boolean {
  isOwing = mustGuardAnew() || isOwing;
  if (!isOwing) return true;
  if (!lock(deadlineMs, Infinity)) return false;
  try {
    isOwing = false;
    guardAll();
  } finally {
    unlock();
  }
  return true;
}

/**
 * Passes on what dead threads had of the objects that this thread waits for. The heads of the queues get it, perhaps
 * this thread.
 * @param deadlineMs as for `guardAnew`
 * @returns false as for `guardAnew`
 */
export function reviewDeaths(deadlineMs: number): boolean {
  if (!lock(deadlineMs, Infinity)) return false;
  try {
    for (const pending of eachPending()) {
      if (pending.result >= 0 || grantOf(pending.block) !== 0) continue;
      forEachNode(pending.block, (_position, _recursive, entry) => {
        if (entry !== 0 && grantOf(pending.block) === 0) reviewQueue(entry);
      });
    }
    mustGuardAnew();
    isOwing = false;
    guardAll();
  } finally {
    unlock();
  }
  return true;
}

/**
 * Repairs what a thread that died inside the dispatcher lock left. Sleeping threads call it at the end of a slice,
 * because nobody wakes them for it.
 */
export function repairAbandonedLock(): void {
  if (!lockIsAbandoned() || !lock(performance.now(), Infinity)) return;
  unlock();
}
