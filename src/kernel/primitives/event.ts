// Events. Fast while nobody waits: one compare-and-swap on the state word; through the dispatcher otherwise.
import type { DescriptorIndex } from "../process/descriptor-table.js";
import { lock, unlock } from "../dispatcher/lock.js";
import { ObjectType, StateWord, type Header } from "../../protocol/object-header.js";
import { tryTakeFrozen } from "../waits/try-take.js";
import { acquireEntry, releaseEntry } from "../queues/entry.js";
import { setEntryState } from "../queues/entry-state.js";
import { pulse, settle } from "../queues/wait-queue.js";
import { Waitable } from "../waits/waitable.js";

/** An event that is set and reset by anybody. State: 0 or 1. */
export class Event extends Waitable {
  private readonly isManual: boolean;

  constructor(source: DescriptorIndex | Int32Array, header: Header) {
    super(source, header);
    this.isManual = header.type === ObjectType.ManualResetEvent;
  }

  override tryTake(): number {
    const { words } = this;
    if (this.isManual) {
      const state = Atomics.load(words, StateWord.state);
      return state === 1 ? 0 : state === 0 ? -1 : tryTakeFrozen(this);
    }
    if (words[StateWord.state] === 0) return -1;
    const state = Atomics.compareExchange(words, StateWord.state, 1, 0);
    return state === 1 ? 0 : state === 0 ? -1 : tryTakeFrozen(this);
  }

  // Trying is also the fastest look: it fetches the cache line once, to read and write, where a load would make it two fetches.
  override look(): number {
    return Atomics.load(this.words, StateWord.state) < 0 ? -1 : 1;
  }

  /** Auto-reset: releases one waiter, or stays signalled until one wait takes it. Manual-reset: releases all, until reset. */
  set(): void {
    if (Atomics.compareExchange(this.words, StateWord.state, 0, 1) < 0) this.change(1);
  }

  /** Not signalled from now on. Who was released by an earlier set stays released. */
  reset(): void {
    if (Atomics.compareExchange(this.words, StateWord.state, 1, 0) < 0) this.change(0);
  }

  /** Releases those who wait now (auto-reset: one) and leaves the event not signalled. */
  pulse(): void {
    if (Atomics.compareExchange(this.words, StateWord.state, 1, 0) >= 0) return;
    lock();
    this.pulseAndUnlock();
  }

  /** The pulse of those in the queue, by a thread that has taken the dispatcher lock for it. */
  protected pulseAndUnlock(): void {
    try {
      const entry = acquireEntry(this);
      pulse(entry);
      releaseEntry(this, entry);
    } finally {
      unlock();
    }
  }

  override putBack(): void {
    if (!this.isManual) this.set();
  }

  private change(state: 0 | 1): void {
    lock();
    try {
      const entry = acquireEntry(this);
      setEntryState(entry, state);
      settle(entry);
      releaseEntry(this, entry);
    } finally {
      unlock();
    }
  }
}
