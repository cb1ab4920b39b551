// Where the words and slots of a snapshot are in its object's data, drawn in docs/memory-layout.md.

/** Slots: a power of two, so that the slot of a version stays the same one when the 32 bits of `published` wrap. */
export const SLOT_COUNT = 4;

/**
 * Indices of 32-bit words. All zero: nothing was written yet, and version 0 is a value of zero bytes.
 *
 * published: the low 32 bits of the newest whole version, which is in slot `published % SLOT_COUNT`. Only the writer
 *   stores it, atomically, after every byte of that slot.
 * versionHigh: for each slot, the high 32 bits of the version in it. Only the writer stores it, before `published`, and
 *   only when it differs.
 * writer: thread id of the writer, 0: none. Taken and replaced by compare-and-swap, given back by its owner. It has a
 *   line of its own, because only writers read it.
 */
export const SnapshotWord = { published: 0, versionHigh: 4, writer: 16 } as const;

/** Byte offset of the first slot. */
export const FIRST_SLOT_BYTES = 128;
/**
 * Slots begin at multiples of this. Processors fetch lines in pairs, and a line that one core writes must not be
 * fetched with a line that another core reads.
 */
export const SLOT_ALIGNMENT_BYTES = 128;

/** Bytes from one slot to the next for a value of `valueBytes`. */
export function slotBytes(valueBytes: number): number {
  return Math.ceil(valueBytes / SLOT_ALIGNMENT_BYTES) * SLOT_ALIGNMENT_BYTES;
}

/** Bytes of data of a snapshot with values of `valueBytes`. */
export function snapshotBytes(valueBytes: number): number {
  return FIRST_SLOT_BYTES + SLOT_COUNT * slotBytes(valueBytes);
}

/** A version from its two words. Exact up to 2^53: three hundred years of a million values a second. */
export function versionOf(high: number, low: number): number {
  return (high >>> 0) * 2 ** 32 + (low >>> 0);
}

/** A snapshot's data as words and slots. The only index that comes from shared bytes is masked to SLOT_COUNT. */
export class SnapshotMemory {
  readonly words: Int32Array;
  readonly slots: readonly Uint8Array[];

  /**
   * @param buffer the data, of at least `snapshotBytes(valueBytes)`
   * @throws RangeError when it is shorter
   */
  constructor(
    buffer: ArrayBuffer,
    readonly valueBytes: number,
  ) {
    this.words = new Int32Array(buffer, 0, FIRST_SLOT_BYTES / 4);
    this.slots = Array.from(
      { length: SLOT_COUNT },
      (_, slot) => new Uint8Array(buffer, FIRST_SLOT_BYTES + slot * slotBytes(valueBytes), valueBytes),
    );
  }
}
