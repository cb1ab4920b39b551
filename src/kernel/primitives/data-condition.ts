// Conditions on shared data that threads wait for. The data says whether a condition holds; the dispatcher knows only
// who sleeps for it.
import type { DescriptorIndex } from "../process/descriptor-table.js";
import { lock } from "../dispatcher/lock.js";
import { sliceMs } from "../dispatcher/slice.js";
import { oweWaking } from "../queues/owed.js";
import { NOTIFY_PATIENCE_MS } from "../../protocol/timing.js";
import { Event } from "./event.js";
import { StateWord, type Header } from "../../protocol/object-header.js";

/** After a stopped process kept the lock, threads that change data do not wait for it for this long. */
const IMPATIENT_MS = 250;

/**
 * A condition. When a wait ends, another thread may have been faster and the condition may be false again: check, and
 * wait again.
 */
export class DataCondition extends Event {
  override readonly recheckMs = sliceMs();

  private impatientUntilMs = 0;

  constructor(
    source: DescriptorIndex | Int32Array,
    header: Header,
    private readonly condition: () => boolean,
  ) {
    super(source, header);
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
    // A wait takes nothing. Putting back what an event gives would make the state say for ever that a wait is
    // satisfied.
  }

  /**
   * Wakes all threads that sleep for the object's data, after it was changed by an atomic store. One load when no
   * thread sleeps. If a stopped process has the dispatcher lock, this thread gives up after a millisecond, and that
   * process wakes them when it goes on.
   */
  notify(): void {
    if (Atomics.load(this.words, StateWord.state) >= 0) return;
    if (!this.lockSoon()) {
      oweWaking();
      if (!lock(0)) return; // the holder of the lock sees the debt when it gives the lock back
    }
    this.pulseAndUnlock();
  }

  private lockSoon(): boolean {
    if (lock(0)) return true;
    const nowMs = performance.now();
    if (nowMs < this.impatientUntilMs) return false;
    while (!lock(0)) {
      if (performance.now() < nowMs + NOTIFY_PATIENCE_MS) continue;
      this.impatientUntilMs = nowMs + IMPATIENT_MS;
      return false;
    }
    return true;
  }
}
