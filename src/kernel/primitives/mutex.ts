// Mutexes. The state word holds the owning thread's id, so one compare-and-swap takes it and records the owner.
import type { DescriptorIndex } from "../process/descriptor-table.js";
import { isStillAlive } from "../dispatcher/liveness.js";
import { lock, unlock } from "../dispatcher/lock.js";
import { StateWord, type Header } from "../../protocol/object-header.js";
import { collectGrants } from "../waits/pending-waits.js";
import { ABANDONED } from "../../protocol/state-machines.js";
import { tryTakeFrozen } from "../waits/try-take.js";
import { threadId } from "../thread/this-thread.js";
import { acquireEntry, releaseEntry } from "../queues/entry.js";
import { entryState, setEntryState, ABANDONED_RESULT } from "../queues/entry-state.js";
import { settle } from "../queues/wait-queue.js";
import { Waitable } from "../waits/waitable.js";

/** A mutex owned by a JavaScript thread. State: 0 free, ABANDONED, or the owner's thread id. */
export class Mutex extends Waitable {
  /** @param recursive false: a wait through here is not satisfied while this thread owns the mutex */
  constructor(
    source: DescriptorIndex | Int32Array,
    header: Header,
    override readonly recursive = true,
  ) {
    super(source, header);
  }

  override tryTake(): number {
    const state = Atomics.compareExchange(this.words, StateWord.state, 0, threadId());
    return state === 0 ? 0 : this.tryTakeHeld(state);
  }

  private tryTakeHeld(state: number): number {
    if (state < 0) return tryTakeFrozen(this);
    if (state === threadId()) {
      if (!this.recursive) return -1;
      this.acknowledge(true);
      return 0;
    }
    // The last store of a dead owner to what the mutex protects must come before the next owner's first. `isStillAlive`
    // waits for it.
    if (state !== ABANDONED && isStillAlive(state)) return -1;
    // The thread that swaps the dead owner's id for its own reports the abandonment. Only one can.
    if (Atomics.compareExchange(this.words, StateWord.state, state, threadId()) !== state) return -1;
    this.acknowledge(false);
    return ABANDONED_RESULT;
  }

  // When two threads hammer a mutex, each check of one takes the cache line from the owner that is about to release it.
  // Checking rarely lets the owner finish, and often take the mutex again, which makes both faster.
  override readonly loopsBetweenLooks = 400;

  override look(): number {
    const state = Atomics.load(this.words, StateWord.state);
    return state === 0 || state === ABANDONED ? 1 : Math.min(state, 0);
  }

  override acknowledge(recursive: boolean): void {
    const { words } = this;
    if (recursive) {
      words[StateWord.recursion] = (words[StateWord.recursion] ?? 0) + 1;
      return;
    }
    words[StateWord.recursion] = 0; // a dead owner may have left a count
  }

  /**
   * Takes back one acquisition. The last one frees the mutex or hands it to the first waiting thread.
   * @returns false if this thread does not own it
   */
  release(): boolean {
    const { words } = this;
    const id = threadId();
    if (words[StateWord.recursion] !== 0 && words[StateWord.state] === id) return this.releaseRecursion();
    const state = Atomics.compareExchange(words, StateWord.state, id, 0);
    return state === id || (state < 0 && this.releaseToWaiter());
  }

  override putBack(): void {
    this.release();
  }

  private releaseRecursion(): boolean {
    this.words[StateWord.recursion] = (this.words[StateWord.recursion] ?? 1) - 1;
    return true;
  }

  private releaseToWaiter(): boolean {
    lock();
    try {
      const entry = acquireEntry(this);
      collectGrants();
      const isOwner = entryState(entry) === threadId();
      const isNested = isOwner && this.words[StateWord.recursion] !== 0;
      if (isNested) this.releaseRecursion();
      else if (isOwner) {
        setEntryState(entry, 0);
        settle(entry);
      }
      releaseEntry(this, entry);
      return isOwner;
    } finally {
      unlock();
    }
  }

  override isOwnedBy(state: number, thread: number): boolean {
    return state === thread;
  }

  override isOwned(): boolean {
    const state = Atomics.load(this.words, StateWord.state);
    if (state >= 0) return state === threadId();
    lock();
    try {
      const entry = acquireEntry(this);
      const isOwner = entryState(entry) === threadId();
      releaseEntry(this, entry);
      return isOwner;
    } finally {
      unlock();
    }
  }
}
