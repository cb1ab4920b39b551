// The consumer of a ring that overwrites, of one producer and one consumer. The producer may move the head on and store
// into a slot while it is read here. So messages are copied first; those that the head has not passed by then are
// whole, because the producer moves the head before it stores. They leave the ring when they are released, by moving
// the head.
import { step } from "../../step.js";
import { loadFence } from "../fence.js";
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
  /** The position of the first copy, how many there are, and how many of the first ones may be torn. */
  private first = 0;
  private count = 0;
  private torn = 0;

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
      loadFence(); // the copies are complete before the look at the head
      const torn = this.passedOf(first, count, Atomics.load(words, RingWord.head));
      if (torn < count) {
        this.first = first;
        this.count = count;
        this.torn = torn;
        step("ring.taken");
        return count - torn;
      }
      // The producer is faster: the next try begins some messages further, which gives it time.
      skipped = capacity >> 2;
    }
    return 0;
  }

  takenAt(i: number): number {
    return (this.torn + i) * this.layout.slotBytes + this.layout.messageOffset;
  }

  /** Counts the copies. */
  get takeStart(): number {
    return this.torn;
  }

  release(): void {
    const { words, first, count, torn } = this;
    if (count === 0) return;
    this.count = 0;
    step("ring.release");
    const next = (first + count) | 0;
    let head = Atomics.load(words, RingWord.head);
    for (let tries = 0; this.isBefore(head, next); tries++) {
      if (tries > this.layout.capacity) this.surroundings.corrupt("the head moves back");
      const seen = Atomics.compareExchange(words, RingWord.head, head, next);
      if (seen === head) {
        const skipped = (first - head) | 0;
        if (skipped > 0) Atomics.add(words, RingWord.dropped, skipped);
        break;
      }
      head = seen;
    }
    // What the producer passed over after it had been copied whole is not lost, but the producer has counted it as
    // overwritten.
    const passed = this.passedOf(first, count, head) - torn;
    if (passed > 0) Atomics.sub(words, RingWord.dropped, passed);
    step("ring.released");
  }

  putBack(): void {
    this.count = 0;
  }

  /** How many of these messages the head has passed: however far it is, because a consumer can be stopped for long. */
  private passedOf(first: number, count: number, head: number): number {
    const next = (first + count) | 0;
    return this.isBefore(head, next) ? Math.max(0, (head - first) | 0) : count;
  }

  /** Whether the head has still to come to `next`, from which it is never further away than the ring is long. */
  private isBefore(head: number, next: number): boolean {
    const left = (next - head) | 0;
    return left > 0 && left <= this.layout.capacity;
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
