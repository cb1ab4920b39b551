// Waiting for any or all of several objects.
import { ABANDONED_RESULT, DataCondition, waitMany, waitAsync, type Waitable } from "../kernel/index.js";
import { RtError, asOperation, labelled } from "../errors/rt-error.js";
import type { Lock } from "./lock.js";
import { Mutex } from "./mutex.js";
import { AGAIN, retry, retrySync } from "./retry.js";
import {
  WaitableObject,
  checkSyncWait,
  checkWait,
  isTimeOut,
  type EndlessSyncWaitOptions,
  type SyncWaitOptions,
  type TimedWaitOptions,
  type WaitOptions,
} from "./waitable-object.js";

const MOST = 64;

/** Which of the objects satisfied a wait for any. */
export interface AnyResult {
  /** Its index. */
  readonly index: number;
  /** The wait was satisfied. */
  readonly timedOut: false;
  /** The lock, if it is a mutex. */
  readonly lock: Lock | undefined;
}

/** A wait for all that was satisfied. */
export interface AllResult {
  /** The wait was satisfied. */
  readonly timedOut: false;
  /** The locks of the mutexes among the objects, in their order. */
  readonly locks: readonly Lock[];
}

/** The time-out passed first: nothing was taken. */
export interface TimedOut {
  /** None. */
  readonly index: -1;
  /** The wait was not satisfied. */
  readonly timedOut: true;
  /** None. */
  readonly lock: undefined;
  /** None. */
  readonly locks: readonly [];
}

const TIMED_OUT: TimedOut = Object.freeze({ index: -1, timedOut: true, lock: undefined, locks: [] as const });

const isArray = (value: unknown): boolean => Array.isArray(value);

function checkObjects(objects: readonly unknown[], operation: string, all: boolean): void {
  if (!isArray(objects)) throw new TypeError(`objects must be an array of objects, not ${typeof objects}`);
  if (objects.length === 0 || objects.length > MOST)
    throw new RangeError(`objects must be 1 to ${String(MOST)} objects, not ${String(objects.length)}`);
  const ids = new Set<string>();
  for (const [i, object] of objects.entries()) {
    if (!(object instanceof WaitableObject))
      throw new TypeError(
        `objects[${String(i)}] cannot be waited for: it must be an Event, Mutex, Semaphore, or the like`,
      );
    const waitable = (object as WaitableObject).toWait(operation);
    if (all && waitable instanceof DataCondition)
      throw new TypeError(
        `objects[${String(i)}] holds data that others change: it can be waited for alone, or by waitAny`,
      );
    const { id0, id1 } = waitable;
    ids.add(`${String(id0)}:${String(id1)}`);
  }
  if (all && ids.size < objects.length)
    throw new RangeError("objects has one object twice: a wait for all would need it twice at once");
}

function anyResult(objects: readonly WaitableObject[], result: number): AnyResult | TimedOut {
  if (isTimeOut(result)) return TIMED_OUT;
  const index = result & ~ABANDONED_RESULT;
  const object = objects[index];
  const lock = object instanceof Mutex ? object.lockOf(result & ABANDONED_RESULT) : undefined;
  return { index, timedOut: false, lock };
}

// The kernel says of a wait for all that one of its mutexes was abandoned, not which: so all say it.
function allResult(objects: readonly WaitableObject[], result: number): AllResult | TimedOut {
  if (isTimeOut(result)) return TIMED_OUT;
  const locks = objects.flatMap((object) =>
    object instanceof Mutex ? (object.lockOf(result & ABANDONED_RESULT) ?? []) : [],
  );
  return { timedOut: false, locks };
}

async function wait<Result>(
  operation: string,
  objects: readonly WaitableObject[],
  all: boolean,
  waitOptions: WaitOptions | TimedWaitOptions,
  settle: (result: number) => Result,
): Promise<Result> {
  checkObjects(objects, operation, all);
  const keepsAlive = objects.some((object) => object.keepsAlive);
  const options = checkWait(waitOptions);
  const { signal, ref = keepsAlive } = options;
  const waitables = objects.map((object) => object.waitable);
  // At once when the wait ends: a lock must not be nobody's, not even for a moment.
  const settleIfTrue = (result: number): Result | typeof AGAIN =>
    isFalseAlarm(waitables, result) ? AGAIN : settle(result);
  try {
    let isFirst = true;
    return await retry(options, (leftMs) => {
      if (!isFirst) checkObjects(objects, operation, all); // one may have been closed meanwhile
      isFirst = false;
      return waitAsync(waitables, all, leftMs, { ref, signal }, settleIfTrue);
    });
  } catch (error) {
    throw asPartOf(error, operation);
  }
}

// An object that was closed meanwhile says which one it was: `event.waitAny`.
function asPartOf(error: unknown, operation: string): unknown {
  if (!(error instanceof RtError) || !error.operation.endsWith(".wait")) return labelled(error, operation);
  return labelled(error, error.operation.replace(/wait$/, operation), error.operation);
}

// Who waits for data is woken whenever it changes: a message may be gone again, or never have been there. Nothing was
// taken then.
function isFalseAlarm(waitables: readonly Waitable[], result: number): boolean {
  const waitable = isTimeOut(result) ? undefined : waitables[result & ~ABANDONED_RESULT];
  return waitable instanceof DataCondition && !waitable.isReady();
}

function waitSync(
  operation: string,
  objects: readonly WaitableObject[],
  all: boolean,
  options: SyncWaitOptions,
): number {
  checkObjects(objects, operation, all);
  const timeoutMs = checkSyncWait(options);
  const waitables = objects.map((object) => object.waitable);
  return asOperation(operation, () =>
    retrySync(timeoutMs, (leftMs) => {
      const result = waitMany(waitables, all, leftMs);
      return isFalseAlarm(waitables, result) ? AGAIN : result;
    }),
  );
}

/**
 * Waits for any of 1 to 64 objects; if several are signalled, the one with the lowest index is taken. The others stay
 * as they are.
 * @example
 * const { index } = await waitAny([stop, frame], { timeoutMs: 1000 }); // -1: timed out
 */
export function waitAny(objects: readonly WaitableObject[], options?: WaitOptions): Promise<AnyResult>;
export function waitAny(
  objects: readonly WaitableObject[],
  options: WaitOptions | TimedWaitOptions,
): Promise<AnyResult | TimedOut>;
export function waitAny(
  objects: readonly WaitableObject[],
  options: WaitOptions | TimedWaitOptions = {},
): Promise<AnyResult | TimedOut> {
  return wait("waitAny", objects, false, options, (result) => anyResult(objects, result));
}

/**
 * The same, blocking the thread.
 * @throws RtError ERROR_POSSIBLE_DEADLOCK when the objects are mutexes that this thread owns and no time-out would end
 *   the wait
 */
export function waitAnySync(objects: readonly WaitableObject[], options?: EndlessSyncWaitOptions): AnyResult;
export function waitAnySync(objects: readonly WaitableObject[], options: SyncWaitOptions): AnyResult | TimedOut;
export function waitAnySync(objects: readonly WaitableObject[], options: SyncWaitOptions = {}): AnyResult | TimedOut {
  return anyResult(objects, waitSync("waitAnySync", objects, false, options));
}

/**
 * Waits until 1 to 64 different objects are signalled at one instant, and takes them all, or none. None of them can be
 * one that is waited for because of its data, such as a snapshot: no lock keeps that still for the instant.
 * `lock.abandoned` of each lock says whether any of the mutexes was abandoned.
 * @example
 * const { locks } = await waitAll([frame, mutex]);
 * for (const lock of locks) lock.release();
 */
export function waitAll(objects: readonly WaitableObject[], options?: WaitOptions): Promise<AllResult>;
export function waitAll(
  objects: readonly WaitableObject[],
  options: WaitOptions | TimedWaitOptions,
): Promise<AllResult | TimedOut>;
export function waitAll(
  objects: readonly WaitableObject[],
  options: WaitOptions | TimedWaitOptions = {},
): Promise<AllResult | TimedOut> {
  return wait("waitAll", objects, true, options, (result) => allResult(objects, result));
}

/**
 * The same, blocking the thread.
 * @throws RtError ERROR_POSSIBLE_DEADLOCK when this thread owns one of the mutexes and no time-out would end the wait
 */
export function waitAllSync(objects: readonly WaitableObject[], options?: EndlessSyncWaitOptions): AllResult;
export function waitAllSync(objects: readonly WaitableObject[], options: SyncWaitOptions): AllResult | TimedOut;
export function waitAllSync(objects: readonly WaitableObject[], options: SyncWaitOptions = {}): AllResult | TimedOut {
  return allResult(objects, waitSync("waitAllSync", objects, true, options));
}
