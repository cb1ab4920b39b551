// Semaphores. The state word is the count; taking and releasing are one compare-and-swap while no thread waits.
import { lock, unlock } from "../dispatcher/lock.js";
import { StateWord } from "../../protocol/object-header.js";
import { tryTakeFrozen } from "../waits/try-take.js";
import { acquireEntry, releaseEntry } from "../queues/entry.js";
import { entryState, setEntryState } from "../queues/entry-state.js";
import { settle } from "../queues/wait-queue.js";
import { Waitable } from "../waits/waitable.js";

/** A count between 0 and a maximum. State: the count. */
export class Semaphore extends Waitable {
  override tryTake(): number {
    const { words } = this;
    for (;;) {
      const count = words[StateWord.state] ?? 0;
      if (count === 0) return -1;
      if (count < 0) return tryTakeFrozen(this);
      if (Atomics.compareExchange(words, StateWord.state, count, count - 1) === count) return 0;
    }
  }

  override look(): number {
    return Atomics.load(this.words, StateWord.state);
  }

  /**
   * Adds `units` (1 or more), which satisfies waits.
   * @returns the count before, or -1 if the maximum would be passed: then nothing changed
   */
  release(units: number): number {
    const { words } = this;
    for (;;) {
      const count = words[StateWord.state] ?? 0;
      if (count < 0) return this.releaseToWaiters(units);
      if (units > this.maximum - count) return -1;
      if (Atomics.compareExchange(words, StateWord.state, count, count + units) === count) return count;
    }
  }

  override putBack(): void {
    this.release(1);
  }

  private releaseToWaiters(units: number): number {
    lock();
    try {
      const entry = acquireEntry(this);
      const count = entryState(entry);
      const fits = units <= this.maximum - count;
      if (fits) {
        setEntryState(entry, count + units);
        settle(entry);
      }
      releaseEntry(this, entry);
      return fits ? count : -1;
    } finally {
      unlock();
    }
  }
}
