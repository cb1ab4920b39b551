// Semaphores.
import { type Opened, Semaphore as KernelSemaphore } from "../kernel/index.js";
import { failure } from "../errors/rt-error.js";
import { checkDescriptor, checkInteger, checkName, checkOptions } from "./arguments.js";
import { checkSame } from "./agreement.js";
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

const LARGEST = 0x7fff_ffff;

/** What a new semaphore starts with. */
export interface SemaphoreOptions {
  /** Units there are from the start; 0 when left out. */
  readonly initial?: number;
  /** The most there can be; 2147483647 when left out. */
  readonly maximum?: number;
}

function open(way: Way, options: SemaphoreOptions): Semaphore {
  checkOptions(options, ["initial", "maximum"]);
  const { initial = 0, maximum: most = LARGEST } = options;
  const maximum = checkInteger("maximum", most, 1, LARGEST);
  const count = checkInteger("initial", initial, 0, maximum);
  return openAs("semaphore", way, { count, maximum }, (opened) => {
    checkSame(opened, "maximum", opened.header.maximum, options.maximum);
    return new Semaphore(opened);
  });
}

/**
 * A count of units that waits take one by one. A unit belongs to nobody: who takes one and dies has used it.
 * @example
 * using slots = Semaphore.openOrCreate("Pool.Slots", { initial: 4, maximum: 4 });
 * if (await slots.acquire({ timeoutMs: 1000 })) {
 *   try {
 *     work();
 *   } finally {
 *     slots.release();
 *   }
 * }
 */
export class Semaphore extends WaitableObject<KernelSemaphore> {
  /** The most units there can be, as its creator decided. */
  readonly maximum: number;

  /** @internal */
  constructor(opened: Opened) {
    super(checkMade(opened, "Semaphore"), "semaphore", new KernelSemaphore(opened.descriptor, opened.header));
    this.maximum = opened.header.maximum;
  }

  /** Makes a semaphore. @throws RtError ERROR_ALREADY_EXISTS when the name is taken */
  static create(name: string, options: SemaphoreOptions = {}): Semaphore {
    return open({ create: checkName(name) }, options);
  }

  /** Makes one without a name: others attach to what `describe()` says. */
  static createUnnamed(options: SemaphoreOptions = {}): Semaphore {
    return open({ create: null }, options);
  }

  /**
   * Opens an existing semaphore. @throws RtError ERROR_FILE_NOT_FOUND when nobody holds the name, ERROR_INVALID_HANDLE
   * when it is no semaphore's
   */
  static open(name: string): Semaphore {
    return open({ open: checkName(name) }, {});
  }

  /**
   * Opens the semaphore of this name, or makes it: `created` tells which. `initial` is for a new one.
   * @throws RtError ERROR_INVALID_DATA when it is there and `maximum` says otherwise
   */
  static openOrCreate(name: string, options: SemaphoreOptions = {}): Semaphore {
    return open({ openOrCreate: checkName(name) }, options);
  }

  /** Opens what `describe()` of another handle says. @throws RtError ERROR_FILE_NOT_FOUND when it is gone */
  static attach(descriptor: string): Semaphore {
    return open({ attach: checkDescriptor(descriptor) }, {});
  }

  /**
   * Adds units, which satisfies as many waits.
   * @returns how many there were before
   * @throws RtError ERROR_TOO_MANY_POSTS when the maximum would be passed: then nothing changed
   */
  release(units = 1): number {
    const semaphore = this.toWait("release");
    checkInteger("units", units, 1, LARGEST);
    try {
      const before = semaphore.release(units);
      if (before < 0) throw failure("ERROR_TOO_MANY_POSTS", this.name);
      return before;
    } catch (error) {
      throw this.failed(error, "release");
    }
  }

  /** Resolves when a unit was taken; with `timeoutMs` to false when that passes first. */
  acquire(options?: WaitOptions): Promise<true>;
  acquire(options: WaitOptions | TimedWaitOptions): Promise<boolean>;
  acquire(options: WaitOptions | TimedWaitOptions = {}): Promise<boolean> {
    return this.waitFor("acquire", options, (result) => !isTimeOut(result));
  }

  /** The same, blocking the thread. @returns false when the time-out passed */
  acquireSync(options?: EndlessSyncWaitOptions): true;
  acquireSync(options: SyncWaitOptions): boolean;
  acquireSync(options: SyncWaitOptions = {}): boolean {
    return !isTimeOut(this.waitForSync("acquireSync", options));
  }

  /** Takes a unit if there is one, without waiting. */
  tryAcquire(): boolean {
    return !isTimeOut(this.waitForSync("tryAcquire", { timeoutMs: 0 }));
  }
}
