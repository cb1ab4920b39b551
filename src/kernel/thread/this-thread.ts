// This JavaScript thread as other threads see it: its record in the dispatcher and its companion, from the thread's
// first waitable object to its end.
import { environment } from "../../environment.js";
import { failure } from "../../errors/rt-error.js";
import { systemError } from "../../errors/system-error.js";
import { native } from "../../native/load.js";
import {
  DEATH_WORDS,
  DISPATCHER_BYTES,
  FUTEX_OWNER_DIED,
  FUTEX_WAITERS,
  THREAD_COUNT,
  ThreadWord,
  Word,
  deathWord,
  makeThreadId,
  nextGeneration,
  threadIndexOf,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { step } from "../../step.js";
import { useBaseAddress } from "../dispatcher/bell.js";
import { FIRST_BLOCKS, FIRST_THREADS, growThreads, useFile } from "../dispatcher/blocks.js";
import { backedThreads, isLife } from "../dispatcher/liveness.js";
import { lock, unlock, useHolder, useLock } from "../dispatcher/lock.js";
import { sliceMs } from "../dispatcher/slice.js";
import { at, commit, fresh, put, useWords, words } from "../dispatcher/words.js";
import { descriptorFd } from "../process/descriptor-table.js";
import { reapThread } from "../queues/review.js";
import { recover } from "../queues/wait-queue.js";
import { payOwed } from "../queues/owed.js";
import { holdDispatcher } from "./dispatcher-hold.js";
import { sweepOrphans } from "./orphan-sweep.js";

let id = 0;
let record = 0;
/** How many of the grants counted in its record this thread has acknowledged. */
let grantsSeen = 0;
let companion = 0;

/** This thread's id in state words; 0 while it is not attached. */
export const threadId = (): number => id;
/** This thread's record: word index into the dispatcher's memory. */
export const threadRecord = (): number => record;
/** The companion, for calls of the addon; 0 while there is none. */
export const companionToken = (): number => companion;

/** Counts `count` more waits of this thread whose grants it has acknowledged. */
export function countAcknowledged(count: number): void {
  grantsSeen = (grantsSeen + count) | 0;
}

/** Whether there are grants that this thread has not acknowledged. One load, however many waits it has. */
export function hasNewGrants(): boolean {
  return Atomics.load(words(), record + ThreadWord.grants) !== grantsSeen;
}

let guardsSeen = 0;

/** Whether another thread told this one to find the guards of its waits again. Answers true once. */
export function mustGuardAnew(): boolean {
  const told = Atomics.load(words(), record + ThreadWord.guards);
  const isNew = told !== guardsSeen;
  guardsSeen = told;
  return isNew;
}

/** The word on which this thread sleeps to hear of the death of another. */
export function deathWordOf(thread: number): number {
  const listener = at(record + ThreadWord.listener) >>> 0; // shared bytes can be damaged
  return deathWord(threadWord(threadIndexOf(thread)), listener % DEATH_WORDS);
}

function takeRecord(): number {
  const start = at(Word.nextThread);
  const count = backedThreads();
  for (let i = 0; i < count; i++) {
    const index = ((start >>> 0) + i) % count;
    const life = at(threadWord(index) + ThreadWord.life);
    if ((life & FUTEX_OWNER_DIED) !== 0) reapThread(index);
    if (at(threadWord(index) + ThreadWord.life) !== 0) continue;
    put(Word.nextThread, (index + 1) % count);
    return index;
  }
  if (count < THREAD_COUNT && growThreads()) return count;
  throw failure("ERROR_NOT_ENOUGH_MEMORY", null, `${String(THREAD_COUNT)} threads use this namespace`);
}

// The number that the process's other threads have, or one that no living thread has. With more processes than death
// words, any.
function chooseListener(): number {
  const pid = native.processId();
  let taken = 0;
  for (let index = 0; index < backedThreads(); index++) {
    const other = threadWord(index);
    if (!isLife(at(other + ThreadWord.life))) continue;
    if (at(other + ThreadWord.pid) === pid) return at(other + ThreadWord.listener);
    taken |= 1 << at(other + ThreadWord.listener);
  }
  for (let listener = 0; listener < DEATH_WORDS; listener++) if ((taken & (1 << listener)) === 0) return listener;
  return pid % DEATH_WORDS;
}

// A new dispatcher's memory is all zero. The first thread that takes its lock writes how much memory it has.
function initialize(): void {
  if (at(Word.backedThreads) !== 0) return;
  fresh(Word.backedBlocks, FIRST_BLOCKS);
  fresh(Word.backedThreads, FIRST_THREADS);
}

function enterRecord(companionId: number): number {
  lock();
  try {
    initialize();
    const index = takeRecord();
    record = threadWord(index);
    const generation = nextGeneration(at(record + ThreadWord.generation));
    put(record + ThreadWord.generation, generation);
    for (const word of [
      ThreadWord.bell,
      ThreadWord.awake,
      ThreadWord.waits,
      ThreadWord.grants,
      ThreadWord.guards,
      ThreadWord.unwoken,
    ])
      fresh(record + word, 0);
    fresh(record + ThreadWord.listener, chooseListener());
    fresh(record + ThreadWord.pid, native.processId());
    fresh(record + ThreadWord.tid, native.threadId());
    commit();
    // First the robust list's nodes, then the words: a companion that dies in between leaves a free record. The life
    // word is added last, so the kernel marks it first: a thread that a death word wakes must find the life word dead.
    native.companionRobust(companion, deathWord(record, 0) * 4, DEATH_WORDS);
    native.companionRobust(companion, (record + ThreadWord.life) * 4, 1);
    // Without the waiters bit the kernel marks a word at a death and wakes nobody.
    for (let i = 0; i < DEATH_WORDS; i++) Atomics.store(words(), deathWord(record, i), companionId | FUTEX_WAITERS);
    Atomics.store(words(), record + ThreadWord.life, companionId | FUTEX_WAITERS);
    step("thread.attached");
    id = makeThreadId(index, generation);
    return index;
  } finally {
    unlock();
  }
}

const out = new Float64Array(3);

/** What attaching needs from files above this one. */
export interface AttachActions {
  /** Called by the companion on this thread: one of its waits may have changed. */
  readonly onBell: () => void;
  /**
   * Runs the code of every operation over a private image, so that nothing is compiled while this thread has the real
   * lock.
   */
  readonly warmUp: () => void;
}

/**
 * Makes this thread one that can own and wait, until it ends. Does nothing if it is one already.
 * @throws RtError when the dispatcher cannot be opened or mapped, or has no room for another thread
 */
export function attachThread({ onBell, warmUp }: AttachActions): void {
  if (id !== 0) return;
  if (environment().noFutexWaitv) native.futexRefuseMany();
  warmUp();
  const fd = descriptorFd(holdDispatcher());
  const mapped = native.companionStart(fd, DISPATCHER_BYTES, sliceMs(), onBell, out);
  if (typeof mapped === "number") throw systemError(mapped, null, "the dispatcher's mapping or thread");
  const [base = 0, token = 0, companionId = 0] = out;
  companion = token;
  useWords(new Int32Array(mapped));
  useBaseAddress(base);
  useFile(fd);
  useLock(companionId, { recover, payOwed });
  try {
    native.companionRobust(token, Word.lock * 4, 1);
    useHolder(enterRecord(companionId));
  } catch (error) {
    companion = 0;
    useWords(new Int32Array(0));
    native.companionStop(token, mapped);
    throw error;
  }
  native.companionListen(token, record * 4);
  sweepOrphans();
}

/** Makes this thread a thread of a private image of the dispatcher. @returns a function that makes it itself again */
export function playThread(threadIdPlayed: number, recordPlayed: number): () => void {
  const before = { id, record, grantsSeen, guardsSeen };
  [id, record, grantsSeen, guardsSeen] = [threadIdPlayed, recordPlayed, 0, 0];
  return () => ({ id, record, grantsSeen, guardsSeen } = before);
}
