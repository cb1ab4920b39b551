// What the classes that can be waited for have in common: the kernel's object in this thread, and how their waits are
// asked for.
import { closeObject, type Opened, cancelWaits, waitOne, waitAsync, type Waitable } from "../kernel/index.js";
import { Status } from "../errors/status.js";
import { checkBoolean, checkOptions, checkSignal, checkTimeout } from "./arguments.js";
import { SharedObject } from "./shared-object.js";
import type { OnPending } from "./turns.js";

/** Options of a wait that ends only when it is satisfied or aborted. */
export interface WaitOptions {
  /** Ends the wait with nothing taken: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the wait keeps the process alive; when left out, as `ref()` and `unref()` have it. */
  readonly ref?: boolean | undefined;
  /** There is none. */
  readonly timeoutMs?: undefined;
}

/** Options of a wait that can time out. */
export interface TimedWaitOptions extends Omit<WaitOptions, "timeoutMs"> {
  /** Milliseconds, fractions too: 0 looks only; Infinity, or undefined, waits for ever. Never early. */
  readonly timeoutMs: number | undefined;
}

/** Options of a wait that blocks the thread. */
export interface SyncWaitOptions {
  /** As for `TimedWaitOptions`; when left out, for ever. */
  readonly timeoutMs?: number | undefined;
}

/** Options of a wait that blocks the thread until it is satisfied. */
export interface EndlessSyncWaitOptions {
  /** There is none. */
  readonly timeoutMs?: undefined;
}

const WAIT_OPTIONS = ["signal", "ref", "timeoutMs"];

/** Checked options of a wait. */
export interface Wait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly ref: boolean | undefined;
}

/**
 * @param others options of the operation that are none of its wait
 * @throws TypeError, RangeError for a wrong option; the reason of a signal that is aborted already
 */
export function checkWait(options: WaitOptions | TimedWaitOptions, others: readonly string[] = []): Wait {
  checkOptions(options, [...WAIT_OPTIONS, ...others]);
  const { signal, ref, timeoutMs = Infinity } = options;
  checkSignal(signal)?.throwIfAborted();
  return {
    signal,
    ref: ref === undefined ? undefined : checkBoolean("ref", ref),
    timeoutMs: checkTimeout(timeoutMs),
  };
}

/** The same of a wait that blocks. @throws TypeError, RangeError for a wrong option */
export function checkSyncWait(options: SyncWaitOptions, others: readonly string[] = []): number {
  checkOptions(options, ["timeoutMs", ...others]);
  const { timeoutMs = Infinity } = options;
  return checkTimeout(timeoutMs);
}

/**
 * Options of waits of which each is a turn of a loop. @throws TypeError for a time-out: its end would look like a turn
 */
export function checkTurns<Options extends WaitOptions>(options: Options, others: readonly string[] = []): Options {
  checkOptions(options, [...WAIT_OPTIONS, ...others]);
  if (options.timeoutMs !== undefined)
    throw new TypeError("there is no option timeoutMs here: end the loop by a signal, or wait for one with a time-out");
  return options;
}

/** Whether a result of the kernel says that the time-out passed. */
export const isTimeOut = (result: number): boolean => result === Status.WAIT_TIMEOUT;

/** An object that can be waited for. */
export abstract class WaitableObject<Kernel extends Waitable = Waitable> extends SharedObject {
  #isRef = true;

  readonly #waitable: Kernel;

  protected constructor(opened: Opened, kind: string, waitable: Kernel) {
    super(opened, kind);
    this.#waitable = waitable;
  }

  /** @internal The kernel's object in this thread. */
  get waitable(): Kernel {
    return this.#waitable;
  }

  /** Waits begun from now on do not keep the process alive. */
  unref(): this {
    this.#isRef = false;
    return this;
  }

  /** Waits begun from now on keep the process alive, as they do from the start. */
  ref(): this {
    this.#isRef = true;
    return this;
  }

  /** @internal */
  get keepsAlive(): boolean {
    return this.#isRef;
  }

  /** @internal The kernel's object. @throws RtError ERROR_INVALID_HANDLE after close */
  toWait(operation: string): Kernel {
    this.checkOpen(operation);
    return this.waitable;
  }

  protected async waitFor<Result>(
    operation: string,
    options: WaitOptions | TimedWaitOptions,
    settle: (result: number) => Result,
    onPending?: OnPending,
  ): Promise<Result> {
    this.checkOpen(operation);
    const { timeoutMs, signal, ref = this.#isRef } = checkWait(options);
    try {
      return await waitAsync([this.waitable], false, timeoutMs, { ref, signal, onPending }, settle);
    } catch (error) {
      throw this.failed(error, operation, "wait");
    }
  }

  protected waitForSync(operation: string, options: SyncWaitOptions): number {
    this.checkOpen(operation);
    const timeoutMs = checkSyncWait(options);
    try {
      return waitOne(this.waitable, timeoutMs);
    } catch (error) {
      throw this.failed(error, operation);
    }
  }

  protected override closeObject(): void {
    const { descriptor, header } = this.opened;
    cancelWaits(this.waitable, () => this.closedError("wait"));
    closeObject(descriptor, header.name, this.waitable);
  }
}
