// The slots of a ring with many on a side. A slot's state word says turn, state and owner at once, so one
// compare-and-swap changes all of them.
//
//   many consumers: Free(t) -> Claimed(t, producer) -> Full(t) -> Taken(t, consumer) -> Free(t + 1)
//   one consumer:   Free(t) -> Claimed(t, producer) -> Full(t) -> Free(t + 1), see lone-consumer.ts
//   Claimed(t, p) -> Free(t + 1) when p gives up or has ended
//
// Position p is slot p mod capacity in its turn p div capacity. Invariants:
// - positions are claimed one after the other: p only by a thread that has read p in `tail`, and tail moves from p to p
// + 1 only after
//   the slot of p has left Free(turn of p). So tail is the next position to claim, or the one before it.
// - positions are taken in order likewise: `head` moves from p to p + 1 only after the slot of p is Taken in that turn
// (one consumer:
//   free again) or in a later turn. It can be further behind, because claims that are given up go round without a
// consumer; the
//   thread that gives one up moves it on.
// Any thread that finds tail or head behind moves it on, so it does not matter where its owner was killed. No word but
// the slot's says who owns what, so there is no moment at which a slot is owned by a nameless thread.
import { step } from "../../step.js";
import { RingWord, SlotWord, type RingLayout } from "../../protocol/ring-layout.js";
import { join, leave, participant } from "./participants.js";
import type { Surroundings } from "./sides.js";

/** A state word: owner in bits 0 to 9, state in 10 and 11, turn from 12 on. A free slot of turn 0 is all zero. */
export const SlotState = { free: 0, claimed: 1 << 10, full: 2 << 10, taken: 3 << 10 } as const;
export const TURN_SHIFT = 12;
const STATE_MASK = 3 << 10;
const OWNER_MASK = (1 << 10) - 1;
const TURN_BITS = 20;

/** Failures in a row: each means that somebody else went on in between. Going past every slot of the ring is none. */
const MOST_TRIES = 1 << 20;

/** How many bits of the turn there are: a turn has to begin again when positions do. */
export function turnMask(capacity: number): number {
  const bits = Math.min(TURN_BITS, 32 - Math.log2(capacity));
  return 2 ** bits - 1;
}

/** What both sides of such a ring do with its slots, for one handle. */
export class Slots {
  protected readonly turnMask: number;
  protected readonly mostTries: number;
  /** Index of this handle among the participants; 0: none yet. */
  me = 0;
  /**
   * A slot of a thread that ended was moved on: others may be able to go on now. Whoever sees it tells them, and clears
   * it.
   */
  hasPassedOver = false;
  /** The position that `look` looked at last, its slot's word and what that held. */
  protected position = 0;
  protected at = 0;
  protected seen = 0;
  private readonly mask: number;
  private readonly turnShift: number;
  private readonly slotWords: number;
  private readonly firstSlotWord: number;

  constructor(
    protected readonly words: Int32Array,
    protected readonly layout: RingLayout,
    protected readonly surroundings: Surroundings,
  ) {
    this.mask = layout.capacity - 1;
    this.turnShift = Math.log2(layout.capacity);
    this.turnMask = turnMask(layout.capacity);
    this.slotWords = layout.slotBytes >> 2;
    this.firstSlotWord = layout.firstSlotBytes >> 2;
    this.mostTries = MOST_TRIES + 2 * layout.capacity;
  }

  /** Enters the table of participants, once. @returns false when it is full */
  join(): boolean {
    if (this.me !== 0) return true;
    this.me = join(this.words, this.surroundings, (index) => {
      for (let slot = 0; slot <= this.mask; slot++) {
        this.look(slot);
        if ((this.seen & STATE_MASK) !== SlotState.full && (this.seen & OWNER_MASK) === index) this.passOver();
      }
    });
    return this.me !== 0;
  }

  /** Leaves it. No slot names this handle any more. */
  leave(): void {
    if (this.me === 0) return;
    leave(this.words, this.me, this.surroundings.thread);
    this.me = 0;
  }

  /** Whether there is a message: what the only consumer has in its hands is one still. */
  isReadable(): boolean {
    const state = this.oldest();
    return state === SlotState.full || state === SlotState.taken;
  }

  isWritable(): boolean {
    const state = this.next();
    return (
      state === SlotState.free ||
      (state === SlotState.full && this.layout.overwrites && this.oldest() === SlotState.full)
    );
  }

  protected messageAt(position: number): number {
    const { firstSlotBytes, slotBytes, messageOffset } = this.layout;
    return firstSlotBytes + (position & this.mask) * slotBytes + messageOffset;
  }

  protected turnOf(position: number): number {
    return (position >>> this.turnShift) & this.turnMask;
  }

  protected word(turn: number, state: number, owner: number): number {
    return ((turn & this.turnMask) << TURN_SHIFT) | state | owner;
  }

  protected look(position: number): void {
    this.position = position;
    this.at = this.stateAt(position);
    this.seen = Atomics.load(this.words, this.at);
  }

  /** How many turns the slot seen last is ahead of its position. */
  protected ahead(): number {
    return ((this.seen >>> TURN_SHIFT) - this.turnOf(this.position)) & this.turnMask;
  }

  /** The state of the slot seen last. */
  protected state(): number {
    return this.seen & STATE_MASK;
  }

  /** Looks for the next position to claim. @returns free, or the state of the turn before that is in the way */
  protected next(): number {
    for (let tries = 0; tries < this.mostTries; tries++) {
      const position = Atomics.load(this.words, RingWord.tail);
      this.look(position);
      const behind = (this.turnOf(position) - (this.seen >>> TURN_SHIFT)) & this.turnMask;
      const state = this.state();
      if (behind === 0 && state === SlotState.free) return state;
      if (behind === 0 || behind === this.turnMask) this.moveOn(RingWord.tail, position);
      else if (behind === 1 && state === SlotState.full) return state;
      else if (behind === 1 && state !== SlotState.free) {
        if (!this.passOver()) return state;
        this.oldest(); // moves the head on
      } else this.checkChanged(RingWord.tail);
    }
    return this.tooManyTries();
  }

  /**
   * Looks for the oldest message, and moves the head on to it. @returns full; taken: the only consumer has it in its
   * hands; free or claimed: there is none to take now
   */
  protected oldest(): number {
    for (let tries = 0; tries < this.mostTries; tries++) {
      const position = Atomics.load(this.words, RingWord.head);
      this.look(position);
      const ahead = this.ahead();
      const state = this.state();
      if (ahead === 0 && (state === SlotState.full || state === SlotState.free)) return state;
      if (ahead === 0 && (state === SlotState.claimed || !this.layout.manyConsumers)) {
        if (!this.passOver()) return state;
      } else if (ahead === this.turnMask && state === SlotState.taken && this.layout.manyConsumers)
        return SlotState.free; // of the turn before, still in a consumer's hands: nobody has claimed it since
      else if (ahead <= this.turnMask >> 1) this.moveOn(RingWord.head, position);
      else this.checkChanged(RingWord.head);
    }
    return this.tooManyTries();
  }

  protected moveOn(hint: number, position: number): void {
    Atomics.compareExchange(this.words, hint, position, (position + 1) | 0);
  }

  /**
   * Moves the slot seen last on if its owner has ended: a claim is given up, and what was taken is lost. What the only
   * consumer had taken is a message again. The word is read before the owner's life: see participants.ts.
   */
  protected passOver(): boolean {
    const { at, seen } = this;
    const owner = seen & OWNER_MASK;
    if (owner === this.me && owner !== 0) return false;
    const thread = participant(this.words, owner);
    if (thread !== 0 && this.surroundings.isAlive(thread)) return false;
    step("ring.passOver");
    const turn = seen >>> TURN_SHIFT;
    const wasTaken = this.state() === SlotState.taken;
    const isKept = wasTaken && !this.layout.manyConsumers;
    const after = isKept ? this.word(turn, SlotState.full, 0) : this.word(turn + 1, SlotState.free, 0);
    if (Atomics.compareExchange(this.words, at, seen, after) !== seen) return true;
    if (wasTaken && !isKept) this.countDropped(1);
    this.hasPassedOver = true;
    return true;
  }

  /** Changes the state of a slot that nobody else may change. */
  protected change(position: number, before: number, after: number): void {
    if (Atomics.compareExchange(this.words, this.stateAt(position), before, after) !== before)
      this.surroundings.corrupt(`slot ${String(position & this.mask)} was taken from its owner`);
  }

  protected countDropped(count: number): void {
    Atomics.add(this.words, RingWord.dropped, count);
  }

  protected tooManyTries(): never {
    return this.surroundings.corrupt("slots change all the time");
  }

  private stateAt(position: number): number {
    return this.firstSlotWord + (position & this.mask) * this.slotWords + SlotWord.state;
  }

  // What cannot be is the view of a thread that was late, or damage.
  private checkChanged(hint: number): void {
    if (Atomics.load(this.words, hint) === this.position && Atomics.load(this.words, this.at) === this.seen)
      this.surroundings.corrupt(`slot ${String(this.position & this.mask)} is in another turn than the position`);
  }
}

/** Room for twice as many positions. */
export function grown(positions: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * positions.length);
  more.set(positions);
  return more;
}
