// Many producers, many consumers: both claim a slot, and take a message, by writing their name into the slot's state
// word.
import { step } from "../../step.js";
import { RingWord } from "../../protocol/ring-layout.js";
import { SlotState, Slots, grown } from "./slots.js";
import type { Consumer, Producer } from "./sides.js";

/** The producing side of many, and the consuming side of many, for one handle. */
export class ManyRing extends Slots implements Producer, Consumer {
  readonly claimStart = 0;
  readonly takeStart = 0;
  readonly copies = undefined;
  private claims = new Int32Array(16);
  private claimCount = 0;
  private takes = new Int32Array(16);
  private takeCount = 0;

  /** Gives up the slots in hand, and leaves. What was taken and not released is lost. */
  override leave(): void {
    this.commit(0);
    this.putBack();
    super.leave();
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

  putBack(): void {
    if (this.takeCount > 0) this.countDropped(this.takeCount);
    this.release();
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
    return this.tooManyTries();
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
    return this.tooManyTries();
  }

  /** Overwrites the oldest message, unless a consumer has it in its hands. */
  private dropOldest(): boolean {
    for (let tries = 0; tries < this.mostTries; tries++) {
      if (this.oldest() !== SlotState.full) return false;
      const { position, at, seen } = this;
      step("ring.overwrite");
      const free = this.word(this.turnOf(position) + 1, SlotState.free, 0);
      if (Atomics.compareExchange(this.words, at, seen, free) !== seen) continue;
      this.countDropped(1);
      step("ring.overwritten");
      this.moveOn(RingWord.head, position);
      return true;
    }
    return this.tooManyTries();
  }

  /** Ends the ownership of a slot: full in its turn, or free in the next. */
  private finish(position: number, state: number, isFull: boolean): void {
    const turn = this.turnOf(position);
    const after = isFull ? this.word(turn, SlotState.full, 0) : this.word(turn + 1, SlotState.free, 0);
    this.change(position, this.word(turn, state, this.me), after);
  }
}
