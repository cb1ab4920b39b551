// Waiting without blocking: promises that the event loop settles. It polls for a moment after traffic; at other times
// the companion calls it.
import { environment } from "../../environment.js";
import { native } from "../../native/load.js";
import { isAwake, setAwake } from "../thread/self-polling.js";
import { offAbort, onAbort } from "./abort.js";
import { WatchList, guardAnew, repairAbandonedLock, reviewDeaths } from "./death-watch.js";
import { collectGrants, eachPending, pendingCount, putBack, type Pending } from "./pending-waits.js";
import { endReady, endWait, isReady, lookOrQueue } from "./queueing.js";
import { Status } from "../../errors/status.js";
import { companionToken, threadId } from "../thread/this-thread.js";
import type { Waitable } from "./waitable.js";

const MAX_TIMER_MS = 0x7fff_ffff;

/** How long the event loop polls for the next grant, after a wait was satisfied, before it sleeps. Milliseconds. */
const pollMs = (): number => (environment().pollUs ?? 50) / 1000;

/**
 * How many waits in a row are satisfied without a turn of the event loop. Two processes that answer each other at once
 * would else stop it.
 */
const WAITS_A_TURN = 8;
/** How often a wait checks for an answer before it enters the queue: a few microseconds at most. */
const LOOKS = 1000;

let waitsThisTurn = 0;
/**
 * A wait was satisfied just now. In traffic back and forth the answer comes within about a microsecond, and entering
 * the queue costs as much, so the next wait spins for a moment first.
 */
let answerExpected = false;
let polling = false;
let pollUntilMs = 0;
let keepAliveCount = 0;

function poll(): void {
  polling = false;
  if (threadId() === 0) return;
  const before = pendingCount();
  finishGranted();
  const nowMs = performance.now();
  if (pendingCount() < before) {
    pollUntilMs = nowMs + pollMs();
    answerExpected = true;
  }
  // Also with nothing pending, because the answer to what was just granted is usually the next wait.
  if (nowMs < pollUntilMs) {
    schedulePoll();
    return;
  }
  // From here on others wake this thread. They did not before this store, so it checks its waits once more.
  setAwake(false);
  finishGranted();
}

function lookForAnswer(object: Waitable): number {
  for (let i = 0; i < LOOKS; i++) {
    const look = object.look();
    if (look < 0) break;
    if (look === 0) continue;
    const result = object.tryTake();
    if (result >= 0) return result;
  }
  answerExpected = false;
  return -1;
}

function satisfied<Result>(result: Result): Promise<Result> {
  if (++waitsThisTurn < WAITS_A_TURN) return Promise.resolve(result);
  return new Promise((resolve) =>
    setImmediate(() => {
      waitsThisTurn = 0;
      resolve(result);
    }),
  );
}

function schedulePoll(): void {
  if (polling) return;
  polling = true;
  setImmediate(poll);
}

function finishGranted(): void {
  collectGrants();
  for (const pending of eachPending()) if (pending.result >= 0) pending.done?.();
}

/** How often the dispatcher lock is tried again while a stopped process has it. */
const RETRY_MS = 10;

/**
 * Called by the companion on this thread: its bell changed, a guard of its waits died, or the holder of the dispatcher
 * lock did.
 */
export function onBell(): void {
  if (threadId() === 0) return;
  repairAbandonedLock();
  collectGrants();
  watchDeaths();
  const before = pendingCount();
  finishGranted();
  if (pendingCount() < before && pollMs() > 0) {
    pollUntilMs = performance.now() + pollMs();
    setAwake(true);
    schedulePoll();
  }
}

const watch = new WatchList();
/** What the companion watches: the same slots as in `watch`, from 1 on. */
const watched = new WatchList();

function isWatched(): boolean {
  if (watch.count !== watched.count) return false;
  for (let i = 1; i < watch.count; i++)
    if (watch.offsets[i] !== watched.offsets[i] || watch.expected[i] !== watched.expected[i]) return false;
  return true;
}

// Giving the companion a list adds to the bell, and the bell calls here. To give it the same list again would go on
// without end.
function tellCompanion(): void {
  if (isWatched()) return;
  const { offsets, expected, count } = watch;
  watched.offsets.set(offsets);
  watched.expected.set(expected);
  watched.count = count;
  native.companionWatch(companionToken(), offsets.subarray(1), expected.subarray(1), count - 1);
}

// The event loop never waits for a stopped process that has the lock. It tries again later.
function watchDeaths(): void {
  if (!guardAnew(performance.now())) {
    setTimeout(onBell, RETRY_MS);
    return;
  }
  for (;;) {
    watch.fill();
    if (!watch.hasDead) {
      tellCompanion();
      return;
    }
    if (!reviewDeaths(performance.now())) {
      setTimeout(onBell, RETRY_MS);
      return;
    }
    collectGrants();
  }
}

/**
 * Whether the companion watches the guards of this wait already. With a thousand waits for a mutex this checks one of
 * them, not all.
 */
function watchesGuardsOf(pending: Pending): boolean {
  watch.clear();
  watch.add(pending);
  if (watch.hasDead) return false;
  for (let i = 1; i < watch.count; i++) {
    const at = watched.offsets.indexOf(watch.offsets[i] ?? 0, 1);
    if (at < 0 || at >= watched.count || watched.expected[at] !== watch.expected[i]) return false;
  }
  return true;
}

function keepAlive(change: 1 | -1): void {
  keepAliveCount += change;
  if (companionToken() !== 0) native.companionRef(companionToken(), keepAliveCount > 0 ? 1 : 0);
}

/** Options of an asynchronous wait. */
export interface AsyncWaitOptions {
  /** Ends the wait with nothing taken. The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the pending wait keeps the process alive; true when left out. */
  readonly ref?: boolean;
  /** Called if the wait is not over at once. The wait's `cancel` ends it. */
  readonly onPending?: ((pending: Pending) => void) | undefined;
}

/**
 * The same as `waitMany`, but without blocking: the wait is in the queues when this returns. When the promise resolves,
 * this thread owns the mutexes that the wait took.
 * @param settle makes the promise's value from the result, at the moment when the wait ends
 */
export function waitAsync<Result>(
  objects: readonly Waitable[],
  all: boolean,
  timeoutMs: number,
  options: AsyncWaitOptions,
  settle: (result: number) => Result,
): Promise<Result> {
  const [first] = objects;
  if (objects.length === 1 && first !== undefined) {
    collectGrants();
    let result = first.tryTake();
    if (result < 0 && answerExpected && timeoutMs > 0) result = lookForAnswer(first);
    if (result >= 0 || timeoutMs <= 0) return satisfied(settle(result < 0 ? Status.WAIT_TIMEOUT : result));
  }
  const deadlineMs = performance.now() + timeoutMs;
  const queued = lookOrQueue(objects, all, timeoutMs > 0, Infinity);
  if (typeof queued === "number") return satisfied(settle(queued));
  if (!watchesGuardsOf(queued)) watchDeaths();
  return promiseOf(queued, deadlineMs, options, settle);
}

function promiseOf<Result>(
  pending: Pending,
  deadlineMs: number,
  { signal, ref = true, onPending }: AsyncWaitOptions,
  settle: (result: number) => Result,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const close = (end = endWait): number => {
      clearTimeout(timer);
      clearInterval(review);
      if (signal !== undefined) offAbort(signal, abort);
      pending.done = undefined;
      pending.cancel = undefined;
      const result = end(pending);
      if (ref) keepAlive(-1);
      return result;
    };
    const fail: (reason: Error) => void = reject;
    // Shared bytes can be damaged. That error is for the program that waits, not for the event loop that calls here.
    const orReject = (end: () => void) => (): void => {
      try {
        end();
      } catch (error) {
        fail(error as Error);
      }
    };
    const abort = orReject(() => {
      const result = close();
      if (result === Status.WAIT_TIMEOUT) reject(signal?.reason as Error);
      else resolve(settle(result));
    });
    const cancel = (reason: Error): void => {
      reject(reason);
      if (close() !== Status.WAIT_TIMEOUT) putBack(pending);
    };
    const look = orReject(() => {
      try {
        if (isReady(pending)) resolve(settle(close(endReady)));
      } catch (error) {
        cancel(error as Error);
      }
    });
    const recheckMs = pending.objects.reduce((least, object) => Math.max(least, object.recheckMs), 0);
    const review = recheckMs > 0 ? setInterval(look, recheckMs).unref() : undefined;
    const arm = orReject(() => {
      // Timers can fire a little early, and their delay has 31 bits of milliseconds only.
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) {
        resolve(settle(close()));
        return;
      }
      timer = setTimeout(arm, Math.min(Math.ceil(leftMs), MAX_TIMER_MS));
      if (!ref) timer.unref();
    });
    pending.done = orReject(() => {
      resolve(settle(close()));
    });
    pending.cancel = cancel;
    if (ref) keepAlive(1);
    if (signal !== undefined) onAbort(signal, abort);
    if (deadlineMs !== Infinity) arm(); // which may end the wait
    onPending?.(pending);
    if (isAwake()) schedulePoll();
  });
}
