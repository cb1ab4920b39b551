// Reading a snapshot: copies of whole values, without a lock and without a store to shared memory.
//
// Invariant: a byte of the slot of version v changes only after version v + SLOT_COUNT - 1 was published. So whoever
// found v published, copied its slot and then finds a version below v + SLOT_COUNT - 1 has copied nothing but v.
// Readers store nothing, so they cannot hold up the writer, and a writer that is stopped or dead at any place leaves
// `published` and its slot alone: reading needs no second attempt then. Only a writer that publishes SLOT_COUNT - 1
// values during one copy makes it fail.
//
// Why the order holds. The first load is by Atomics, so nothing after it is made before it. The copy is complete before
// the second look at `published`: on x86-64, which moves no load before an earlier one, that look may be a plain load,
// which costs a third of an Atomics.load; V8's compilers take the copy, a call of a built-in, for something that may
// change any memory. Elsewhere a fence comes between, and the look is by Atomics. The writer stores `published` by
// Atomics after all bytes of the slot. The copy may read its bytes in any order: all of it lies between the two looks.
import { LOADS_ARE_ORDERED, loadFence } from "../fence.js";
import { SLOT_COUNT, SnapshotWord, versionOf, type SnapshotMemory } from "../../protocol/snapshot-layout.js";

/** An attempt fails when the writer is several values faster than one copy: some in a row happen, so many do not. */
export const ATTEMPTS_MAX = 1000;

/** Answer when every attempt failed: the shared words change faster than any writer changes them. */
export const UNREADABLE = -1;

/** Reads from one mapping of a snapshot. */
export class SnapshotReader {
  private readonly words: Int32Array;
  private readonly slots: readonly Uint8Array[];

  constructor({ words, slots }: SnapshotMemory) {
    this.words = words;
    this.slots = slots;
  }

  /**
   * Copies the newest value.
   * @param target as long as the value
   * @returns its version, 0 before the first; or UNREADABLE: the target's bytes are undefined then
   */
  copyTo(target: Uint8Array): number {
    const { words, slots } = this;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const low = Atomics.load(words, SnapshotWord.published);
      const slot = low & (SLOT_COUNT - 1);
      const high = words[SnapshotWord.versionHigh + slot] as number;
      target.set(slots[slot] as Uint8Array);
      if (this.isUntouched(low, slot, high)) return versionOf(high, low);
    }
    return UNREADABLE;
  }

  /** The newest version, or UNREADABLE. */
  version(): number {
    const { words } = this;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const low = Atomics.load(words, SnapshotWord.published);
      const slot = low & (SLOT_COUNT - 1);
      const high = words[SnapshotWord.versionHigh + slot] as number;
      if (this.isUntouched(low, slot, high)) return versionOf(high, low);
    }
    return UNREADABLE;
  }

  // The high word tells a version from the one 2^32 later: a thread can be stopped for long between two loads.
  private isUntouched(low: number, slot: number, high: number): boolean {
    const { words } = this;
    loadFence();
    const now = LOADS_ARE_ORDERED
      ? (words[SnapshotWord.published] as number)
      : Atomics.load(words, SnapshotWord.published);
    const publishedSince = (now - low) >>> 0;
    return publishedSince < SLOT_COUNT - 1 && words[SnapshotWord.versionHigh + slot] === high;
  }
}
