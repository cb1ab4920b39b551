// Waiting for one, any or all of several objects, blocking the thread. Knows waitables only, not their types.
import { availableParallelism } from "node:os";
import { environment } from "../../environment.js";
import { Errno, native } from "../../native/load.js";
import { setAwake } from "../thread/self-polling.js";
import { addressOf } from "../dispatcher/bell.js";
import { sliceMs } from "../dispatcher/slice.js";
import { words } from "../dispatcher/words.js";
import { ThreadWord } from "../../protocol/dispatcher-layout.js";
import { WatchList, guardAnew, repairAbandonedLock, reviewDeaths } from "./death-watch.js";
import { collectGrants, pendingCount, type Pending } from "./pending-waits.js";
import { endReady, endWait, giveUp, isReady, lookOrQueue } from "./queueing.js";
import { failure } from "../../errors/rt-error.js";
import { Status } from "../../errors/status.js";
import { step } from "../../step.js";
import { companionToken, threadRecord } from "../thread/this-thread.js";
import type { Waitable } from "./waitable.js";

/** How long a blocking wait spins before it sleeps, in empty loops: some tens of microseconds. */
const SPINS = availableParallelism() > 1 ? 120_000 : 0;
/** What one check of the object costs, in empty loops. */
const LOOK_LOOPS = 20;
/**
 * Each time after this number of checks, the thread tries to take the object whatever it saw, because its owner may
 * have died.
 */
const TRY_EVERY = 64;
const CLOCK_EVERY = 256;

const watch = new WatchList();

// Sleeps until the bell changes, a guard dies, or the slice is over.
function sleep(pending: Pending, deadlineMs: number): void {
  setAwake(false);
  const bell = threadRecord() + ThreadWord.bell;
  watch.offsets[0] = bell * 4;
  watch.expected[0] = Atomics.load(words(), bell);
  // A grant made before the bell was read has already changed the value that is slept on, so it would be slept through.
  collectGrants();
  if (pending.result >= 0 || !guardAnew(deadlineMs)) return;
  watch.fill(pending);
  if (watch.hasDead) {
    reviewDeaths(deadlineMs);
    return;
  }
  const leftMs = deadlineMs - performance.now();
  if (leftMs <= 0) return;
  step("wait.sleep");
  const { offsets, expected, count } = watch;
  if (native.futexHasMany() === 0 && count > 1)
    native.companionWatch(companionToken(), offsets.subarray(1), expected.subarray(1), count - 1);
  const result = native.futexWait(addressOf(0), offsets, expected, count, Math.min(sliceMs(), leftMs));
  if (result === -Errno.ETIMEDOUT) repairAbandonedLock();
}

// This thread cannot release what it owns while it blocks, because its event loop stands still.
function waitsForItself({ objects, all }: Pending): boolean {
  const isOwn = (object: Waitable): boolean => !object.recursive && object.isOwned();
  return all ? objects.some(isOwn) : objects.every(isOwn);
}

function block(pending: Pending, deadlineMs: number): number {
  try {
    return blockUntil(pending, deadlineMs);
  } catch (error) {
    giveUp(pending);
    throw error;
  }
}

function blockUntil(pending: Pending, deadlineMs: number): number {
  for (;;) {
    collectGrants();
    if (pending.result >= 0 || performance.now() >= deadlineMs) return endWait(pending);
    if (isReady(pending)) return endReady(pending);
    if (deadlineMs === Infinity && waitsForItself(pending)) {
      const result = endWait(pending);
      if (result !== Status.WAIT_TIMEOUT) return result;
      throw failure(
        "ERROR_POSSIBLE_DEADLOCK",
        pending.objects[0]?.name,
        "this thread owns the mutex and would block before it can release it: await it, or release it first",
      );
    }
    sleep(pending, deadlineMs);
  }
}

function spin(object: Waitable, deadlineMs: number): number {
  const loops = object.loopsBetweenLooks;
  const looks = (environment().noSpin ? 0 : SPINS) / (LOOK_LOOPS + loops);
  for (let i = 1; i <= looks; i++) {
    const look = object.look();
    if (look < 0) return -1;
    if (look > 0 || i % TRY_EVERY === 0) {
      const result = object.tryTake();
      if (result >= 0) return result;
    }
    if (i % CLOCK_EVERY === 0 && performance.now() >= deadlineMs) return -1;
    for (let j = 0; j < loops; j++);
  }
  return -1;
}

/**
 * Waits for one object, blocking this thread. It sleeps in slices, so that the thread can be terminated.
 * @param timeoutMs 0 only checks; Infinity waits for ever. Never early: measured on the monotonic clock
 * @returns 0, 0x80 (abandoned mutex) or 258 (timed out, nothing taken)
 * @throws RtError ERROR_POSSIBLE_DEADLOCK when this thread waits for ever for what it owns itself; ERROR_BUSY
 */
export function waitOne(object: Waitable, timeoutMs: number): number {
  if (pendingCount() > 0) collectGrants();
  const result = object.tryTake();
  if (result >= 0) return result;
  return timeoutMs > 0 ? waitOneSlowly(object, performance.now() + timeoutMs) : Status.WAIT_TIMEOUT;
}

function waitOneSlowly(object: Waitable, deadlineMs: number): number {
  const spun = spin(object, deadlineMs);
  if (spun >= 0) return spun;
  const queued = lookOrQueue([object], false, true, deadlineMs);
  return typeof queued === "number" ? queued : block(queued, deadlineMs);
}

/**
 * Waits for any or all of several objects, blocking this thread.
 * @returns i or 0x80 + i for any, 0 or 0x80 for all, 258 when timed out with nothing taken
 * @throws RtError as `waitOne`
 */
export function waitMany(objects: readonly Waitable[], all: boolean, timeoutMs: number): number {
  const deadlineMs = performance.now() + timeoutMs;
  const queued = lookOrQueue(objects, all, timeoutMs > 0, timeoutMs > 0 ? deadlineMs : Infinity);
  return typeof queued === "number" ? queued : block(queued, deadlineMs);
}
