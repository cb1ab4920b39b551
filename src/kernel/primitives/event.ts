// Events. While no thread waits, one compare-and-swap on the state word; else through the dispatcher.
import type { DescriptorIndex } from "../process/descriptor-table.js";
import { lock, unlock } from "../dispatcher/lock.js";
import { ObjectType, StateWord, type Header } from "../../protocol/object-header.js";
import { tryTakeFrozen } from "../waits/try-take.js";
import { acquireEntry, releaseEntry } from "../queues/entry.js";
import { setEntryState } from "../queues/entry-state.js";
import { pulse, settle } from "../queues/wait-queue.js";
import { Waitable } from "../waits/waitable.js";

/** An event, which any thread can set and reset. State: 0 or 1. */
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

  // Trying is also the fastest check: it fetches the cache line once, to read and write. A load before it would make
  // that two fetches.
  override look(): number {
    return Atomics.load(this.words, StateWord.state) < 0 ? -1 : 1;
  }

  /**
   * Auto-reset: releases one waiting thread, or stays signalled until a wait takes the signal. Manual-reset: releases
   * all waiting threads, and stays signalled until it is reset.
   */
  set(): void {
    if (Atomics.compareExchange(this.words, StateWord.state, 0, 1) < 0) this.change(1);
  }

  /** Not signalled from now on. Threads that an earlier set released stay released. */
  reset(): void {
    if (Atomics.compareExchange(this.words, StateWord.state, 1, 0) < 0) this.change(0);
  }

  /** Releases the threads that wait now (auto-reset: one) and leaves the event not signalled. */
  pulse(): void {
    if (Atomics.compareExchange(this.words, StateWord.state, 1, 0) >= 0) return;
    lock();
    this.pulseAndUnlock();
  }

  /** Pulses the queue and gives back the dispatcher lock, which this thread has taken for it. */
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
