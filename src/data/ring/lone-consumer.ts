// The only consumer of a ring with many producers. Nothing leaves the ring before it is released: a message in its
// hands stays Full in its slot, and the head stays before it. So whatever it had taken and not released when it ended
// is there for the next one.
//
// Only where producers overwrite could a slot change under its hands. There it writes its name into the slot meanwhile,
// Full(t) -> Taken(t, consumer), which no producer overwrites; Taken(t, c) -> Full(t) when c gives it back or has
// ended.
import { step } from "../../step.js";
import { RingWord } from "../../protocol/ring-layout.js";
import { SlotState, Slots, grown } from "./slots.js";
import type { Consumer } from "./sides.js";

/** `claimSide` comes before; and `join`, where producers overwrite. */
export class LoneConsumer extends Slots implements Consumer {
  readonly takeStart = 0;
  readonly copies = undefined;
  private takes = new Int32Array(16);
  private takeCount = 0;

  /** What was taken and not released stays; leaves. */
  override leave(): void {
    this.putBack();
    super.leave();
  }

  get takePositions(): Int32Array {
    return this.takes;
  }

  take(most: number): number {
    let count = 0;
    if (this.oldest() !== SlotState.full) return 0;
    let position = Atomics.load(this.words, RingWord.head);
    for (let tries = 0; count < most; tries++) {
      if (tries === this.mostTries) this.tooManyTries();
      this.look(position);
      const ahead = this.ahead();
      const state = this.state();
      if (ahead === 0 && state === SlotState.full) {
        if (!this.mark()) continue;
        if (count === this.takes.length) this.takes = grown(this.takes);
        this.takes[count] = position;
        this.takeCount = ++count;
      } else if (ahead === 0 && state !== SlotState.free) {
        if (!this.passOver()) break; // a claim of a living producer
        continue;
      } else if (ahead === 0 || ahead > this.turnMask >> 1) break;
      position = (position + 1) | 0; // taken, or of a claim that was given up
    }
    return count;
  }

  takenAt(i: number): number {
    return this.messageAt(this.takes[i] ?? 0);
  }

  release(): void {
    const { takes, takeCount } = this;
    if (takeCount === 0) return;
    this.takeCount = 0; // also when the ring turns out to be damaged
    for (let i = 0; i < takeCount; i++) {
      const position = takes[i] ?? 0;
      step("ring.release");
      this.change(position, this.inHands(position), this.word(this.turnOf(position) + 1, SlotState.free, 0));
      step("ring.released");
    }
    const [first, last] = [takes[0] ?? 0, takes[takeCount - 1] ?? 0];
    if (Atomics.compareExchange(this.words, RingWord.head, first, (last + 1) | 0) !== first) this.oldest(); // moves it on
  }

  putBack(): void {
    const { takes, takeCount } = this;
    this.takeCount = 0;
    for (let i = 0; i < takeCount && this.layout.overwrites; i++) {
      const position = takes[i] ?? 0;
      this.change(position, this.inHands(position), this.word(this.turnOf(position), SlotState.full, 0));
    }
  }

  /** The state of a slot in its hands. */
  private inHands(position: number): number {
    const turn = this.turnOf(position);
    return this.layout.overwrites ? this.word(turn, SlotState.taken, this.me) : this.word(turn, SlotState.full, 0);
  }

  /** Keeps producers from overwriting the slot seen last. @returns false when one has done so */
  protected mark(): boolean {
    const { position, at, seen } = this;
    step("ring.take");
    if (seen !== this.word(this.turnOf(position), SlotState.full, 0))
      this.surroundings.corrupt("a message has an owner");
    if (this.layout.overwrites && Atomics.compareExchange(this.words, at, seen, this.inHands(position)) !== seen)
      return false;
    step("ring.taken");
    return true;
  }
}
