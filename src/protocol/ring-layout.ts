// Every byte of a ring's data, drawn in docs/memory-layout.md. Offsets are bytes; words are 32-bit, indices into an Int32Array.

/** Words of the head, each group on lines of its own: processors fetch lines of 64 bytes in pairs. */
export const RingWord = {
  /**
   * Where the next message goes. One producer, one consumer: written by the producer, after the messages. Else a hint, moved on
   * by anybody who sees that the slot there is claimed.
   */
  tail: 0,
  /** Thread id of the only producer, or 0. By compare-and-swap: from 0, or from a thread that has ended. */
  producer: 1,
  /** Where the oldest message is. Written by the consumer, after it has read the messages; a producer that overwrites moves it on too. */
  head: 32,
  /** Thread id of the only consumer, or 0. */
  consumer: 33,
  /** Messages that were overwritten, or lost with one of many consumers that had them in its hands. Anybody adds. */
  dropped: 64,
} as const;

/** Words of the heads of slots; a ring of structs with one producer and one consumer has none. */
export const SlotWord = {
  /** Many producers or consumers: turn, state and owner, see SlotState. */
  state: 0,
  /** Byte messages: length of the message. Written by whoever has claimed the slot. */
  length: 1,
} as const;

/** Bits of a header's flags. */
export const RingFlag = { manyProducers: 2, manyConsumers: 4, overwrites: 8 } as const;

/** Many producers or consumers: thread ids of the handles that take part; entry 0 is never used. From this word on. */
export const PARTICIPANTS_FIRST = 128;
export const PARTICIPANTS = 1024;

const HEAD_BYTES = PARTICIPANTS_FIRST * 4;
const SLOT_HEAD_BYTES = 8;
/** What processors pass between them. */
export const LINE_BYTES = 64;

/** The most that a capacity can be. */
export const MOST_SLOTS = 1 << 24;
/** Offsets in a ring are small integers. */
export const MOST_BYTES = 2 ** 31 - 1;

/** What a ring is for. */
export interface RingShape {
  /** A power of two. */
  readonly capacity: number;
  /** Of a struct, or of the longest message. */
  readonly itemBytes: number;
  /** Messages of any length up to `itemBytes`. */
  readonly isVariable: boolean;
  readonly manyProducers: boolean;
  readonly manyConsumers: boolean;
  /** A full ring drops its oldest message for a new one. */
  readonly overwrites: boolean;
}

/** Where its parts are. */
export interface RingLayout extends RingShape {
  /** Whether slots have states: not between one producer and one consumer. */
  readonly hasStates: boolean;
  readonly firstSlotBytes: number;
  /** From one slot to the next. */
  readonly slotBytes: number;
  /** From a slot to its message. */
  readonly messageOffset: number;
  readonly sizeBytes: number;
}

const roundUp = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

/** The layout of a ring. `sizeBytes` may be more than MOST_BYTES: the caller refuses that. */
export function ringLayout(shape: RingShape): RingLayout {
  const hasStates = shape.manyProducers || shape.manyConsumers;
  const messageOffset = hasStates || shape.isVariable ? SLOT_HEAD_BYTES : 0;
  const slotBytes = roundUp(messageOffset + shape.itemBytes, hasStates ? LINE_BYTES : shape.isVariable ? 8 : 1);
  const firstSlotBytes = HEAD_BYTES + (hasStates ? PARTICIPANTS * 4 : 0);
  const sizeBytes = firstSlotBytes + shape.capacity * slotBytes;
  return { ...shape, hasStates, firstSlotBytes, slotBytes, messageOffset, sizeBytes };
}

/** Whether a capacity can be one. */
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
