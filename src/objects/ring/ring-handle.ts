// What a ring does without waiting: push and pop, one or many, copied or in place.
import { type Opened, cancelWaits, type DataCondition } from "../../kernel/index.js";
import type { Consumer, Producer } from "../../data/ring/sides.js";
import { RtError } from "../../errors/rt-error.js";
import type { Memory } from "../../struct/memory.js";
import { checkInteger } from "../arguments.js";
import { type RingCore } from "./ring-core.js";
import type { Items } from "./ring-items.js";
import { Claim, Peek, type Peeked, type SlotPlaces, type StructAccess } from "./ring-slots.js";
import { checkMade } from "../shared-object.js";
import { WaitableObject } from "../waitable-object.js";

/** A handle of a ring. Waiting for it, as `waitAny` does, is waiting for a message to be there. */
export abstract class RingHandle<Value, View> extends WaitableObject<DataCondition> {
  readonly #writable: DataCondition;
  /** The sides while they are free to use: taken, and no slot in hand. */
  #producer: Producer | undefined;
  #consumer: Consumer | undefined;
  /** The consumer while a message that it handed out is in the ring still. */
  #handingOut: Consumer | undefined;
  readonly #core: RingCore;
  readonly #items: Items<Value, View>;
  readonly #memory: Memory;
  readonly #claim: Claim<View>;
  readonly #peek: Peek<Peeked<View>>;

  /** @internal */
  protected constructor(opened: Opened, core: RingCore, items: Items<Value, View>) {
    super(checkMade(opened, "Ring"), "ring", core.makeReadable(opened));
    try {
      this.#writable = core.makeWritable(opened);
    } catch (error) {
      this.waitable.unmap();
      throw error;
    }
    this.#core = core;
    this.#items = items;
    this.#memory = core.memory;
    this.#claim = this.#makeClaim();
    this.#peek = this.#makePeek();
  }

  /** @internal Holds when there is a free slot. */
  protected get writable(): DataCondition {
    return this.#writable;
  }

  /** How many messages there is room for. */
  get capacity(): number {
    return this.#core.layout.capacity;
  }

  /** Bytes of a struct, or of the longest message. */
  get messageBytes(): number {
    return this.#core.layout.itemBytes;
  }

  /** Whether messages are bytes, not structs. */
  protected get isOfBytes(): boolean {
    return this.#core.layout.isVariable;
  }

  /** How many messages are in the ring, about: others go on meanwhile. */
  get length(): number {
    this.checkOpen("length");
    return this.#core.length;
  }

  /**
   * How many published messages nobody got, since the ring was made: overwritten, or lost with one of many consumers
   * that had them in its hands when it closed or ended; modulo 2^32. A thread that is killed at the very moment may
   * leave one uncounted.
   */
  get dropped(): number {
    this.checkOpen("dropped");
    return this.#core.dropped;
  }

  /** Whether there is a message to pop now. */
  get isReadable(): boolean {
    try {
      this.checkOpen("isReadable");
      return this.#core.isReadable();
    } catch (error) {
      throw this.failed(error, "isReadable");
    }
  }

  /** Whether there is room for a message now. */
  get isWritable(): boolean {
    try {
      this.checkOpen("isWritable");
      return this.#core.isWritable();
    } catch (error) {
      throw this.failed(error, "isWritable");
    }
  }

  /**
   * Puts a copy of a message in. @returns false when the ring is full
   * @throws TypeError, RangeError for a message that the ring does not take; RtError ERROR_SHARING_VIOLATION when the
   *   ring's only
   *   producer is another handle, ERROR_BUSY when a claim of this handle is open
   */
  tryPush(value: Value): boolean {
    try {
      const producer = this.#producer ?? this.#startProducing("tryPush");
      this.#items.check(value);
      if (producer.claim(1) === 0) return this.#failed(false);
      let count = 0;
      try {
        this.#items.store(this.#memory, producer.claimedAt(0), value);
        count = 1;
      } finally {
        producer.commit(count);
        this.waitable.notify();
      }
      return true;
    } catch (error) {
      throw this.failed(error, "tryPush");
    }
  }

  /**
   * Puts copies of as many of the messages in as there is room for, from index `from` on, and publishes them together.
   * @returns how many. Errors as of `tryPush`: then none was put in
   */
  tryPushBatch(values: readonly Value[], from = 0): number {
    try {
      if (!Array.isArray(values)) throw new TypeError("values must be an array");
      checkInteger("from", from, 0, values.length);
      const producer = this.#producer ?? this.#startProducing("tryPushBatch");
      for (let i = from; i < values.length; i++) this.#items.check(values[i]);
      if (from === values.length) return 0;
      const claimed = producer.claim(values.length - from);
      if (claimed === 0) return this.#failed(0);
      let count = 0;
      try {
        for (; count < claimed; count++)
          this.#items.store(this.#memory, producer.claimedAt(count), values[from + count] as Value);
      } finally {
        producer.commit(count);
        this.waitable.notify();
      }
      return count;
    } catch (error) {
      throw this.failed(error, "tryPushBatch");
    }
  }

  /**
   * Takes a copy of the oldest message out. @returns undefined when the ring is empty
   * @throws RtError ERROR_SHARING_VIOLATION when the ring's only consumer is another handle, ERROR_BUSY when a peek of
   *   this handle is open
   */
  tryPop(): Value | undefined {
    try {
      const consumer = this.#consumer ?? this.#startConsuming("tryPop");
      if (consumer.take(1) === 0) return this.#failed(undefined);
      try {
        return this.#items.load(this.#core.readMemory, consumer.takenAt(0));
      } finally {
        consumer.release();
        this.waitable.notify();
      }
    } catch (error) {
      throw this.failed(error, "tryPop");
    }
  }

  /** Takes copies of up to `most` of the oldest messages out, and frees their slots together. */
  tryPopBatch(most: number = this.capacity): Value[] {
    try {
      checkInteger("most", most, 1, this.capacity);
      const consumer = this.#consumer ?? this.#startConsuming("tryPopBatch");
      const count = consumer.take(most);
      if (count === 0) return this.#failed([]);
      const values: Value[] = [];
      try {
        for (let i = 0; i < count; i++) values.push(this.#items.load(this.#core.readMemory, consumer.takenAt(i)));
      } finally {
        consumer.release();
        this.waitable.notify();
      }
      return values;
    } catch (error) {
      throw this.failed(error, "tryPopBatch");
    }
  }

  /**
   * Copies the bytes of the oldest message to the beginning of `target`, and takes it out. Allocates nothing.
   * @returns how many bytes it has; undefined when the ring is empty
   * @throws RangeError when `target` is shorter than the ring's messages can be
   */
  tryPopInto(target: Uint8Array): number | undefined {
    try {
      if (!(target instanceof Uint8Array)) throw new TypeError("target must be a Uint8Array");
      if (target.byteLength < this.messageBytes)
        throw new RangeError(
          `target has ${String(target.byteLength)} bytes, messages can have ${String(this.messageBytes)}`,
        );
      const consumer = this.#consumer ?? this.#startConsuming("tryPopInto");
      if (consumer.take(1) === 0) return this.#failed(undefined);
      try {
        const memory = this.#core.readMemory;
        const from = consumer.takenAt(0);
        const length = this.#items.lengthOf(memory, from);
        target.set(memory.u8.subarray(from, from + length));
        return length;
      } finally {
        consumer.release();
        this.waitable.notify();
      }
    } catch (error) {
      throw this.failed(error, "tryPopInto");
    }
  }

  /**
   * Claims a slot, or up to `most` of them, to be filled in place and committed: no copy.
   * @returns undefined when the ring is full. Errors as of `tryPush`
   */
  tryClaim(most = 1): Claim<View> | undefined {
    try {
      checkInteger("most", most, 1, this.capacity);
      const producer = this.#producer ?? this.#startProducing("tryClaim");
      const count = producer.claim(most);
      if (count === 0) return this.#failed(undefined);
      const { isVariable, itemBytes } = this.#core.layout;
      if (isVariable)
        for (let i = 0; i < count; i++) this.#items.setLength(this.#memory, producer.claimedAt(i), itemBytes);
      this.#producer = undefined;
      return this.#claim.open(count, producer.claimStart, producer.claimPositions);
    } catch (error) {
      throw this.failed(error, "tryClaim");
    }
  }

  /**
   * Shows the oldest message, or up to `most` of them, in place: no copy. They leave the ring when the peek is
   * released; with one consumer not before, however the process ends. A ring that overwrites, of one producer and one
   * consumer, shows copies.
   * @returns undefined when the ring is empty. Errors as of `tryPop`
   */
  tryPeek(most = 1): Peek<Peeked<View>> | undefined {
    try {
      checkInteger("most", most, 1, this.capacity);
      const consumer = this.#consumer ?? this.#startConsuming("tryPeek");
      const count = consumer.take(most);
      if (count === 0) return this.#failed(undefined);
      this.#consumer = undefined;
      return this.#peek.open(count, consumer.takeStart, consumer.takePositions);
    } catch (error) {
      throw this.failed(error, "tryPeek");
    }
  }

  /**
   * @internal The oldest message, for a loop or a stream. With one consumer it leaves the ring when the next one is
   * asked for, because until then the program may be killed before it is done with it. @returns undefined when the ring
   * is empty. Errors as of `tryPop`
   */
  tryHandOut(): Value | undefined {
    try {
      if (this.#core.layout.manyConsumers) return this.tryPop();
      this.handedOut(true);
      const consumer = this.#consumer ?? this.#startConsuming("tryPop");
      if (consumer.take(1) === 0) return this.#failed(undefined);
      this.#consumer = undefined;
      this.#handingOut = consumer;
      try {
        return this.#items.load(this.#core.readMemory, consumer.takenAt(0));
      } catch (error) {
        this.handedOut(true);
        throw error;
      }
    } catch (error) {
      throw this.failed(error, "items");
    }
  }

  /** @internal The loop is done with the message that it was given last; false: it has not seen it. */
  handedOut(isDone: boolean): void {
    const consumer = this.#handingOut;
    if (consumer === undefined) return;
    this.#handingOut = undefined;
    this.#consumer = consumer;
    if (isDone) consumer.release();
    else consumer.putBack();
    this.waitable.notify();
  }

  protected override closeObject(): void {
    this.#producer = undefined;
    this.#consumer = undefined;
    this.#handingOut = undefined;
    this.#claim.drop();
    this.#peek.drop();
    cancelWaits(this.writable, () => this.closedError("wait"));
    cancelWaits(this.waitable, () => this.closedError("wait"));
    try {
      this.#core.close();
      this.waitable.notify();
    } finally {
      this.writable.unmap();
      super.closeObject();
    }
  }

  #startProducing(operation: string): Producer {
    this.checkOpen(operation);
    if (this.#claim.isOpen)
      throw new RtError("ERROR_BUSY", `ring.${operation}`, this.name, "a claim is open: commit or abandon it first");
    this.#producer = this.#core.produce(operation);
    return this.#producer;
  }

  #startConsuming(operation: string): Consumer {
    this.checkOpen(operation);
    this.handedOut(true); // who takes another one is done with it
    if (this.#peek.isOpen)
      throw new RtError("ERROR_BUSY", `ring.${operation}`, this.name, "a peek is open: release it first");
    this.#consumer = this.#core.consume(operation);
    return this.#consumer;
  }

  // Nothing was possible. Slots of the dead may have been moved on all the same, which others can be waiting for.
  #failed<Result>(result: Result): Result {
    if (this.#core.hasPassedOver()) this.waitable.notify();
    return result;
  }

  #places(areCopies: boolean): SlotPlaces {
    const { firstSlotBytes, messageOffset, slotBytes, capacity } = this.#core.layout;
    const { unitShift } = this.#items;
    return {
      first: ((areCopies ? 0 : firstSlotBytes) + messageOffset) >> unitShift,
      mask: areCopies ? -1 : capacity - 1,
      step: slotBytes >> unitShift,
    };
  }

  #makeClaim(): Claim<View> {
    const core = this.#core;
    const items = this.#items;
    const { itemBytes, isVariable } = core.layout;
    return new Claim<View>({
      name: this.name,
      places: this.#places(false),
      structs: items.accessTo(() => core.memory, false),
      viewAt: (offsetBytes) => items.view(core.memory, offsetBytes, itemBytes),
      resize: (offsetBytes, lengthBytes) => {
        if (!isVariable) throw new TypeError("structs are all of one length");
        items.setLength(core.memory, offsetBytes, checkInteger("lengthBytes", lengthBytes, 0, itemBytes));
      },
      finish: (count) => {
        this.#producer = core.produce("claim");
        try {
          this.#producer.commit(count);
          this.waitable.notify();
        } catch (error) {
          throw this.failed(error, "claim");
        }
      },
    });
  }

  #makePeek(): Peek<Peeked<View>> {
    const core = this.#core;
    const items = this.#items;
    return new Peek<Peeked<View>>({
      name: this.name,
      places: this.#places(core.readsCopies),
      structs: items.accessTo(() => core.readMemory, true) as StructAccess<Peeked<View>> | undefined,
      viewAt: (offsetBytes) =>
        items.view(core.readMemory, offsetBytes, items.lengthOf(core.readMemory, offsetBytes)) as Peeked<View>,
      finish: () => {
        this.#consumer = core.consume("peek");
        try {
          this.#consumer.release();
          this.waitable.notify();
        } catch (error) {
          throw this.failed(error, "peek");
        }
      },
    });
  }
}
