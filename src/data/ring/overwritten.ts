// The consumer of a ring that overwrites, of one producer and one consumer. The producer may move the head on and store into a slot
// while it is read here. So messages are copied out first; those that the head has not passed by then are whole, for the producer
// moves the head before it stores. Only then are they taken, by moving the head.
import { step } from "../../step.js";
import { RingWord, SlotWord, type RingLayout } from "../../protocol/ring-layout.js";
import type { Consumer, Surroundings } from "./sides.js";

const COPY_BYTES = 1 << 20;
const MOST_TRIES = 100;
/** A copy of less is made word by word. */
const SHORT_BYTES = 256;

/** `claimSide` comes before. */
export class OverwrittenConsumer implements Consumer {
  /** Copies of slots: what `takenAt` refers to. */
  readonly copies: ArrayBuffer;
  readonly takePositions = undefined;
  private readonly bytes: Uint8Array;
  private readonly copiedBytes: Uint8Array;
  private readonly copiedWords: Int32Array;
  private readonly copiedSlots: number;
  private firstTaken = 0;

  constructor(
    private readonly words: Int32Array<ArrayBuffer>,
    private readonly layout: RingLayout,
    private readonly surroundings: Surroundings,
  ) {
    const { capacity, slotBytes } = layout;
    this.copiedSlots = Math.min(capacity, Math.max(1, Math.floor(COPY_BYTES / slotBytes)));
    this.copies = new ArrayBuffer(Math.ceil((this.copiedSlots * slotBytes) / 8) * 8);
    this.bytes = new Uint8Array(words.buffer);
    this.copiedBytes = new Uint8Array(this.copies);
    this.copiedWords = new Int32Array(this.copies);
  }

  take(most: number): number {
    const { words } = this;
    const { capacity } = this.layout;
    let skipped = 0;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const head = Atomics.load(words, RingWord.head);
      const there = (Atomics.load(words, RingWord.tail) - head) | 0;
      if (there === 0) return 0;
      if (there < 0 || there > capacity) {
        if (Atomics.load(words, RingWord.head) === head)
          this.surroundings.corrupt("the positions are further apart than the ring is long");
        continue;
      }
      const behind = Math.min(skipped, there - 1);
      const first = (head + behind) | 0;
      const count = Math.min(most, there - behind, this.copiedSlots);
      for (let i = 0; i < count; i++) this.copy((first + i) | 0, i);
      step("ring.copied");
      const lost = this.moveHead(first, count);
      if (lost < count) {
        this.firstTaken = lost;
        step("ring.taken");
        return count - lost;
      }
      // The producer is faster: the next try begins some messages further, which gives it time.
      skipped = capacity >> 2;
    }
    return 0;
  }

  takenAt(i: number): number {
    return (this.firstTaken + i) * this.layout.slotBytes + this.layout.messageOffset;
  }

  /** Counts the copies. */
  get takeStart(): number {
    return this.firstTaken;
  }

  release(): void {
    // they were taken when they had been copied
  }

  /** @returns how many of the copies, the first ones, may be torn */
  private moveHead(first: number, count: number): number {
    const { words } = this;
    const next = (first + count) | 0;
    let head = Atomics.load(words, RingWord.head);
    const lost = this.passedOf(first, count, head);
    if (lost === count) return lost;
    for (let tries = 0; ((next - head) | 0) > 0; tries++) {
      if (tries > this.layout.capacity) this.surroundings.corrupt("the head moves back");
      const seen = Atomics.compareExchange(words, RingWord.head, head, next);
      if (seen === head) {
        const skipped = (first - head) | 0;
        if (skipped > 0) Atomics.add(words, RingWord.dropped, skipped);
        break;
      }
      head = seen;
    }
    // What the producer passed over after it had been copied whole, it has counted as overwritten.
    const passed = this.passedOf(first, count, head) - lost;
    if (passed > 0) Atomics.sub(words, RingWord.dropped, passed);
    return lost;
  }

  private passedOf(first: number, count: number, head: number): number {
    return Math.max(0, Math.min(count, (head - first) | 0));
  }

  private copy(position: number, to: number): void {
    const { firstSlotBytes, slotBytes, messageOffset, isVariable, itemBytes } = this.layout;
    const from = firstSlotBytes + (position & (this.layout.capacity - 1)) * slotBytes;
    const target = to * slotBytes;
    let length = slotBytes;
    if (isVariable) {
      const said = this.words[(from >> 2) + SlotWord.length] ?? 0;
      length = messageOffset + Math.max(0, Math.min(said, itemBytes)); // a torn one may say anything
    }
    if (length > SHORT_BYTES || (slotBytes & 3) !== 0)
      this.copiedBytes.set(this.bytes.subarray(from, from + length), target);
    else
      for (let word = 0; word << 2 < length; word++)
        this.copiedWords[(target >> 2) + word] = this.words[(from >> 2) + word] ?? 0;
  }
}
