// The dispatcher's lock: taken by compare-and-swap with the id of the thread's companion, taken over from a holder that died.
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
import { addressOf, useOwnRecord, wakeSignalled } from "./bell.js";
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

/** What the lock calls in a thread: both run under the lock, in files above this one. */
export interface LockActions {
  /** Finishes what a dead holder began, after its half-done change was taken back. */
  readonly recover: () => void;
  /** Wakes the threads that could not be woken while a stopped process had the lock. */
  readonly payOwed: () => void;
}

/** Says with whose id this thread takes the lock. */
export function useLock(companion: number, actions: LockActions): void {
  companionId = companion;
  ({ recover, payOwed } = actions);
  holder = 0;
  useOwnRecord(0);
}

/** Says which record this thread has: who finds it dead inside the lock asks the kernel about it. */
export function useHolder(recordIndex: number): void {
  holder = recordIndex + 1;
  useOwnRecord(threadWord(recordIndex));
}

const pauseWord = new Int32Array(new SharedArrayBuffer(4));

// Running out of stack inside the lock would leave it locked: run out before.
function ensureStack(depth: number): number {
  return depth === 0 ? 0 : ensureStack(depth - 1) + 1;
}

function awaitHolder(): void {
  const index = at(Word.holder) - 1;
  // Killed before it wrote who it is, it has changed nothing yet.
  if (index >= 0 && index < backedThreads()) awaitLastInstructionAt(index);
  else Atomics.wait(pauseWord, 0, 0, BLIND_GRACE_MS);
}

function takeOver(word: number): boolean {
  const next = companionId | (word & FUTEX_WAITERS);
  if (Atomics.compareExchange(words(), Word.lock, word, next) !== word) return false;
  awaitHolder();
  words()[Word.holder] = holder;
  beginChanges();
  try {
    undo();
    recover();
  } catch (error) {
    endChanges();
    Atomics.store(words(), Word.lock, 0); // damaged beyond repair: everybody must get the error, nobody a dead lock
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

// Sleeps until the lock may be free. The waiters bit makes the holder, or the kernel at its death, wake us.
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
    // A thread that has slept does not know whether others sleep too, and so keeps the bit.
    const mine = spins > LOCK_SPINS ? companionId | FUTEX_WAITERS : companionId;
    const word = Atomics.compareExchange(words(), Word.lock, 0, mine);
    if (word === 0) {
      words()[Word.holder] = holder;
      beginChanges();
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
 * Takes the dispatcher lock.
 * @param deadlineMs of performance.now(): false when it passes first
 * @param boundMs ERROR_BUSY is thrown after this long; Infinity for what has to be finished whatever happens
 */
export function lock(deadlineMs = Infinity, boundMs = LOCK_BOUND_MS): boolean {
  ensureStack(DEEPEST);
  if (Atomics.compareExchange(words(), Word.lock, 0, companionId) === 0) {
    words()[Word.holder] = holder;
    beginChanges();
  } else if (!lockSlowly(deadlineMs, boundMs)) return false;
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

/** Gives the lock back; changes that were not committed (an error came between) are taken back first. Then wakes the threads signalled. */
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

/** True if the lock's holder died: somebody has to take the lock and repair. */
export function lockIsAbandoned(): boolean {
  return (Atomics.load(words(), Word.lock) & FUTEX_OWNER_DIED) !== 0;
}
