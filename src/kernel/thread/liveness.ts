// What data structures ask about other threads: whether one can still change what it owned, and whose it is.
import { awaitLastInstruction, isAlive, memory } from "../dispatcher/dispatcher.js";
import {
  THREAD_COUNT,
  ThreadWord,
  generationOf,
  sameGeneration,
  threadIndexOf,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { companions } from "./this-thread.js";

/** For each record, the thread whose last instruction was awaited: once is enough, and one thread can leave thousands of slots. */
const awaited = new Int32Array(THREAD_COUNT);
/** Whose companion that was with: another dispatcher gives the same ids once more. */
let awaitedWith = 0;

/** Whether the thread with this id has not ended. If false, it has made its last store: what it owned can be used. */
export function isStillAlive(threadId: number): boolean {
  if (isAlive(threadId)) return true;
  if (awaitedWith !== companions) awaited.fill(0);
  awaitedWith = companions;
  const index = threadIndexOf(threadId);
  if (awaited[index] !== threadId) awaitLastInstruction();
  awaited[index] = threadId;
  return false;
}

/** The process that the thread with this id runs in, for messages; 0 when its record has another user by now. */
export function processOf(threadId: number): number {
  const record = threadWord(threadIndexOf(threadId));
  const isSame = sameGeneration(memory[record + ThreadWord.generation] ?? 0, generationOf(threadId));
  return isSame ? (memory[record + ThreadWord.pid] ?? 0) : 0;
}
