// Every byte of a ring's data, drawn in docs/memory-layout.md. Offsets are bytes; words are 32-bit, indices into an
// Int32Array.

/** Words of the head, each group on lines of its own: processors fetch lines of 64 bytes in pairs. */
export const RingWord = {
  /**
   * Where the next message goes. One producer, one consumer: written by the producer, after the messages. Else a hint,
   * moved on by any thread that sees that the slot there is claimed.
   */
  tail: 0,
  /** Thread id of the only producer, or 0. Written by compare-and-swap: from 0, or from a thread that has ended. */
  producer: 1,
  /**
   * Where the oldest message is. One producer, one consumer: written by the consumer, after it has read the messages; a
   * producer that overwrites moves it on too. Else a hint, moved on by any thread that sees that the message there is
   * taken.
   */
  head: 32,
  /** Thread id of the only consumer, or 0. Written like `producer`. */
  consumer: 33,
  /** Messages that were overwritten, or lost with one of many consumers that held them. Any thread adds. */
  dropped: 64,
} as const;

/** Words of the heads of slots. A ring of structs with one producer and one consumer has none. */
export const SlotWord = {
  /** Many producers or consumers: turn, state and owner, see SlotState. Changed by compare-and-swap only. */
  state: 0,
  /**
   * Byte messages: length of the message. Written by the producer that has claimed the slot, before the message is
   * published.
   */
  length: 1,
} as const;

/** Bits of a header's flags. */
export const RingFlag = { manyProducers: 2, manyConsumers: 4, overwrites: 8 } as const;

/**
 * Many producers or consumers: thread ids of the handles that take part, from this word on. Entry 0 is never used. By
 * compare-and-swap.
 */
export const PARTICIPANTS_FIRST = 128;
/** How many entries that table has. */
export const PARTICIPANTS = 1024;

const HEAD_BYTES = PARTICIPANTS_FIRST * 4;
const SLOT_HEAD_BYTES = 8;
/** The unit that processors pass between them, in bytes. */
export const LINE_BYTES = 64;

/** The largest capacity, in slots. */
export const MOST_SLOTS = 1 << 24;
/** The largest size of a ring's data: offsets in it must be small integers. */
export const MOST_BYTES = 2 ** 31 - 1;

/** What a ring is for. */
export interface RingShape {
  /** In slots; a power of two. */
  readonly capacity: number;
  /** Of a struct, or of the longest message. */
  readonly itemBytes: number;
  /** Messages have any length up to `itemBytes`. */
  readonly isVariable: boolean;
  readonly manyProducers: boolean;
  readonly manyConsumers: boolean;
  /** A full ring drops its oldest message for a new one. */
  readonly overwrites: boolean;
}

/** Where the parts of a ring are. */
export interface RingLayout extends RingShape {
  /** Whether slots have states: they do unless there is one producer and one consumer. */
  readonly hasStates: boolean;
  readonly firstSlotBytes: number;
  /** From one slot to the next. */
  readonly slotBytes: number;
  /** From a slot to its message. */
  readonly messageOffset: number;
  readonly sizeBytes: number;
}

const roundUp = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

/** The layout of a ring. `sizeBytes` may be more than MOST_BYTES: the caller must refuse that. */
export function ringLayout(shape: RingShape): RingLayout {
  const hasStates = shape.manyProducers || shape.manyConsumers;
  const messageOffset = hasStates || shape.isVariable ? SLOT_HEAD_BYTES : 0;
  const slotBytes = roundUp(messageOffset + shape.itemBytes, hasStates ? LINE_BYTES : shape.isVariable ? 8 : 1);
  const firstSlotBytes = HEAD_BYTES + (hasStates ? PARTICIPANTS * 4 : 0);
  const sizeBytes = firstSlotBytes + shape.capacity * slotBytes;
  return { ...shape, hasStates, firstSlotBytes, slotBytes, messageOffset, sizeBytes };
}

/** Whether a number of slots can be a capacity. */
export const isCapacity = (slots: number): boolean =>
  Number.isInteger(slots) && slots >= 1 && slots <= MOST_SLOTS && (slots & (slots - 1)) === 0;

/** The flags of a header. */
export function flagsOf({ manyProducers, manyConsumers, overwrites }: RingShape): number {
  return (
    (manyProducers ? RingFlag.manyProducers : 0) |
    (manyConsumers ? RingFlag.manyConsumers : 0) |
    (overwrites ? RingFlag.overwrites : 0)
  );
}
