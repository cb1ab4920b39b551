// The token of a snapshot's writer: who has it is the only one in all processes who can publish values.
import { type DataCondition, threadId, isStillAlive, processOf } from "../../kernel/index.js";
import { claimWriter, isWriter, releaseWriter } from "../../data/snapshot/claim.js";
import type { SnapshotMemory } from "../../protocol/snapshot-layout.js";
import { SnapshotPublisher } from "../../data/snapshot/writer.js";
import { RtError, labelled } from "../../errors/rt-error.js";
import { staysHere } from "../stays-here.js";
import type { StructType } from "../../struct/struct-type.js";

/** What a writer needs of its snapshot. */
export interface Written<Value, View> {
  readonly name: string | null;
  readonly type: StructType<Value, View>;
  readonly memory: SnapshotMemory;
  /** Tells those who wait. */
  readonly changeSignal: DataCondition;
  /** The writer has given its claim back. */
  noteWriterClosed(): void;
}

function claimedBy(holder: number): string {
  if (holder === threadId()) return "this thread writes it already: use that writer, or close it first";
  const pid = processOf(holder);
  const other = pid === 0 ? "a thread that has just ended" : `process ${String(pid)}`;
  const where = pid === process.pid ? "another thread of this process" : other;
  return `${where} writes it, and only one can: end that writer first`;
}

const isThenable = (value: unknown): boolean =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";

/**
 * The right to write a snapshot. It belongs to the thread that got it and ends with it, however that ends; the next
 * writer then goes on from the last value that was published.
 * @example
 * using writer = sensor.writer();
 * writer.update((view) => { view.x += 1; });
 */
export class SnapshotWriter<Value, View> implements Disposable, AsyncDisposable {
  /** @internal */
  readonly handle = staysHere("snapshot's writer", "open the snapshot there, and ask it for a writer");
  readonly #written: Written<Value, View>;
  readonly #publisher: SnapshotPublisher;
  readonly #view: View;
  readonly #threadId = threadId();
  #isClosed = false;
  #isUpdating = false;

  /** @internal @throws RtError ERROR_SHARING_VIOLATION when a live thread writes */
  constructor(written: Written<Value, View>) {
    const { memory, type, name } = written;
    const holder = claimWriter(memory.words, this.#threadId, isStillAlive);
    if (holder !== 0) throw new RtError("ERROR_SHARING_VIOLATION", "snapshot.writer", name, claimedBy(holder));
    this.#written = written;
    try {
      this.#publisher = new SnapshotPublisher(memory);
      this.#view = type.view(this.#publisher.draft.buffer);
    } catch (error) {
      releaseWriter(memory.words, this.#threadId);
      throw error;
    }
  }

  /** Whether the claim was given back. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * The draft: private memory that holds the last value, to be changed and then published. What is stored here is seen
   * by nobody before `publish()`.
   */
  get view(): View {
    this.#check("view");
    return this.#view;
  }

  /** Publishes the draft. @returns the version it has now */
  publish(): number {
    this.#check("publish");
    return this.#publish("publish");
  }

  /**
   * Publishes a whole value.
   * @returns its version
   * @throws TypeError, RangeError when a part is missing or does not fit: nothing is published then
   */
  write(value: Value): number {
    this.#check("write");
    const publisher = this.#publisher;
    try {
      this.#written.type.write(publisher.draft.buffer, 0, value);
    } catch (error) {
      publisher.restore(); // unpublished changes of the view are gone too
      throw error;
    }
    return this.#publish("write");
  }

  /**
   * Publishes what a function makes of the last value. It has to be done when it returns.
   * @returns the version it has now
   * @throws what the function throws: nothing is published then
   */
  update(change: (view: View) => void): number {
    this.#check("update");
    this.#isUpdating = true;
    try {
      if (isThenable(change(this.#view)))
        throw new TypeError("change must be done when it returns: use view and publish() for what takes longer");
    } catch (error) {
      if (!this.#isClosed) this.#publisher.restore();
      throw error;
    } finally {
      this.#isUpdating = false;
    }
    this.#check("update"); // the function may have closed it
    return this.#publish("update");
  }

  /** Lets others write. Once more does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    releaseWriter(this.#written.memory.words, this.#threadId);
    this.#written.noteWriterClosed();
  }

  /** Closes it, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** The same for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #publish(operation: string): number {
    const version = this.#publisher.publish();
    try {
      this.#written.changeSignal.notify();
    } catch (error) {
      throw labelled(error, `snapshotWriter.${operation}`);
    }
    return version;
  }

  #check(operation: string): void {
    if (this.#isClosed || this.#isUpdating || !isWriter(this.#written.memory.words, this.#threadId))
      this.#refuse(operation);
  }

  #refuse(operation: string): never {
    const called = `snapshotWriter.${operation}`;
    const { name } = this.#written;
    if (this.#isClosed) throw new RtError("ERROR_INVALID_HANDLE", called, name, "the writer is closed");
    if (this.#isUpdating)
      throw new TypeError(`${operation} inside update: change the view that the function was given`);
    throw new RtError("ERROR_SHARING_VIOLATION", called, name, "the shared bytes name another writer: close this one");
  }
}
