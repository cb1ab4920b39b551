// Writing a snapshot: the value is made in private memory, copied into the slot that no reader is told to read, and
// published by one store. Whoever is killed on the way leaves a slot that nobody looks at: the next writer begins with
// the same one again.
import { step } from "../../step.js";
import { LOADS_ARE_ORDERED } from "../fence.js";
import { SLOT_COUNT, SnapshotWord, versionOf, type SnapshotMemory } from "../../protocol/snapshot-layout.js";

/** The one writer of a snapshot: see snapshot-claim.ts for how it becomes that. */
export class SnapshotPublisher {
  /**
   * The value to be published: private memory, so that what is kept of it and changed later never tears a published
   * one.
   */
  readonly draft: Uint8Array<ArrayBuffer>;
  private readonly words: Int32Array;
  private readonly slots: readonly Uint8Array[];

  constructor({ words, slots, valueBytes }: SnapshotMemory) {
    this.words = words;
    this.slots = slots;
    this.draft = new Uint8Array(valueBytes);
    this.restore();
  }

  /** Makes the draft what was published last. Nobody else writes, so no second look is needed. */
  restore(): void {
    const slot = (this.words[SnapshotWord.published] as number) & (SLOT_COUNT - 1);
    this.draft.set(this.slots[slot] as Uint8Array);
  }

  /** Publishes the draft. @returns its version */
  publish(): number {
    const { words } = this;
    // It comes after the store that published the last value, and the stores to the slot come after it. Else a slot could
    // change before the value that sets readers free of it is published.
    const before = LOADS_ARE_ORDERED
      ? (words[SnapshotWord.published] as number)
      : Atomics.load(words, SnapshotWord.published);
    const low = (before + 1) | 0;
    const slot = low & (SLOT_COUNT - 1);
    const carry = low === 0 ? 1 : 0;
    const high = ((words[SnapshotWord.versionHigh + (before & (SLOT_COUNT - 1))] as number) + carry) | 0;
    step("snapshot.slot");
    // A store of what is there already would take the line from the readers one more time.
    if (words[SnapshotWord.versionHigh + slot] !== high) words[SnapshotWord.versionHigh + slot] = high;
    (this.slots[slot] as Uint8Array).set(this.draft);
    step("snapshot.copied");
    Atomics.store(words, SnapshotWord.published, low);
    step("snapshot.published");
    return versionOf(high, low);
  }
}
