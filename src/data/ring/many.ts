// Many producers, many consumers. One compare-and-swap on a slot's state word does all at once: the turn, the state, the owner.
//
//   Free(t) -> Claimed(t, producer) -> Full(t) -> Taken(t, consumer) -> Free(t + 1)
//   Claimed(t, p) -> Free(t + 1) when p gives up or has ended; Taken(t, c) -> Free(t + 1) also when c has ended
//
// Position p is slot p mod capacity in its turn p div capacity. Invariants:
// - positions are claimed one after the other: p only by who has read p in `tail`, and tail moves from p to p + 1 only after the slot
//   of p has left Free(turn of p). So tail is the next position to claim, or the one before it.
// - positions are taken in order likewise: `head` moves from p to p + 1 only after the slot of p is Taken in that turn or in a later
//   turn. It can be further behind, for claims that are given up go round without a consumer; who gives one up moves it on.
// Whoever finds tail or head behind moves it on, so it does not matter where its owner was killed. No word but the slot's says
// who owns what, so there is no moment at which a slot is owned by a nameless thread.
import { step } from "../../step.js";
import { RingWord, SlotWord, type RingLayout } from "../../protocol/ring-layout.js";
import { join, leave, participant } from "./participants.js";
import type { Consumer, Producer, Surroundings } from "./sides.js";

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

/** Both sides of a ring of many, for one handle. */
export class ManyRing implements Producer, Consumer {
  private readonly mask: number;
  private readonly turnShift: number;
  private readonly turnMask: number;
  private readonly slotWords: number;
  private readonly firstSlotWord: number;
  private readonly mostTries: number;
  private me = 0;
  private claims = new Int32Array(16);
  private claimCount = 0;
  private takes = new Int32Array(16);
  private takeCount = 0;
  /** The position that `next` or `oldest` looked at last, its slot's word and what that held. */
  private position = 0;
  private at = 0;
  private seen = 0;
  /** A slot of a thread that ended was moved on: others may be able to go on now. Whoever sees it tells them, and clears it. */
  hasPassedOver = false;

  constructor(
    private readonly words: Int32Array,
    private readonly layout: RingLayout,
    private readonly surroundings: Surroundings,
  ) {
    this.mask = layout.capacity - 1;
    this.turnShift = Math.log2(layout.capacity);
    this.turnMask = turnMask(layout.capacity);
    this.slotWords = layout.slotBytes >> 2;
    this.firstSlotWord = layout.firstSlotBytes >> 2;
    this.mostTries = MOST_TRIES + 2 * layout.capacity;
  }

  /** Enters the table of participants: once, before all else. @returns false when it is full */
  join(): boolean {
    this.me = join(this.words, this.surroundings, (index) => {
      for (let slot = 0; slot <= this.mask; slot++) {
        this.at = this.stateAt(slot);
        this.seen = Atomics.load(this.words, this.at);
        if ((this.seen & STATE_MASK) !== SlotState.full && (this.seen & OWNER_MASK) === index) this.passOver();
      }
    });
    return this.me !== 0;
  }

  leave(): void {
    this.commit(0);
    this.release();
    leave(this.words, this.me, this.surroundings.thread);
  }

  claim(most: number): number {
    if (this.claimCount !== 0) this.surroundings.busy();
    let count = 0;
    while (count < most && this.claimOne()) {
      if (count === this.claims.length) this.claims = grown(this.claims);
      this.claims[count] = this.position;
      this.claimCount = ++count;
    }
    return count;
  }

  readonly claimStart = 0;
  readonly takeStart = 0;

  get claimPositions(): Int32Array {
    return this.claims;
  }

  get takePositions(): Int32Array {
    return this.takes;
  }

  claimedAt(i: number): number {
    return this.messageAt(this.claims[i] ?? 0);
  }

  commit(count: number): void {
    for (let i = 0; i < this.claimCount; i++) {
      step("ring.commit");
      this.finish(this.claims[i] ?? 0, SlotState.claimed, i < count);
      step("ring.committed");
    }
    if (count < this.claimCount) this.oldest(); // moves the head on
    this.claimCount = 0;
  }

  take(most: number): number {
    let count = 0;
    while (count < most && this.takeOne()) {
      if (count === this.takes.length) this.takes = grown(this.takes);
      this.takes[count] = this.position;
      this.takeCount = ++count;
    }
    return count;
  }

  takenAt(i: number): number {
    return this.messageAt(this.takes[i] ?? 0);
  }

  release(): void {
    for (let i = 0; i < this.takeCount; i++) {
      step("ring.release");
      this.finish(this.takes[i] ?? 0, SlotState.taken, false);
      step("ring.released");
    }
    this.takeCount = 0;
  }

  isReadable(): boolean {
    return this.oldest() === SlotState.full;
  }

  isWritable(): boolean {
    const state = this.next();
    return state === SlotState.free || (state === SlotState.full && this.layout.overwrites && this.isReadable());
  }

  private stateAt(position: number): number {
    return this.firstSlotWord + (position & this.mask) * this.slotWords + SlotWord.state;
  }

  private messageAt(position: number): number {
    const { firstSlotBytes, slotBytes, messageOffset } = this.layout;
    return firstSlotBytes + (position & this.mask) * slotBytes + messageOffset;
  }

  private turnOf(position: number): number {
    return (position >>> this.turnShift) & this.turnMask;
  }

  private word(turn: number, state: number, owner: number): number {
    return ((turn & this.turnMask) << TURN_SHIFT) | state | owner;
  }

  private claimOne(): boolean {
    for (let tries = 0; tries < this.mostTries; tries++) {
      const state = this.next();
      if (state === SlotState.free) {
        const { position, at, seen } = this;
        step("ring.claim");
        const mine = this.word(this.turnOf(position), SlotState.claimed, this.me);
        if (Atomics.compareExchange(this.words, at, seen, mine) !== seen) continue;
        step("ring.claimed");
        this.moveOn(RingWord.tail, position);
        this.position = position;
        return true;
      }
      if (state !== SlotState.full || !this.layout.overwrites || !this.dropOldest()) return false;
    }
    return this.surroundings.corrupt("slots change all the time");
  }

  private takeOne(): boolean {
    for (let tries = 0; tries < this.mostTries; tries++) {
      if (this.oldest() !== SlotState.full) return false;
      const { position, at, seen } = this;
      step("ring.take");
      const mine = this.word(this.turnOf(position), SlotState.taken, this.me);
      if (Atomics.compareExchange(this.words, at, seen, mine) !== seen) continue;
      step("ring.taken");
      this.moveOn(RingWord.head, position);
      return true;
    }
    return this.surroundings.corrupt("slots change all the time");
  }

  private dropOldest(): boolean {
    if (!this.takeOne()) return false;
    step("ring.overwrite");
    this.finish(this.position, SlotState.taken, false);
    Atomics.add(this.words, RingWord.dropped, 1);
    return true;
  }

  /** Looks for the next position to claim. @returns free, or the state of the turn before that is in the way */
  private next(): number {
    for (let tries = 0; tries < this.mostTries; tries++) {
      const position = Atomics.load(this.words, RingWord.tail);
      this.look(position);
      const behind = (this.turnOf(position) - (this.seen >>> TURN_SHIFT)) & this.turnMask;
      const state = this.seen & STATE_MASK;
      if (behind === 0 && state === SlotState.free) return state;
      if (behind === 0 || behind === this.turnMask) this.moveOn(RingWord.tail, position);
      else if (behind === 1 && state === SlotState.full) return state;
      else if (behind === 1 && state !== SlotState.free) {
        if (!this.passOver()) return state;
        this.oldest(); // moves the head on
      } else this.checkChanged(RingWord.tail);
    }
    return this.surroundings.corrupt("slots change all the time");
  }

  /** Looks for the oldest message. @returns full, or free or claimed: there is none to take now */
  private oldest(): number {
    for (let tries = 0; tries < this.mostTries; tries++) {
      const position = Atomics.load(this.words, RingWord.head);
      this.look(position);
      const ahead = ((this.seen >>> TURN_SHIFT) - this.turnOf(position)) & this.turnMask;
      const state = this.seen & STATE_MASK;
      if (ahead === 0 && (state === SlotState.full || state === SlotState.free)) return state;
      if (ahead === 0 && state === SlotState.claimed) {
        if (!this.passOver()) return state;
      } else if (ahead === this.turnMask && state === SlotState.taken)
        return SlotState.free; // of the turn before, still in a consumer's hands: nobody has claimed it since
      else if (ahead <= this.turnMask >> 1) this.moveOn(RingWord.head, position);
      else this.checkChanged(RingWord.head);
    }
    return this.surroundings.corrupt("slots change all the time");
  }

  private look(position: number): void {
    this.position = position;
    this.at = this.stateAt(position);
    this.seen = Atomics.load(this.words, this.at);
  }

  // What cannot be is the view of a thread that was late, or damage.
  private checkChanged(hint: number): void {
    if (Atomics.load(this.words, hint) === this.position && Atomics.load(this.words, this.at) === this.seen)
      this.surroundings.corrupt(`slot ${String(this.position & this.mask)} is in another turn than the position`);
  }

  private moveOn(hint: number, position: number): void {
    Atomics.compareExchange(this.words, hint, position, (position + 1) | 0);
  }

  /** Frees the slot seen last if its owner has ended. The word is read before the owner's life: see ring-participants.ts. */
  private passOver(): boolean {
    const { at, seen } = this;
    const owner = seen & OWNER_MASK;
    if (owner === this.me && owner !== 0) return false;
    const thread = participant(this.words, owner);
    if (thread !== 0 && this.surroundings.isAlive(thread)) return false;
    step("ring.passOver");
    const turn = seen >>> TURN_SHIFT;
    if (Atomics.compareExchange(this.words, at, seen, this.word(turn + 1, SlotState.free, 0)) === seen) {
      Atomics.add(this.words, RingWord.dropped, 1);
      this.hasPassedOver = true;
    }
    return true;
  }

  /** Ends the ownership of a slot: full in its turn, or free in the next. */
  private finish(position: number, state: number, isFull: boolean): void {
    const turn = this.turnOf(position);
    const before = this.word(turn, state, this.me);
    const after = isFull ? this.word(turn, SlotState.full, 0) : this.word(turn + 1, SlotState.free, 0);
    if (Atomics.compareExchange(this.words, this.stateAt(position), before, after) !== before)
      this.surroundings.corrupt(`slot ${String(position & this.mask)} was taken from its owner`);
  }
}

function grown(positions: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * positions.length);
  more.set(positions);
  return more;
}
