// Snapshots: the newest whole value of a struct, written by one, read by any number.
import { descriptorFd, Mapping, type Opened, type DataCondition } from "../../kernel/index.js";
import { SnapshotMemory, snapshotBytes } from "../../protocol/snapshot-layout.js";
import { SnapshotReader, UNREADABLE } from "../../data/snapshot/reader.js";
import type { Header } from "../../protocol/object-header.js";
import { RtError, failure, labelled } from "../../errors/rt-error.js";
import { isStruct, type StructType } from "../../struct/struct-type.js";
import { checkStructure, structureOf } from "../agreement.js";
import { checkDescriptor, checkInteger, checkName } from "../arguments.js";
import { openAs, type Way } from "../open-object.js";
import { Change, SnapshotChanges, type Awaited } from "./snapshot-changes.js";
import { SnapshotCopy } from "./snapshot-copy.js";
import { SnapshotWriter } from "./snapshot-writer.js";
import { checkMade } from "../shared-object.js";
import { turns, type OnPending } from "../turns.js";
import {
  WaitableObject,
  checkSyncWait,
  checkTurns,
  checkWait,
  type SyncWaitOptions,
  type TimedWaitOptions,
  type WaitOptions,
} from "../waitable-object.js";

/** From which version on a change counts. */
export interface Since {
  /** A version; when left out, the one that this handle read last: 0 if it has read none. */
  readonly since?: number;
}

function checkType(type: StructType): void {
  if (!isStruct(type)) throw new TypeError("type must be a struct, made by struct() of rtshm/struct");
}

function checkLayout(header: Header, type: StructType): void {
  checkStructure(header, type);
  const { structure, sizeBytes, name } = header;
  if (structure === null || sizeBytes !== snapshotBytes(type.sizeBytes))
    throw failure(
      "ERROR_FILE_CORRUPT",
      name,
      `the header says ${String(sizeBytes)} bytes, a snapshot of ${type.name} has ${String(snapshotBytes(type.sizeBytes))}`,
    );
}

function open<Value, View>(way: Way, type: StructType<Value, View>): Snapshot<Value, View> {
  checkType(type);
  const initial = { sizeBytes: snapshotBytes(type.sizeBytes), structure: structureOf(type) };
  return openAs("snapshot", way, initial, (opened) => {
    const { header } = opened;
    checkLayout(header, type);
    const fd = descriptorFd(opened.descriptor);
    const mapping = Mapping.create(fd, header.headerBytes, header.sizeBytes, true, header.name);
    try {
      return new Snapshot(opened, mapping, type);
    } catch (error) {
      mapping.unmap();
      throw error;
    }
  });
}

/**
 * The newest value of a struct. One thread of all processes writes it; any number in any process read it, always a
 * whole value, and never hold up the writer. When the writer ends in the middle of a value, the last whole one stays,
 * and another can write. In `waitAny` it counts as signalled while there is a value that this handle has not read.
 * @example
 * const Sensor = struct("Sensor", { x: f64, y: f64 });
 * using sensor = Snapshot.openOrCreate("Line3.Sensor", Sensor);
 * sensor.write({ x: 1, y: 2 });
 * const { x, y } = sensor.read();
 */
export class Snapshot<Value, View = unknown> extends WaitableObject<DataCondition> {
  /** The struct of its values. */
  readonly type: StructType<Value, View>;
  readonly #memory: SnapshotMemory;
  readonly #mapping: Mapping;
  readonly #reader: SnapshotReader;
  readonly #unread: Change;
  readonly #changes: SnapshotChanges;
  #own: SnapshotCopy<Value, View> | undefined;
  #writer: SnapshotWriter<Value, View> | undefined;

  /** @internal */
  constructor(opened: Opened, mapping: Mapping, type: StructType<Value, View>) {
    checkMade(opened, "Snapshot");
    const memory = new SnapshotMemory(mapping.buffer, type.sizeBytes);
    const reader = new SnapshotReader(memory);
    const unread = new Change(opened, reader);
    super(opened, "snapshot", unread.signal);
    this.type = type;
    this.#memory = memory;
    this.#mapping = mapping;
    this.#reader = reader;
    this.#unread = unread;
    this.#changes = new SnapshotChanges(opened, reader);
  }

  /**
   * Makes a snapshot of a struct. @throws RtError ERROR_ALREADY_EXISTS when the name is taken, ERROR_COMMITMENT_LIMIT
   * when the machine has not so much memory
   */
  static create<Value, View>(name: string, type: StructType<Value, View>): Snapshot<Value, View> {
    return open({ create: checkName(name) }, type);
  }

  /** Makes one without a name: others attach to what `describe()` says. */
  static createUnnamed<Value, View>(type: StructType<Value, View>): Snapshot<Value, View> {
    return open({ create: null }, type);
  }

  /**
   * Opens an existing snapshot.
   * @throws RtError ERROR_FILE_NOT_FOUND when nobody holds the name, ERROR_INVALID_DATA when the creator's struct is
   *   another,
   *   ERROR_INVALID_HANDLE when the name is no snapshot's
   */
  static open<Value, View>(name: string, type: StructType<Value, View>): Snapshot<Value, View> {
    return open({ open: checkName(name) }, type);
  }

  /** Opens the snapshot of this name, or makes it: `created` tells which. Errors of both. */
  static openOrCreate<Value, View>(name: string, type: StructType<Value, View>): Snapshot<Value, View> {
    return open({ openOrCreate: checkName(name) }, type);
  }

  /** Opens what `describe()` of another handle says. Errors as for `open`. */
  static attach<Value, View>(descriptor: string, type: StructType<Value, View>): Snapshot<Value, View> {
    return open({ attach: checkDescriptor(descriptor) }, type);
  }

  /** How many values were published so far; 0: none yet. */
  get version(): number {
    this.checkOpen("version");
    const version = this.#reader.version();
    if (version === UNREADABLE) throw this.#unreadable("version");
    return version;
  }

  /**
   * The newest value as a plain object. Before the first one, that of zero bytes.
   * @throws RtError ERROR_BUSY when it changes too fast to be read: no writer is so fast, so its bytes are probably
   *   damaged
   */
  read(): Value {
    const own = (this.#own ??= new SnapshotCopy(this, this.type));
    this.#readCopy(own, "read");
    return own.get();
  }

  /** A private copy of the newest value, for who reads often. Errors of `read`. */
  copy(): SnapshotCopy<Value, View> {
    const copy = new SnapshotCopy(this, this.type);
    this.#readCopy(copy, "copy");
    return copy;
  }

  /**
   * Reads the newest value without allocating anything.
   * @param target a copy that `copy()` gave, or as many bytes as the struct has
   * @returns its version. Errors of `read`; the target's bytes are undefined then
   */
  readInto(target: SnapshotCopy<Value, View> | Uint8Array): number {
    this.checkOpen("readInto");
    if (!(target instanceof SnapshotCopy)) return this.#readInto(this.#checkBytes(target), "readInto");
    if (target.type !== this.type && target.type.hash !== this.type.hash)
      throw new TypeError(`target must be a copy of a ${this.type.name}, not of a ${target.type.name}`);
    return this.#readCopy(target, "readInto");
  }

  /**
   * Claims the right to write, until the writer or this handle is closed or the thread ends.
   * @throws RtError ERROR_SHARING_VIOLATION when a live thread has it, saying which process; a dead one is replaced
   */
  writer(): SnapshotWriter<Value, View> {
    this.checkOpen("writer");
    return (this.#writer = new SnapshotWriter<Value, View>(this));
  }

  /**
   * Publishes a whole value, by this handle's writer; claims the right to write if it has none. Errors of both.
   * @returns its version
   */
  write(value: Value): number {
    if (this.#writer === undefined) this.type.check(value, this.type.name); // before anything is claimed
    try {
      return (this.#writer ?? this.writer()).write(value);
    } catch (error) {
      throw labelled(error, "snapshot.write", "snapshot");
    }
  }

  /**
   * Publishes what a function makes of the last value, as `write` does.
   * @example
   * sensor.update((view) => { view.x += 1; });
   */
  update(change: (view: View) => void): number {
    if (typeof change !== "function") throw new TypeError("change must be a function that changes the view");
    try {
      return (this.#writer ?? this.writer()).update(change);
    } catch (error) {
      throw labelled(error, "snapshot.update", "snapshot");
    }
  }

  /**
   * Resolves to the version when it is not `since`: at once if it is another already. With `timeoutMs`, to undefined
   * when that passes first.
   */
  changed(options?: WaitOptions & Since): Promise<number>;
  changed(options: (WaitOptions | TimedWaitOptions) & Since): Promise<number | undefined>;
  changed(options: (WaitOptions | TimedWaitOptions) & Since = {}): Promise<number | undefined> {
    return this.#changed("changed", options);
  }

  /** The same, blocking the thread. */
  changedSync(options: SyncWaitOptions & Since = {}): number | undefined {
    this.checkOpen("changedSync");
    const timeoutMs = checkSyncWait(options, ["since"]);
    try {
      return this.#changes.waitSync(this.#awaited("changedSync", options), timeoutMs);
    } catch (error) {
      throw this.failed(error, "changedSync", "");
    }
  }

  /**
   * The newest value each time there is a newer one than `since`, and than the one before: what was missed is skipped.
   * Ends by an error: the signal's reason when it is aborted, ERROR_INVALID_HANDLE when the snapshot is closed.
   * @example
   * for await (const { x, y } of sensor.changes({ signal })) draw(x, y);
   */
  changes(options: WaitOptions & Since = {}): AsyncGenerator<Value, never> {
    const copy = new SnapshotCopy(this, this.type);
    let since: number | undefined;
    return turns(
      () => ({ since } = checkTurns(options, ["since"])),
      async (onPending) => {
        await this.#changed("changes", since === undefined ? options : { ...options, since }, onPending);
        since = this.#readCopy(copy, "changes");
        return copy.get();
      },
    );
  }

  async #changed(
    operation: string,
    options: (WaitOptions | TimedWaitOptions) & Since,
    onPending?: OnPending,
  ): Promise<number | undefined> {
    this.checkOpen(operation);
    const wait = checkWait(options, ["since"]);
    try {
      return await this.#changes.wait(this.#awaited(operation, options), wait, wait.ref ?? this.keepsAlive, onPending);
    } catch (error) {
      throw this.failed(error, operation, "");
    }
  }

  /** @internal */
  get memory(): SnapshotMemory {
    return this.#memory;
  }

  /** @internal */
  get changeSignal(): DataCondition {
    return this.waitable;
  }

  /** @internal */
  noteWriterClosed(): void {
    this.#writer = undefined;
  }

  #readCopy(copy: SnapshotCopy<Value, View>, operation: string): number {
    this.checkOpen(operation);
    const version = this.#readInto(copy.bytes, operation);
    copy.noteVersion(version);
    return version;
  }

  #readInto(bytes: Uint8Array, operation: string): number {
    const version = this.#reader.copyTo(bytes);
    if (version === UNREADABLE) throw this.#unreadable(operation);
    return (this.#unread.since = version);
  }

  #checkBytes(target: unknown): Uint8Array {
    const { sizeBytes, name } = this.type;
    if (!(target instanceof Uint8Array)) throw new TypeError("target must be what copy() gave, or a Uint8Array");
    if (target.length !== sizeBytes)
      throw new RangeError(`target must have ${String(sizeBytes)} bytes, as ${name} has, not ${String(target.length)}`);
    return target;
  }

  #awaited(operation: string, options: Since): Awaited {
    const { since = this.#unread.since } = options;
    // Only what a program says: a version that was read can be any, from damaged bytes.
    if (options.since !== undefined) checkInteger("since", since, 0, Number.MAX_SAFE_INTEGER);
    const look = (): number => {
      this.checkOpen(operation);
      return this.version;
    };
    return { since, look };
  }

  #unreadable(operation: string): RtError {
    return new RtError(
      "ERROR_BUSY",
      `snapshot.${operation}`,
      this.name,
      "the value changed during each of a thousand attempts: no writer is so fast, something damages the shared bytes",
    );
  }

  protected override closeObject(): void {
    this.#writer?.close();
    this.#changes.close(() => this.closedError("changed"));
    super.closeObject();
    this.#mapping.unmap();
  }
}
