// A ring as this handle has it mapped: its memory, and the sides that the handle has taken.
import { type Mapping, type Opened, DataCondition, threadId, isStillAlive, processOf } from "../../kernel/index.js";
import { RingWord, type RingLayout } from "../../protocol/ring-layout.js";
import { handleOf, readsCopies, type HandleOfRing } from "../../data/ring/ring-of.js";
import { claimSide, leaveSide, type Consumer, type Producer, type Surroundings } from "../../data/ring/sides.js";
import { RtError, failure } from "../../errors/rt-error.js";
import { memoryOf, type Memory } from "../../struct/memory.js";

/** The words of the ring, and the sides of this handle. */
export class RingCore {
  /** The ring's data: where messages are stored. */
  readonly memory: Memory;
  /** Where taken messages are read: the ring's data too, but for copies out of a ring that overwrites. */
  readMemory: Memory;
  private readonly words: Int32Array<ArrayBuffer>;
  private readonly surroundings: Surroundings;
  private readonly handle: HandleOfRing;
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
    this.handle = handleOf(this.words, layout, this.surroundings);
  }

  /**
   * The producing side; taken at the first call. @throws RtError ERROR_SHARING_VIOLATION when the only producer is
   * another handle
   */
  produce(operation: string): Producer {
    const isLone = !this.layout.manyProducers;
    return (this.producer ??= this.take(operation, isLone ? RingWord.producer : 0, () => this.handle.produce()));
  }

  /** The consuming side. */
  consume(operation: string): Consumer {
    if (this.consumer !== undefined) return this.consumer;
    const isLone = !this.layout.manyConsumers;
    const consumer = this.take(operation, isLone ? RingWord.consumer : 0, () => this.handle.consume());
    if (consumer.copies !== undefined) this.readMemory = memoryOf(consumer.copies);
    return (this.consumer = consumer);
  }

  /** Whether taken messages are read from copies, see `readMemory`. */
  get readsCopies(): boolean {
    return readsCopies(this.layout);
  }

  /** Holds when there is a message. */
  makeReadable({ descriptor, header }: Opened): DataCondition {
    return new DataCondition(descriptor, header, () => this.isReadable());
  }

  /** Holds when there is a free slot. */
  makeWritable({ descriptor, header }: Opened): DataCondition {
    return new DataCondition(descriptor, header, () => this.isWritable());
  }

  isReadable(): boolean {
    return this.words.length > 0 && this.handle.isReadable(); // 0: closed
  }

  isWritable(): boolean {
    return this.words.length > 0 && this.handle.isWritable();
  }

  /** Whether slots of threads that ended were moved on since the last call: others may be able to go on now. */
  hasPassedOver(): boolean {
    return this.handle.hasPassedOver();
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
    const { producer, consumer, layout } = this;
    this.producer = undefined;
    this.consumer = undefined;
    try {
      if (producer !== undefined || consumer !== undefined) this.handle.leave(); // before the sides are somebody else's
    } finally {
      if (producer !== undefined && !layout.manyProducers) this.giveSide(RingWord.producer);
      if (consumer !== undefined && !layout.manyConsumers) this.giveSide(RingWord.consumer);
    }
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
    throw failure(
      "ERROR_FILE_CORRUPT",
      this.name,
      `${what}: end all programs that have the ring open, and start them again`,
    );
  }

  private busy(): never {
    throw failure(
      "ERROR_BUSY",
      this.name,
      "a message is being copied in: what runs when its fields are read must not push to the same ring",
    );
  }

  /** @param word the word of a side of one, else 0 */
  private take<Side>(operation: string, word: number, side: () => Side | undefined): Side {
    if (word !== 0) this.takeSide(word, operation);
    let taken: Side | undefined;
    try {
      taken = side();
    } finally {
      if (taken === undefined && word !== 0) this.giveSide(word);
    }
    if (taken !== undefined) return taken;
    const detail = "1023 handles use this ring, the most there can be";
    throw new RtError("ERROR_NOT_ENOUGH_MEMORY", `ring.${operation}`, this.name, detail);
  }

  private takeSide(word: number, operation: string): void {
    const owner = claimSide(this.words, word, this.surroundings);
    if (owner === 0) return;
    const what = word === RingWord.producer ? "producer" : "consumer";
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
