// One producer, one consumer. Invariant: 0 <= tail - head <= capacity (32-bit, wrapping); the messages from head to
// tail belong to the consumer, the other slots to the producer. Each side alone writes its position, after it is done
// with the slots it passes to the other; a side that is killed has passed on whole messages only. Each keeps the
// other's position and looks again when that seems to leave too little.
import { step } from "../../step.js";
import { LINE_BYTES, RingWord, type RingLayout } from "../../protocol/ring-layout.js";
import type { Consumer, Producer, Surroundings } from "./sides.js";

/** Lines fetched before they are used: more would push one another out of the nearest cache. */
const MOST_FETCHED = 256;
const FAR = "the positions are further apart than the ring is long";

/** The producer. `claimSide` comes before. */
export class SingleProducer implements Producer {
  readonly claimPositions = undefined;
  private readonly mask: number;
  private readonly first: number;
  private readonly slotBytes: number;
  private tail: number;
  private headSeen: number;
  private claimed = 0;

  constructor(
    private readonly words: Int32Array,
    private readonly layout: RingLayout,
    private readonly surroundings: Surroundings,
  ) {
    this.mask = layout.capacity - 1;
    this.first = layout.firstSlotBytes + layout.messageOffset;
    this.slotBytes = layout.slotBytes;
    this.tail = Atomics.load(words, RingWord.tail);
    this.headSeen = this.tail;
    this.look();
  }

  claim(most: number): number {
    if (this.claimed !== 0) this.surroundings.busy();
    const { capacity, overwrites } = this.layout;
    let free = capacity - ((this.tail - this.headSeen) | 0);
    if (free < most) {
      free = this.look();
      if (free < most && overwrites) free = this.overwrite(Math.min(most, capacity));
    }
    this.claimed = free < most ? free : most;
    return this.claimed;
  }

  claimedAt(i: number): number {
    return this.first + ((this.tail + i) & this.mask) * this.slotBytes;
  }

  get claimStart(): number {
    return this.tail;
  }

  commit(count: number): void {
    step("ring.commit");
    this.claimed = 0;
    if (count === 0) return;
    this.tail = (this.tail + count) | 0;
    Atomics.store(this.words, RingWord.tail, this.tail);
    step("ring.committed");
  }

  private look(): number {
    this.headSeen = Atomics.load(this.words, RingWord.head);
    const used = (this.tail - this.headSeen) | 0;
    if (used < 0 || used > this.layout.capacity) this.surroundings.corrupt(FAR);
    return this.layout.capacity - used;
  }

  // The consumer moves the head on too: see ring-overwritten.ts. Each of our failures is a message less in the ring.
  private overwrite(wanted: number): number {
    for (let tries = 0; tries <= this.layout.capacity; tries++) {
      const free = this.look();
      if (free >= wanted) return free;
      const next = (this.headSeen + wanted - free) | 0;
      step("ring.overwrite");
      if (Atomics.compareExchange(this.words, RingWord.head, this.headSeen, next) !== this.headSeen) continue;
      // The head is seen to have moved before the first byte of the slot changes: a later store may otherwise pass the
      // swap's.
      this.look();
      step("ring.overwritten");
      Atomics.add(this.words, RingWord.dropped, wanted - free);
      return wanted;
    }
    return this.surroundings.corrupt(FAR);
  }
}

/** The consumer of a ring that does not overwrite. `claimSide` comes before. */
export class SingleConsumer implements Consumer {
  readonly takePositions = undefined;
  readonly copies = undefined;
  private readonly mask: number;
  private readonly first: number;
  private readonly slotBytes: number;
  private head: number;
  private tailSeen: number;
  private taken = 0;
  /** What `fetch` read: code whose result is kept is not left out. */
  private fetched = 0;

  constructor(
    private readonly words: Int32Array,
    private readonly layout: RingLayout,
    private readonly surroundings: Surroundings,
  ) {
    this.mask = layout.capacity - 1;
    this.first = layout.firstSlotBytes + layout.messageOffset;
    this.slotBytes = layout.slotBytes;
    this.head = Atomics.load(words, RingWord.head);
    this.tailSeen = this.head;
    this.look();
  }

  take(most: number): number {
    let there = (this.tailSeen - this.head) | 0;
    if (there < most) there = this.look();
    this.taken = there < most ? there : most;
    if (this.taken > 1) this.fetch();
    return this.taken;
  }

  takenAt(i: number): number {
    return this.first + ((this.head + i) & this.mask) * this.slotBytes;
  }

  get takeStart(): number {
    return this.head;
  }

  release(): void {
    step("ring.release");
    this.head = (this.head + this.taken) | 0;
    this.taken = 0;
    Atomics.store(this.words, RingWord.head, this.head);
    step("ring.released");
  }

  putBack(): void {
    this.taken = 0;
  }

  // A message comes from the core that wrote it, in the time of a hundred instructions and more. This loop is so short
  // that the processor has many lines on their way at once; work that takes fifty instructions a message waits for one
  // or two at a time.
  private fetch(): void {
    const slot = this.head & this.mask;
    const toEnd = this.mask + 1 - slot;
    const { taken } = this;
    this.fetched =
      taken <= toEnd ? this.fetchFrom(slot, taken) : this.fetchFrom(slot, toEnd) ^ this.fetchFrom(0, taken - toEnd);
  }

  private fetchFrom(slot: number, count: number): number {
    const { words, first, slotBytes } = this;
    const step = slotBytes < LINE_BYTES ? LINE_BYTES >> 2 : slotBytes >> 2;
    const start = (first + slot * slotBytes) >> 2;
    const end = start + Math.min((count * slotBytes) >> 2, MOST_FETCHED * step);
    let read = 0;
    for (let word = start; word < end; word += step) read ^= words[word] as number;
    return read;
  }

  private look(): number {
    this.tailSeen = Atomics.load(this.words, RingWord.tail);
    const there = (this.tailSeen - this.head) | 0;
    if (there < 0 || there > this.layout.capacity) this.surroundings.corrupt(FAR);
    return there;
  }
}

/** Whether there is a message. */
export function isReadable(words: Int32Array): boolean {
  return Atomics.load(words, RingWord.tail) !== Atomics.load(words, RingWord.head);
}

/** Whether there is a free slot. */
export function isWritable(words: Int32Array, capacity: number): boolean {
  return ((Atomics.load(words, RingWord.tail) - Atomics.load(words, RingWord.head)) | 0) < capacity;
}
