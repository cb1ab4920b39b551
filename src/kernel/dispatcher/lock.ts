// The dispatcher's lock: taken by compare-and-swap with the id of the thread's companion, taken over from a holder that
// died.
import { failure } from "../../errors/rt-error.js";
import { native } from "../../native/load.js";
import {
  FUTEX_OWNER_DIED,
  FUTEX_TID_MASK,
  FUTEX_WAITERS,
  ThreadWord,
  Word,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { BLIND_GRACE_MS, LOCK_BOUND_MS } from "../../protocol/timing.js";
import { step } from "../../step.js";
import { addressOf, useOwnRecord, wakeAllOn, wakeSignalled } from "./bell.js";
import { awaitLastInstructionAt, backedThreads } from "./liveness.js";
import { sliceMs } from "./slice.js";
import { at, beginChanges, endChanges, undo, words } from "./words.js";

const LOCK_SPINS = 200;
const DEEPEST = 24;

/** The kernel id of this thread's companion. */
let companionId = 0;
/** 1 + this thread's record; 0 while it has none. */
let holder = 0;
let recover: () => void = () => undefined;
let payOwed: () => void = () => undefined;

/** What the lock calls in files above this one. Both run under the lock. */
export interface LockActions {
  /** Finishes what a dead holder began, after its half-done change was undone. */
  readonly recover: () => void;
  /** Wakes the threads that could not be woken while a stopped process had the lock. */
  readonly payOwed: () => void;
}

/** Sets the id with which this thread takes the lock, and the lock's actions. The thread has no record yet. */
export function useLock(companion: number, actions: LockActions): void {
  companionId = companion;
  ({ recover, payOwed } = actions);
  holder = 0;
  useOwnRecord(0);
}

/** Sets this thread's record. A thread that finds this one dead inside the lock asks the kernel about it. */
export function useHolder(recordIndex: number): void {
  holder = recordIndex + 1;
  useOwnRecord(threadWord(recordIndex));
}

const pauseWord = new Int32Array(new SharedArrayBuffer(4));

// A stack overflow inside the lock would leave it locked. If the stack is too short, it overflows here, before the lock
// is taken.
function ensureStack(depth: number): number {
  return depth === 0 ? 0 : ensureStack(depth - 1) + 1;
}

function awaitHolder(): void {
  const index = at(Word.holder) - 1;
  // The record is 0 before the holder's first change and after its last one, and all the time of a thread that is just
  // attaching. The kernel cannot be asked about that one, so the wait for its last instruction is blind.
  if (index >= 0 && index < backedThreads()) awaitLastInstructionAt(index);
  else Atomics.wait(pauseWord, 0, 0, BLIND_GRACE_MS);
}

/** This thread has the lock: from here on, a thread that finds it dead knows whom to ask about. */
function enter(): void {
  words()[Word.holder] = holder;
  beginChanges();
}

function takeOver(word: number): boolean {
  const next = companionId | (word & FUTEX_WAITERS);
  if (Atomics.compareExchange(words(), Word.lock, word, next) !== word) return false;
  awaitHolder();
  enter();
  try {
    undo();
    recover();
  } catch (error) {
    endChanges();
    // Damaged beyond repair: each thread must get the error, not a dead lock, and the threads that sleep for the lock
    // as well.
    Atomics.store(words(), Word.lock, 0);
    wakeAllOn(Word.lock);
    throw error;
  }
  return true;
}

function busy(word: number): never {
  let by = "";
  for (let index = 0; index < backedThreads(); index++)
    if ((at(threadWord(index) + ThreadWord.life) & FUTEX_TID_MASK) === (word & FUTEX_TID_MASK))
      by = ` by process ${String(at(threadWord(index) + ThreadWord.pid))}`;
  throw failure(
    "ERROR_BUSY",
    null,
    `the dispatcher has been locked${by} for ten seconds: let that process go on (SIGCONT) or end it`,
  );
}

const sleepOffset = new Uint32Array([Word.lock * 4]);
const sleepExpected = new Int32Array(1);

// Sleeps until the lock may be free. With the waiters bit, the holder wakes this thread, or the kernel does at the
// holder's death.
function sleepForLock(leftMs: number): void {
  const word = Atomics.load(words(), Word.lock);
  if (word === 0 || (word & FUTEX_OWNER_DIED) !== 0) return;
  const contended = word | FUTEX_WAITERS;
  if (contended !== word && Atomics.compareExchange(words(), Word.lock, word, contended) !== word) return;
  sleepExpected[0] = contended;
  native.futexWait(addressOf(0), sleepOffset, sleepExpected, 1, Math.min(sliceMs(), leftMs));
}

function lockSlowly(deadlineMs: number, boundMs: number): boolean {
  const errorMs = performance.now() + boundMs;
  for (let spins = 0; ; spins++) {
    // A thread that has slept does not know whether others still sleep, so it keeps the bit.
    const mine = spins > LOCK_SPINS ? companionId | FUTEX_WAITERS : companionId;
    const word = Atomics.compareExchange(words(), Word.lock, 0, mine);
    if (word === 0) {
      enter();
      return true;
    }
    if ((word & FUTEX_OWNER_DIED) !== 0 || (word & FUTEX_TID_MASK) === 0) {
      if (takeOver(word)) return true;
      continue;
    }
    if (spins < LOCK_SPINS) continue;
    const nowMs = performance.now();
    if (nowMs >= deadlineMs) return false;
    if (nowMs >= errorMs) busy(word);
    sleepForLock(Math.min(deadlineMs, errorMs) - nowMs);
  }
}

/**
 * Takes the dispatcher lock, which this thread must not have already.
 * @param deadlineMs of performance.now(): false is returned when it passes first
 * @param boundMs ERROR_BUSY is thrown after this long; Infinity for an operation that must be finished whatever happens
 * @throws RtError ERROR_BUSY, naming the process that has the lock; ERROR_FILE_CORRUPT when a dead holder's change
 *   cannot be repaired
 */
export function lock(deadlineMs = Infinity, boundMs = LOCK_BOUND_MS): boolean {
  ensureStack(DEEPEST);
  if (Atomics.compareExchange(words(), Word.lock, 0, companionId) === 0) enter();
  else if (!lockSlowly(deadlineMs, boundMs)) return false;
  step("dispatcher.locked");
  return true;
}

function giveBack(): void {
  endChanges();
  step("dispatcher.unlock");
  words()[Word.holder] = 0;
  const before = Atomics.exchange(words(), Word.lock, 0);
  if ((before & FUTEX_WAITERS) !== 0) native.futexWake(addressOf(Word.lock), 1);
  wakeSignalled();
}

/**
 * Gives the lock back, then wakes the threads signalled under it. Changes that an error kept from being committed are
 * undone first.
 */
export function unlock(): void {
  giveBack();
  while (Atomics.load(words(), Word.owed) !== 0 && lock(0)) {
    try {
      payOwed();
    } finally {
      giveBack();
    }
  }
}

/** Whether the lock's holder died, so that some thread must take the lock and repair. */
export function lockIsAbandoned(): boolean {
  return (Atomics.load(words(), Word.lock) & FUTEX_OWNER_DIED) !== 0;
}
