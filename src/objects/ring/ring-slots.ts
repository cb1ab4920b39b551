// Slots of a ring in a program's hands, without a copy: claimed ones to fill, peeked ones to read. A ring has one
// object of each, used over and over.
import { RtError } from "../../errors/rt-error.js";
import type { Cursor } from "../../struct/compound.js";
import type { ReadonlyPart } from "../../struct/readonly-view.js";
import { staysHere } from "../stays-here.js";
import type { At } from "./ring-at.js";

/** What a peek shows: to be read only, in its parts too. Bytes go wherever a Uint8Array is taken. */
export type Peeked<View> = View extends Uint8Array ? Readonly<View> : ReadonlyPart<View>;

/** Where slots are, in units of the struct's alignment or in bytes: position p at `first + (p & mask) * step`. */
export interface SlotPlaces {
  readonly first: number;
  readonly mask: number;
  readonly step: number;
}

/** Of structs: how a view is made that is moved from slot to slot, and how it is moved. */
export interface StructAccess<View> {
  makeCursor(): Cursor;
  readonly at: At<View>;
}

/** What the slots need of their ring. */
export interface SlotOwner<View> {
  readonly name: string | null;
  readonly places: SlotPlaces;
  readonly structs: StructAccess<View> | undefined;
  /** A view of a byte message. */
  viewAt(offsetBytes: number): View;
  /** The hand is empty: `count` messages are published, or all that were peeked at are taken. */
  finish(count: number): void;
}

// The code of `at` for structs, see ring-at.ts, has the names of these fields in it.
abstract class Slots<View> implements Disposable {
  /** @internal */
  readonly handle = staysHere("slot of a ring", "send a copy of the message");
  /** Message `index`, in place. @throws RangeError for an index that is none */
  readonly at: (index: number) => View;
  protected count = 0;
  private start = 0;
  private positions: Int32Array | undefined;
  /** How many of them, from the first on, lie one behind the other in memory, and where the first does. */
  private inRow = 0;
  private firstPlace = 0;
  private cursor: Cursor | undefined;
  // Declared and not initialized: see View in struct/view.ts.
  declare private readonly first: number;
  declare private readonly mask: number;
  declare private readonly step: number;

  protected readonly owner: SlotOwner<View>;
  private readonly what: string;

  protected constructor(owner: SlotOwner<View>, what: string) {
    this.owner = owner;
    this.what = what;
    this.at = owner.structs?.at ?? ((index) => owner.viewAt(this.placeOf(index)));
    this.first = owner.places.first;
    this.mask = owner.places.mask;
    this.step = owner.places.step;
  }

  /** How many slots are in hand; 0 once that is over. */
  get length(): number {
    return this.count;
  }

  /** Whether they are still in hand. */
  get isOpen(): boolean {
    return this.count > 0;
  }

  /**
   * The first message, in place. Of structs it is one object that the next `at` moves; of byte messages a new
   * Uint8Array. Do not use it once the slot is out of hand: the bytes then belong to somebody else.
   * @throws RtError ERROR_INVALID_HANDLE when it is
   */
  get view(): View {
    return this.at(0);
  }

  /** @internal So many slots come into the hand: from position `start` on, or at these positions. */
  open(count: number, start: number, positions: Int32Array | undefined): this {
    this.start = start;
    this.positions = positions;
    this.count = count;
    const slot = start & this.mask;
    // A mask without an end is that of copies, which do not begin again.
    const toEnd = this.mask < 0 ? count : this.mask + 1 - slot;
    this.inRow = positions !== undefined ? 0 : count < toEnd ? count : toEnd;
    this.firstPlace = this.first + slot * this.step;
    this.cursor ??= this.owner.structs?.makeCursor();
    return this;
  }

  /** As JSON: not what is in the slots. */
  toJSON(): object {
    return { length: this.length };
  }

  /** Ends it, at the end of a `using` block. */
  abstract [Symbol.dispose](): void;

  /** @internal Its ring was closed. */
  drop(): void {
    this.count = 0;
    this.inRow = 0;
  }

  protected placeOf(index: number): number {
    if (index >>> 0 !== index || index >= this.count) this.refuse(index);
    const { positions } = this;
    const position = positions === undefined ? this.start + index : (positions[index] ?? 0);
    return this.first + (position & this.mask) * this.step;
  }

  private refuse(index: unknown): never {
    this.checkOpen();
    throw new RangeError(`index must be an integer from 0 to ${String(this.count - 1)}, not ${String(index)}`);
  }

  protected checkOpen(): void {
    if (this.count === 0)
      throw new RtError(
        "ERROR_INVALID_HANDLE",
        `ring.${this.what}`,
        this.owner.name,
        "the slot is not in hand any more",
      );
  }

  protected end(published: number): void {
    this.checkOpen();
    this.drop();
    this.owner.finish(published);
  }
}

/** What a claim needs of its ring. */
export interface ClaimOwner<View> extends SlotOwner<View> {
  /** Says how long the message is. */
  resize(offsetBytes: number, lengthBytes: number): void;
}

/**
 * Claimed slots: fill them in place, then commit. Their bytes are what an earlier message left there. While a claim is
 * open, its handle pushes nothing else.
 */
export class Claim<View> extends Slots<View> {
  declare protected readonly owner: ClaimOwner<View>;

  /** @internal */
  constructor(owner: ClaimOwner<View>) {
    super(owner, "claim");
  }

  /**
   * Says how long byte message `index` is; else it is as long as the ring allows. @throws RangeError when it does not
   * fit
   */
  resize(lengthBytes: number, index = 0): void {
    this.owner.resize(this.placeOf(index), lengthBytes);
  }

  /** Publishes the first `count` messages, all when left out, and gives up the other slots. */
  commit(count = this.length): void {
    this.checkOpen();
    if (!Number.isInteger(count) || count < 0 || count > this.length)
      throw new RangeError(`count must be an integer from 0 to ${String(this.length)}, not ${String(count)}`);
    this.end(count);
  }

  /** Gives the slots up: nobody sees what is in them. */
  abandon(): void {
    this.end(0);
  }

  /** Gives the slots up unless they were committed. */
  override [Symbol.dispose](): void {
    if (this.isOpen) this.abandon();
  }
}

/** The oldest messages, still in their slots. While they are in hand, their handle pops nothing else. */
export class Peek<View> extends Slots<View> {
  /** @internal */
  constructor(owner: SlotOwner<View>) {
    super(owner, "peek");
  }

  /** Gives the slots back: the messages are taken. */
  release(): void {
    this.end(0);
  }

  /** Gives the slots back, at the end of a `using` block. */
  override [Symbol.dispose](): void {
    if (this.isOpen) this.release();
  }
}
