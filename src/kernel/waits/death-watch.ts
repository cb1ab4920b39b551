// The deaths that concern this thread's waits: which words tell of them, and what to do when one has happened.
import { isAlive } from "../dispatcher/liveness.js";
import { lock, lockIsAbandoned, unlock } from "../dispatcher/lock.js";
import { words } from "../dispatcher/words.js";
import { addGuards } from "../queues/guards.js";
import { reviewQueue } from "../queues/review.js";
import { forEachNode, grantOf } from "../queues/wait-nodes.js";
import { deathWordOf, mustGuardAnew } from "../thread/this-thread.js";
import { eachPending, type Pending } from "./pending-waits.js";

/** What the kernel lets a thread sleep on at once is 128 words; the first is its bell. */
const WATCH_MAX = 126;

/** Words to sleep on. */
export class WatchList {
  /** Byte offsets into the dispatcher; slot 0 is left to the caller. */
  readonly offsets = new Uint32Array(WATCH_MAX + 1);
  /** What the words hold while all is well. */
  readonly expected = new Int32Array(WATCH_MAX + 1);
  /** Slots in use, slot 0 with them. */
  count = 1;
  /** Whether a thread on the list has died already. */
  hasDead = false;

  clear(): void {
    this.count = 1;
    this.hasDead = false;
  }

  /** Adds the death words of a wait's guards, as long as there is room. */
  add({ guards }: Pending): void {
    for (const thread of guards) {
      const word = deathWordOf(thread);
      // Read before the thread is judged: a death in between changes the word that is slept on.
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

  /** Fills the list with the guards of all waits of this thread that are not over, one of them first. */
  fill(first?: Pending): void {
    this.clear();
    if (first !== undefined) this.add(first);
    for (const pending of eachPending()) if (pending.result < 0 && pending !== first) this.add(pending);
  }
}

/** Finds out the guards of a wait. Under the dispatcher lock. */
export function guard(pending: Pending): void {
  const ids: number[] = [];
  addGuards(pending.block, ids);
  pending.guards = ids;
}

function guardAll(): void {
  for (const pending of eachPending()) if (pending.result < 0 && grantOf(pending.block) === 0) guard(pending);
}

/** Told to find the guards out anew, and not done yet. */
let isOwing = false;

/**
 * Finds out the guards of this thread's waits anew, if it was told to.
 * @param deadlineMs of performance.now(): until when it waits for a stopped process to leave the dispatcher lock
 * @returns false if that was too late
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
 * Frees what dead threads had of the objects waited for; the heads of the queues, perhaps this thread, get it.
 * @param deadlineMs as for `guardAnew`
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

/** Finishes what a thread that died inside the dispatcher lock left: the net for those who sleep, at the end of their slice. */
export function repairAbandonedLock(): void {
  if (!lockIsAbandoned() || !lock(performance.now(), Infinity)) return;
  unlock();
}
