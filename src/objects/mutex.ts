// Mutexes, owned by tokens.
import { ABANDONED_RESULT, Mutex as KernelMutex, type Opened } from "../kernel/index.js";
import { RtError } from "../errors/rt-error.js";
import { checkDescriptor, checkName } from "./arguments.js";
import { Lock } from "./lock.js";
import { openAs, type Way } from "./open-object.js";
import { checkMade } from "./shared-object.js";
import {
  WaitableObject,
  isTimeOut,
  type EndlessSyncWaitOptions,
  type SyncWaitOptions,
  type TimedWaitOptions,
  type WaitOptions,
} from "./waitable-object.js";

const open = (way: Way): Mutex => openAs("mutex", way, {}, (opened) => new Mutex(opened));

/**
 * A lock between tasks, threads and processes. If its owner dies it is free at once, and the next owner is told
 * (`abandoned`). It is not recursive: a task that acquires it twice waits for itself.
 * @example
 * using mutex = Mutex.openOrCreate("Line3.Config");
 * await mutex.run(() => writeConfig());
 */
export class Mutex extends WaitableObject<KernelMutex> {
  #lock: Lock | undefined;

  /** @internal */
  constructor(opened: Opened) {
    super(checkMade(opened, "Mutex"), "mutex", new KernelMutex(opened.descriptor, opened.header, false));
  }

  /** Makes a mutex, free. @throws RtError ERROR_ALREADY_EXISTS when the name is taken */
  static create(name: string): Mutex {
    return open({ create: checkName(name) });
  }

  /** Makes one without a name: others attach to what `describe()` says. */
  static createUnnamed(): Mutex {
    return open({ create: null });
  }

  /**
   * Opens an existing mutex. @throws RtError ERROR_FILE_NOT_FOUND when nobody holds the name, ERROR_INVALID_HANDLE when
   * it is no mutex's
   */
  static open(name: string): Mutex {
    return open({ open: checkName(name) });
  }

  /** Opens the mutex of this name, or makes it: `created` tells which. */
  static openOrCreate(name: string): Mutex {
    return open({ openOrCreate: checkName(name) });
  }

  /** Opens what `describe()` of another handle says. @throws RtError ERROR_FILE_NOT_FOUND when it is gone */
  static attach(descriptor: string): Mutex {
    return open({ attach: checkDescriptor(descriptor) });
  }

  /** Resolves to the lock once this task has it; with `timeoutMs` to undefined when that passes first. */
  acquire(options?: WaitOptions): Promise<Lock>;
  acquire(options: WaitOptions | TimedWaitOptions): Promise<Lock | undefined>;
  acquire(options: WaitOptions | TimedWaitOptions = {}): Promise<Lock | undefined> {
    return this.#acquire("acquire", options);
  }

  /**
   * The same, blocking the thread.
   * @throws RtError ERROR_POSSIBLE_DEADLOCK when this thread owns the mutex and no time-out would end the wait
   */
  acquireSync(options?: EndlessSyncWaitOptions): Lock;
  acquireSync(options: SyncWaitOptions): Lock | undefined;
  acquireSync(options: SyncWaitOptions = {}): Lock | undefined {
    return this.#acquireSync("acquireSync", options);
  }

  /** The lock, if the mutex is free now. */
  tryAcquire(): Lock | undefined {
    return this.#acquireSync("tryAcquire", { timeoutMs: 0 });
  }

  /**
   * Runs a function while owning the mutex, which is released however it ends.
   * @throws RtError WAIT_TIMEOUT when `timeoutMs` passes first: the function did not run
   */
  async run<Result>(
    action: (lock: Lock) => Result | PromiseLike<Result>,
    options: WaitOptions | TimedWaitOptions = {},
  ): Promise<Result> {
    if (typeof action !== "function") throw new TypeError(`action must be a function, not ${typeof action}`);
    const lock = await this.#acquire("run", options);
    if (lock === undefined) throw new RtError("WAIT_TIMEOUT", "mutex.run", this.name);
    try {
      return await action(lock);
    } finally {
      lock.release();
    }
  }

  /** @internal The token for a result of the kernel; undefined for a time-out. */
  lockOf(result: number): Lock | undefined {
    return isTimeOut(result) ? undefined : (this.#lock = new Lock(this, (result & ABANDONED_RESULT) !== 0));
  }

  /** @internal */
  releaseLock(lock: Lock): void {
    if (this.#lock !== lock) return;
    this.#lock = undefined;
    try {
      this.waitable.release();
    } catch (error) {
      throw this.failed(error, "release");
    }
  }

  #acquire(operation: string, options: WaitOptions | TimedWaitOptions): Promise<Lock | undefined> {
    return this.waitFor(operation, options, (result) => this.lockOf(result));
  }

  #acquireSync(operation: string, options: SyncWaitOptions): Lock | undefined {
    return this.lockOf(this.waitForSync(operation, options));
  }

  /** Releases the lock too, if there is one: nobody could do it afterwards. */
  protected override closeObject(): void {
    this.#lock?.release();
    super.closeObject();
  }
}
