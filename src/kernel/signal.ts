// Conditions on shared data that threads wait for: the data tells whether one holds, the dispatcher only who sleeps for it.
import type { DescriptorIndex } from "./descriptor-table.js";
import { Event } from "./event.js";
import { StateWord, type Header } from "./layout.js";

/** A condition. A wait may end although it does not hold any more, because another was faster: look, and wait again. */
export class Signal extends Event {
  constructor(
    descriptor: DescriptorIndex,
    header: Header,
    operation: string,
    private readonly condition: () => boolean,
  ) {
    super(descriptor, header, operation);
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

  /** Wakes all who sleep for the object's data, after it was changed by an atomic store. One load when nobody does. */
  notify(): void {
    if (Atomics.load(this.words, StateWord.state) < 0) this.pulse();
  }
}
