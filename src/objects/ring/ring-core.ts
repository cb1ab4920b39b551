// A ring as this handle has it mapped: its memory, and the sides that the handle has taken.
import { RingWord, type RingLayout } from "../../protocol/ring-layout.js";
import { ManyRing } from "../../data/ring/many.js";
import { OverwrittenConsumer } from "../../data/ring/overwritten.js";
import { claimSide, leaveSide, type Consumer, type Producer, type Surroundings } from "../../data/ring/sides.js";
import { SingleConsumer, SingleProducer, isReadable, isWritable } from "../../data/ring/single.js";
import type { Mapping } from "../../kernel/memory/mapping.js";
import type { Opened } from "../../kernel/open.js";
import { RtError } from "../../errors/rt-error.js";
import { Signal } from "../../kernel/primitives/data-condition.js";
import { threadId } from "../../kernel/thread/this-thread.js";
import { isStillAlive, processOf } from "../../kernel/dispatcher/liveness.js";
import { memoryOf, type Memory } from "../../struct/memory.js";

/** The words of the ring, and the sides of this handle. */
export class RingCore {
  /** The ring's data: where messages are stored. */
  readonly memory: Memory;
  /** Where taken messages are read: the ring's data too, but for copies out of a ring that overwrites. */
  readMemory: Memory;
  private readonly words: Int32Array<ArrayBuffer>;
  private readonly surroundings: Surroundings;
  private readonly many: ManyRing | undefined;
  private hasJoined = false;
  private producer: Producer | undefined;
  private consumer: Consumer | undefined;

  constructor(
    private readonly mapping: Mapping,
    readonly layout: RingLayout,
    private readonly name: string | null,
  ) {
    this.memory = memoryOf(mapping.buffer);
    this.readMemory = this.memory;
    this.words = new Int32Array(mapping.buffer, 0, layout.sizeBytes >> 2);
    this.surroundings = {
      thread: threadId(),
      isAlive: isStillAlive,
      corrupt: (what) => this.corrupt(what),
      busy: () => this.busy(),
    };
    this.many = layout.hasStates ? new ManyRing(this.words, layout, this.surroundings) : undefined;
  }

  /** The producing side; taken at the first call. @throws RtError ERROR_SHARING_VIOLATION when the only producer is another handle */
  produce(operation: string): Producer {
    if (this.producer !== undefined) return this.producer;
    const { layout, words, surroundings } = this;
    if (!layout.manyProducers) this.takeSide(RingWord.producer, operation, "producer");
    this.producer = this.join(operation) ?? new SingleProducer(words, layout, surroundings);
    return this.producer;
  }

  /** The consuming side. */
  consume(operation: string): Consumer {
    if (this.consumer !== undefined) return this.consumer;
    const { layout, words, surroundings } = this;
    if (!layout.manyConsumers) this.takeSide(RingWord.consumer, operation, "consumer");
    const many = this.join(operation);
    if (many !== undefined || !this.readsCopies)
      this.consumer = many ?? new SingleConsumer(words, layout, surroundings);
    else {
      const copying = new OverwrittenConsumer(words, layout, surroundings);
      this.readMemory = memoryOf(copying.copies);
      this.consumer = copying;
    }
    return this.consumer;
  }

  /** Whether taken messages are read from copies, see `readMemory`. */
  get readsCopies(): boolean {
    return this.layout.overwrites && !this.layout.hasStates;
  }

  /** Holds when there is a message. */
  makeReadable({ descriptor, header }: Opened): Signal {
    return new Signal(descriptor, header, () => this.isReadable());
  }

  /** Holds when there is a free slot. */
  makeWritable({ descriptor, header }: Opened): Signal {
    return new Signal(descriptor, header, () => this.isWritable());
  }

  isReadable(): boolean {
    if (this.words.length === 0) return false; // closed
    return this.many === undefined ? isReadable(this.words) : this.many.isReadable();
  }

  isWritable(): boolean {
    if (this.words.length === 0) return false;
    if (this.many !== undefined) return this.many.isWritable();
    return this.layout.overwrites || isWritable(this.words, this.layout.capacity);
  }

  /** Whether slots of threads that ended were moved on since the last call: others may be able to go on now. */
  hasPassedOver(): boolean {
    if (this.many?.hasPassedOver !== true) return false;
    this.many.hasPassedOver = false;
    return true;
  }

  /** How many messages there are, about: others go on meanwhile. */
  get length(): number {
    const { words } = this;
    const length = (Atomics.load(words, RingWord.tail) - Atomics.load(words, RingWord.head)) | 0;
    return Math.max(0, Math.min(length, this.layout.capacity));
  }

  get dropped(): number {
    return Atomics.load(this.words, RingWord.dropped) >>> 0;
  }

  /** Gives up both sides, with the slots in hand. Once more does nothing. */
  leave(): void {
    const { producer, consumer, hasJoined, layout } = this;
    this.producer = undefined;
    this.consumer = undefined;
    this.hasJoined = false;
    if (producer !== undefined && !layout.manyProducers) this.giveSide(RingWord.producer);
    if (consumer !== undefined && !layout.manyConsumers) this.giveSide(RingWord.consumer);
    if (hasJoined) this.many?.leave();
  }

  /** Gives up the memory too. */
  close(): void {
    try {
      this.leave();
    } finally {
      this.mapping.unmap();
    }
  }

  corrupt(what: string): never {
    throw new RtError(
      "ERROR_FILE_CORRUPT",
      "ring",
      this.name,
      `${what}: end all programs that have the ring open, and start them again`,
    );
  }

  private busy(): never {
    throw new RtError(
      "ERROR_BUSY",
      "ring.push",
      this.name,
      "a message is being copied in: what runs when its fields are read must not push to the same ring",
    );
  }

  private join(operation: string): ManyRing | undefined {
    const { many } = this;
    if (many === undefined || this.hasJoined) return many;
    if (!many.join())
      throw new RtError(
        "ERROR_NOT_ENOUGH_MEMORY",
        `ring.${operation}`,
        this.name,
        "1023 handles use this ring, the most there can be",
      );
    this.hasJoined = true;
    return many;
  }

  private takeSide(word: number, operation: string, what: string): void {
    const owner = claimSide(this.words, word, this.surroundings);
    if (owner === 0) return;
    const who =
      owner === this.surroundings.thread
        ? "another handle of this thread"
        : `a thread of process ${String(processOf(owner))}`;
    throw new RtError(
      "ERROR_SHARING_VIOLATION",
      `ring.${operation}`,
      this.name,
      `the ring has one ${what}, and ${who} is it: close that handle, or create the ring with ${what}s: "many"`,
    );
  }

  private giveSide(word: number): void {
    leaveSide(this.words, word, this.surroundings.thread);
  }
}
