// What a JavaScript thread holds for itself, apart from the process's handles: references that are given back when the
// thread ends. A terminated thread runs no more JavaScript. The addon marks its end, and another thread of the process
// gives its references back.
import { isMainThread } from "node:worker_threads";
import { native } from "../native/load.js";
import { fillHold } from "./process/descriptor-table.js";
import { headerOf } from "./namespace/object-memory.js";
import {
  HOLDING_THREADS,
  HOLD_WORDS,
  HoldWord,
  ProcessWord,
  TABLE_ENTRIES,
  holdWords,
  processWords,
  threadWordOffsetBytes,
  threadWords,
} from "./process/process-block.js";
import { finishInterruptedRelease, release } from "./registry/registry.js";

// An entry (HoldWord) belongs to its thread. When that has ended, it belongs to the thread that swapped the ended
// thread's word from ENDED to COLLECTED.
const CLAIMED = -1; // during the two stores that follow

// A thread's word: made ALIVE by the thread, ENDED by the addon, COLLECTED and then FREE by the thread that gives back.
const FREE = 0;
const ALIVE = 1;
const ENDED = 2;
const COLLECTED = 3;

/** An index into the table of holds. NONE: nothing is given back before the process ends. */
export type HoldIndex = number;
const NONE = -1;

/** This thread's number; 0 while it has none. */
let thread = 0;

// This listener must be the last, because other listeners may use what is held. If it is not, the addon's mark leads to
// the same.
function atExit(): void {
  if (process.listeners("exit").at(-1) === atExit) giveBackHoldsOf(thread);
}

function takeNumber(): number {
  // When the main thread ends, the process ends.
  if (thread !== 0 || isMainThread) return thread;
  for (let number = 1; number < HOLDING_THREADS; number++) {
    if (Atomics.compareExchange(threadWords, number, FREE, ALIVE) !== FREE) continue;
    native.addAtThreadEnd(ProcessWord.endedThreads * 4);
    native.addAtThreadEnd(threadWordOffsetBytes(number));
    process.on("exit", atExit);
    process.once("beforeExit", () => process.off("exit", atExit).on("exit", atExit));
    return (thread = number);
  }
  return 0;
}

/** A hold, still empty, for a reference that this thread, not the process, is about to get. */
export function newHold(): HoldIndex {
  const owner = takeNumber();
  if (owner === 0) return NONE;
  const start = Atomics.load(processWords, ProcessWord.holdHint);
  for (let i = 0; i < TABLE_ENTRIES; i++) {
    const index = (start + i) % TABLE_ENTRIES;
    if (Atomics.compareExchange(holdWords, index * HOLD_WORDS + HoldWord.thread, 0, CLAIMED) !== 0) continue;
    holdWords[index * HOLD_WORDS + HoldWord.descriptor] = 0;
    holdWords[index * HOLD_WORDS + HoldWord.unheld] = 0;
    Atomics.store(holdWords, index * HOLD_WORDS + HoldWord.thread, owner);
    Atomics.store(processWords, ProcessWord.holdHint, (index + 1) % TABLE_ENTRIES);
    return index;
  }
  return NONE;
}

/**
 * Runs what takes the hold's reference or gives it back. If the thread is terminated in the middle, the hold tells what
 * it has done so far.
 */
export function withHold<Result>(index: HoldIndex, action: () => Result): Result {
  const before = fillHold(index === NONE ? NONE : index * HOLD_WORDS);
  try {
    return action();
  } finally {
    fillHold(before);
  }
}

/**
 * Frees a hold whose reference was given back. If giving back failed, the hold keeps its reference until the thread
 * ends.
 */
export function dropHold(index: HoldIndex): void {
  if (index !== NONE && holdWords[index * HOLD_WORDS + HoldWord.descriptor] === 0)
    Atomics.store(holdWords, index * HOLD_WORDS + HoldWord.thread, 0);
}

function giveBack(noted: number): void {
  if (noted === 0) return;
  const descriptor = Math.abs(noted) - 1;
  const { name } = headerOf(descriptor);
  if (noted > 0) release(descriptor, name);
  else finishInterruptedRelease(descriptor, name);
}

function giveBackHoldsOf(owner: number): void {
  for (let index = 0; index < TABLE_ENTRIES; index++) {
    if (Atomics.load(holdWords, index * HOLD_WORDS + HoldWord.thread) !== owner) continue;
    const noted = holdWords[index * HOLD_WORDS + HoldWord.descriptor] ?? 0;
    const unheld = holdWords[index * HOLD_WORDS + HoldWord.unheld] ?? 0;
    Atomics.store(holdWords, index * HOLD_WORDS + HoldWord.thread, 0);
    if (unheld > 0) native.descriptorClose(unheld - 1);
    try {
      giveBack(noted);
    } catch {
      // the namespace is locked by a stopped process, or gone: the object stays until the process ends
    }
  }
}

/** Gives back what ended threads held. One load when there are none. */
export function giveBackHoldsOfEnded(): void {
  if (Atomics.load(processWords, ProcessWord.endedThreads) === 0) return;
  Atomics.store(processWords, ProcessWord.endedThreads, 0);
  for (let number = 1; number < HOLDING_THREADS; number++) {
    if (Atomics.compareExchange(threadWords, number, ENDED, COLLECTED) !== ENDED) continue;
    giveBackHoldsOf(number);
    Atomics.store(threadWords, number, FREE);
  }
}

// At once, if the thread that started the worker has loaded this file. Else the next thread that opens an object does
// it.
process.on("worker", (worker) => worker.once("exit", giveBackHoldsOfEnded));
