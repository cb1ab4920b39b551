// Rings: bounded queues of messages between threads and processes. The ways to one, waiting, iteration, streams.
import type { Readable, Writable } from "node:stream";
import type { ReadableStream, WritableStream } from "node:stream/web";
import {
  descriptorFd,
  Mapping,
  type NewObject,
  type Opened,
  type DataCondition,
  waitOne,
  waitAsync,
} from "../../kernel/index.js";
import { flagsOf } from "../../protocol/ring-layout.js";
import type { StructType } from "../../struct/struct-type.js";
import { structureOf } from "../agreement.js";
import { checkDescriptor, checkName } from "../arguments.js";
import { openAs, type Way } from "../open-object.js";
import { AGAIN, leftMs, retrySync } from "../retry.js";
import { RingCore } from "./ring-core.js";
import { RingHandle } from "./ring-handle.js";
import { ByteItems, StructItems, type Items } from "./ring-items.js";
import {
  checkWanted,
  layoutOfExisting,
  layoutOfNew,
  type ByteMessages,
  type RingOpening,
  type RingSize,
  type StructMessages,
  type Wanted,
} from "./ring-options.js";
import { readableOf, readableStreamOf, writableOf, writableStreamOf } from "./ring-streams.js";
import { turns, type OnPending } from "../turns.js";
import {
  checkSyncWait,
  checkTurns,
  checkWait,
  isTimeOut,
  type SyncWaitOptions,
  type TimedWaitOptions,
  type WaitOptions,
} from "../waitable-object.js";

type AnyOptions = RingOpening & { readonly item?: unknown; readonly messageBytes?: unknown };

/**
 * After so many waits that were satisfied at once, the event loop gets a turn: messages that never end would stop it.
 */
const AT_ONCE_A_TURN = 64;

function open(way: Way, options: AnyOptions, mayCreate: boolean): Ring<unknown, unknown> {
  const wanted = checkWanted(options);
  return openAs("ring", way, mayCreate ? newRing(wanted) : {}, (opened) => {
    const { header } = opened;
    const { layout } = layoutOfExisting(header, wanted);
    const fd = descriptorFd(opened.descriptor);
    const mapping = Mapping.create(fd, header.headerBytes, header.sizeBytes, true, header.name);
    try {
      const core = new RingCore(mapping, layout, header.name);
      const items =
        options.item === undefined
          ? new ByteItems(layout.itemBytes, (what) => core.corrupt(what))
          : new StructItems(options.item as StructType);
      return new Ring(opened, core, items);
    } catch (error) {
      mapping.unmap();
      throw error;
    }
  });
}

function newRing(wanted: Wanted): NewObject {
  const { layout, declared } = layoutOfNew(wanted);
  return {
    sizeBytes: layout.sizeBytes,
    maximum: layout.capacity,
    flags: flagsOf(layout),
    structure: structureOf(declared),
  };
}

/**
 * A bounded queue of structs, or of byte messages, between threads and processes. Each message comes out once, in the
 * order in which it went in. Who is killed loses at most the message in its hands, and stops nobody.
 * @example
 * const Frame = struct("Frame", { index: u32, width: u32, height: u32 });
 * using frames = Ring.openOrCreate("Camera.Frames", { item: Frame, capacity: 64, producers: "one", consumers: "one" });
 * frames.tryPush({ index: 7, width: 1920, height: 1080 });
 */
export class Ring<Value = Uint8Array, View = Uint8Array> extends RingHandle<Value, View> {
  #atOnce = 0;

  /** @internal */
  constructor(opened: Opened, core: RingCore, items: Items<Value, View>) {
    super(opened, core, items);
  }

  /** Makes a ring. @throws RtError ERROR_ALREADY_EXISTS when the name is taken */
  static create(name: string, options: ByteMessages & RingSize): Ring;
  static create<Value, View>(name: string, options: StructMessages<Value, View> & RingSize): Ring<Value, View>;
  static create(name: string, options: AnyOptions): Ring<unknown, unknown> {
    return open({ create: checkName(name) }, options, true);
  }

  /** Makes one without a name: others attach to what `describe()` says. */
  static createUnnamed(options: ByteMessages & RingSize): Ring;
  static createUnnamed<Value, View>(options: StructMessages<Value, View> & RingSize): Ring<Value, View>;
  static createUnnamed(options: AnyOptions): Ring<unknown, unknown> {
    return open({ create: null }, options, true);
  }

  /**
   * Opens an existing ring. A ring of structs is opened with its struct; what else is said has to be as its creator
   * chose.
   * @throws RtError ERROR_FILE_NOT_FOUND when nobody holds the name, ERROR_INVALID_DATA when the creator's ring is
   *   another,
   *   ERROR_INVALID_HANDLE when the name is no ring's
   */
  static open(name: string, options?: Partial<ByteMessages> & RingOpening): Ring;
  static open<Value, View>(name: string, options: StructMessages<Value, View> & RingOpening): Ring<Value, View>;
  static open(name: string, options: AnyOptions = {}): Ring<unknown, unknown> {
    return open({ open: checkName(name) }, options, false);
  }

  /** Opens the ring of this name, or makes it: `created` tells which. Errors of both. */
  static openOrCreate(name: string, options: ByteMessages & RingSize): Ring;
  static openOrCreate<Value, View>(name: string, options: StructMessages<Value, View> & RingSize): Ring<Value, View>;
  static openOrCreate(name: string, options: AnyOptions): Ring<unknown, unknown> {
    return open({ openOrCreate: checkName(name) }, options, true);
  }

  /** Opens what `describe()` of another handle says. Errors as for `open`. */
  static attach(descriptor: string, options?: Partial<ByteMessages> & RingOpening): Ring;
  static attach<Value, View>(descriptor: string, options: StructMessages<Value, View> & RingOpening): Ring<Value, View>;
  static attach(descriptor: string, options: AnyOptions = {}): Ring<unknown, unknown> {
    return open({ attach: checkDescriptor(descriptor) }, options, false);
  }

  /** Puts a copy of a message in, once there is room. Resolves with `timeoutMs` to false when that passes first. */
  push(value: Value, options?: WaitOptions): Promise<true>;
  push(value: Value, options: WaitOptions | TimedWaitOptions): Promise<boolean>;
  async push(value: Value, options: WaitOptions | TimedWaitOptions = {}): Promise<boolean> {
    return (await this.#retry("push", () => this.tryPush(value) || undefined, this.writable, options)) ?? false;
  }

  /** The same, blocking the thread. @returns false when the time-out passed */
  pushSync(value: Value, options: SyncWaitOptions = {}): boolean {
    return this.#retrySync("pushSync", () => this.tryPush(value) || undefined, this.writable, options) ?? false;
  }

  /**
   * Puts copies of all the messages in, as room comes. @returns how many: fewer only when `timeoutMs` passed. An abort
   * rejects without telling how many: `tryPushBatch` does.
   */
  async pushBatch(values: readonly Value[], options: WaitOptions | TimedWaitOptions = {}): Promise<number> {
    const batch = this.#batch(values);
    await this.#retry("pushBatch", batch.attempt, this.writable, options);
    return batch.done();
  }

  /** The same, blocking the thread. */
  pushBatchSync(values: readonly Value[], options: SyncWaitOptions = {}): number {
    const batch = this.#batch(values);
    this.#retrySync("pushBatchSync", batch.attempt, this.writable, options);
    return batch.done();
  }

  /** Takes the oldest message out, once there is one. Resolves with `timeoutMs` to undefined when that passes first. */
  pop(options?: WaitOptions): Promise<Value>;
  pop(options: WaitOptions | TimedWaitOptions): Promise<Value | undefined>;
  pop(options: WaitOptions | TimedWaitOptions = {}): Promise<Value | undefined> {
    return this.#retry("pop", () => this.tryPop(), this.waitable, options);
  }

  /** The same, blocking the thread. */
  popSync(options?: SyncWaitOptions & { readonly timeoutMs?: undefined }): Value;
  popSync(options: SyncWaitOptions): Value | undefined;
  popSync(options: SyncWaitOptions = {}): Value | undefined {
    return this.#retrySync("popSync", () => this.tryPop(), this.waitable, options);
  }

  /** Takes up to `most` messages out, once there is one. @returns none only when `timeoutMs` passed */
  async popBatch(most = this.capacity, options: WaitOptions | TimedWaitOptions = {}): Promise<Value[]> {
    return (await this.#retry("popBatch", () => this.#popSome(most), this.waitable, options)) ?? [];
  }

  /** The same, blocking the thread. */
  popBatchSync(most = this.capacity, options: SyncWaitOptions = {}): Value[] {
    return this.#retrySync("popBatchSync", () => this.#popSome(most), this.waitable, options) ?? [];
  }

  /** Resolves when there is a message, and takes nothing; with `timeoutMs` to false when that passes first. */
  async waitReadable(options: WaitOptions | TimedWaitOptions = {}): Promise<boolean> {
    return (await this.#retry("waitReadable", () => this.isReadable || undefined, this.waitable, options)) ?? false;
  }

  /** The same, blocking the thread. */
  waitReadableSync(options: SyncWaitOptions = {}): boolean {
    return this.#retrySync("waitReadableSync", () => this.isReadable || undefined, this.waitable, options) ?? false;
  }

  /** Resolves when there is room for a message; with `timeoutMs` to false when that passes first. */
  async waitWritable(options: WaitOptions | TimedWaitOptions = {}): Promise<boolean> {
    return (await this.#retry("waitWritable", () => this.isWritable || undefined, this.writable, options)) ?? false;
  }

  /** The same, blocking the thread. */
  waitWritableSync(options: SyncWaitOptions = {}): boolean {
    return this.#retrySync("waitWritableSync", () => this.isWritable || undefined, this.writable, options) ?? false;
  }

  /**
   * The messages as they come. With one consumer a message leaves the ring when the loop asks for the next one or ends:
   * if the process is killed before, the next consumer gets it again. So one loop or stream at a time. Ends by an
   * error: the signal's reason, or ERROR_INVALID_HANDLE when the ring is closed, which leaves the message of this turn
   * in the ring.
   */
  items(options: WaitOptions = {}): AsyncGenerator<Value, never> {
    return turns(
      () => checkTurns(options),
      (onPending) => this.#retry("items", () => this.tryHandOut(), this.waitable, options, onPending) as Promise<Value>,
      () => {
        this.handedOut(true);
      },
    );
  }

  /** The same as `items()`: `for await (const message of ring) …`. */
  [Symbol.asyncIterator](): AsyncGenerator<Value, never> {
    return this.items();
  }

  /**
   * A stream of Node's kind, in object mode, whose chunks are the messages. It ends when it is destroyed, by an error
   * when the ring is closed.
   */
  toReadable(): Readable {
    return readableOf(this);
  }

  /** A stream of Node's kind that pushes its chunks. One that the ring does not take is the stream's error. */
  toWritable(): Writable {
    return writableOf(this, !this.isOfBytes);
  }

  /** A web stream whose chunks are the messages. Takes none that is not asked for. */
  toReadableStream(): ReadableStream<Value> {
    return readableStreamOf(this);
  }

  /** A web stream that pushes its chunks. */
  toWritableStream(): WritableStream<Value> {
    return writableStreamOf(this);
  }

  #popSome(most: number): Value[] | undefined {
    const values = this.tryPopBatch(most);
    return values.length > 0 ? values : undefined;
  }

  #batch(values: readonly Value[]): { attempt: () => true | undefined; done: () => number } {
    let done = 0;
    return {
      attempt: () => {
        done += this.tryPushBatch(values, done);
        return done >= values.length ? true : undefined;
      },
      done: () => done,
    };
  }

  async #retry<Result>(
    operation: string,
    attempt: () => Result | undefined,
    condition: DataCondition,
    options: WaitOptions | TimedWaitOptions,
    onPending?: OnPending,
  ): Promise<Result | undefined> {
    const { timeoutMs, signal, ref = this.keepsAlive } = checkWait(options);
    try {
      const first = attempt();
      if (first !== undefined || timeoutMs === 0) {
        if (++this.#atOnce >= AT_ONCE_A_TURN) await this.#turn();
        return first;
      }
      const how = { ref, signal, onPending };
      const look = (result: number): Result | undefined | typeof AGAIN => {
        const next = attempt();
        return next !== undefined || isTimeOut(result) ? next : AGAIN;
      };
      // The loop of `retry`, here: an async function more takes a third of what a message there and back takes.
      const deadlineMs = performance.now() + timeoutMs;
      for (;;) {
        signal?.throwIfAborted();
        const found = await waitAsync([condition], false, leftMs(deadlineMs), how, look);
        if (found !== AGAIN) return found;
      }
    } catch (error) {
      throw this.failed(error, operation, "");
    }
  }

  #turn(): Promise<void> {
    this.#atOnce = 0;
    return new Promise((resolve) => setImmediate(resolve));
  }

  #retrySync<Result>(
    operation: string,
    attempt: () => Result | undefined,
    condition: DataCondition,
    options: SyncWaitOptions,
  ): Result | undefined {
    const timeoutMs = checkSyncWait(options);
    try {
      const first = attempt();
      if (first !== undefined || timeoutMs === 0) return first;
      return retrySync(timeoutMs, (ms) => {
        const result = waitOne(condition, ms);
        const next = attempt();
        return next !== undefined || isTimeOut(result) ? next : AGAIN;
      });
    } catch (error) {
      throw this.failed(error, operation, "");
    }
  }
}
