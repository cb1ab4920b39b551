// What is known of other threads: whether one lives, and whether a dead one has executed its last instruction.
import { native } from "../../native/load.js";
import {
  FUTEX_OWNER_DIED,
  FUTEX_TID_MASK,
  THREAD_COUNT,
  ThreadWord,
  Word,
  generationOf,
  makeThreadId,
  sameGeneration,
  threadIndexOf,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { BLIND_GRACE_MS, LAST_INSTRUCTION_BOUND_MS } from "../../protocol/timing.js";
import { at, words } from "./words.js";

/** The word that says whether a thread lives. */
const lifeWord = (threadId: number): number => threadWord(threadIndexOf(threadId)) + ThreadWord.life;

/** Whether a life word says that its thread lives. */
export const isLife = (life: number): boolean => (life & FUTEX_TID_MASK) !== 0 && (life & FUTEX_OWNER_DIED) === 0;

/** How many records have memory. */
export const backedThreads = (): number => Math.min(Math.max(at(Word.backedThreads), 0), THREAD_COUNT);

function isSameThread(threadId: number): boolean {
  const index = threadIndexOf(threadId);
  if (index >= at(Word.backedThreads)) return false;
  return sameGeneration(at(threadWord(index) + ThreadWord.generation), generationOf(threadId));
}

/** True if the thread with this id has not ended. Exact: the kernel marks the record of a thread that does. */
export function isAlive(threadId: number): boolean {
  return isSameThread(threadId) && isLife(Atomics.load(words(), lifeWord(threadId)));
}

/** The id of the thread in a record. */
export function threadIdAt(index: number): number {
  return makeThreadId(index, at(threadWord(index) + ThreadWord.generation));
}

/** The process that the thread with this id runs in, for messages; 0 when its record has another user by now. */
export function processOf(threadId: number): number {
  return isSameThread(threadId) ? at(threadWord(threadIndexOf(threadId)) + ThreadWord.pid) : 0;
}

/** For each record, the dead thread whose last instruction was awaited: once is enough, and one thread can leave thousands of slots. */
const awaited = new Int32Array(THREAD_COUNT);

/** Returns when the last thread of a record, whose death was told, has executed its last instruction. */
export function awaitLastInstructionAt(index: number): void {
  const record = threadWord(index);
  const pid = at(record + ThreadWord.pid);
  const tid = at(record + ThreadWord.tid);
  if (tid !== 0) native.threadAwaitEnd(pid, tid, LAST_INSTRUCTION_BOUND_MS, BLIND_GRACE_MS);
}

/**
 * Returns when a thread that `isAlive` calls dead has executed its last instruction. Its companion, whose end the kernel told, is
 * another thread of the same process: it can be gone a moment before.
 */
export function awaitLastInstruction(threadId: number): void {
  const index = threadIndexOf(threadId);
  if (awaited[index] === threadId) return;
  if (isSameThread(threadId)) awaitLastInstructionAt(index); // else a later thread has the record: this one is long gone
  awaited[index] = threadId;
}

/** Whether the thread with this id has not ended. If false, it has made its last store: what it owned can be used. */
export function isStillAlive(threadId: number): boolean {
  if (isAlive(threadId)) return true;
  awaitLastInstruction(threadId);
  return false;
}
