// Conditions on shared data that threads wait for: the data tells whether one holds, the dispatcher only who sleeps for it.
import type { DescriptorIndex } from "../process/descriptor-table.js";
import { lock } from "../dispatcher/dispatcher.js";
import { Event } from "./event.js";
import { StateWord, type Header } from "../../protocol/object-header.js";

/** How long whoever changed the data tries to get at those who wait. */
const PATIENCE_MS = 1;
/** They look by themselves this often: so long it is not worth while to be patient again. */
const REVIEW_MS = 250;

/** A condition. A wait may end although it does not hold any more, because another was faster: look, and wait again. */
export class Signal extends Event {
  private impatientUntilMs = 0;

  constructor(
    descriptor: DescriptorIndex,
    header: Header,
    private readonly condition: () => boolean,
  ) {
    super(descriptor, header);
  }

  override tryTake(): number {
    return this.condition() ? 0 : -1;
  }

  override look(): number {
    return this.condition() ? 1 : 0;
  }

  override isReady(): boolean {
    return this.condition();
  }

  override putBack(): void {
    // a wait takes nothing; as an event's, the state would say for ever that a wait is satisfied
  }

  /**
   * Wakes all who sleep for the object's data, after it was changed by an atomic store. One load when nobody does. Where a
   * stopped process keeps the dispatcher lock, it gives up after a millisecond: the waiters look by themselves.
   */
  notify(): void {
    if (Atomics.load(this.words, StateWord.state) < 0 && this.lockSoon()) this.pulseAndUnlock();
  }

  private lockSoon(): boolean {
    if (lock(0)) return true;
    const nowMs = performance.now();
    if (nowMs < this.impatientUntilMs) return false;
    while (!lock(0)) {
      if (performance.now() < nowMs + PATIENCE_MS) continue;
      this.impatientUntilMs = nowMs + REVIEW_MS;
      return false;
    }
    return true;
  }
}
