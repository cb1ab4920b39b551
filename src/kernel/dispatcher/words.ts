// The dispatcher's words as this thread has them mapped, and changes of them that a crash cannot leave half done.
//
// Every change is made under LOCK. Before a word changes, its old value goes into the log; the commit empties the log. A thread that
// takes the lock from a dead holder puts the logged values back, so that each change happened wholly or not at all.
// Plain stores suffice: a killed thread leaves exactly the stores before the instruction it died at.
import { failure } from "../../errors/rt-error.js";
import { BLOCK_COUNT, LOG_FIRST, LOG_WORDS, Word, blockWord } from "../../protocol/dispatcher-layout.js";
import { step } from "../../step.js";

const NONE = new Int32Array(0);

let memory: Int32Array = NONE;

/** The mapping; of length 0 while this thread is not attached. */
export const words = (): Int32Array => memory;

/** Says where the dispatcher is mapped in this thread. @returns the mapping of before */
export function useWords(mapped: Int32Array): Int32Array {
  const before = memory;
  memory = mapped;
  return before;
}

/** A word. 0 for an index outside the mapping: shared bytes can say anything. */
export const at = (index: number): number => memory[index] ?? 0;

/** Shared bytes are damaged. */
export function corrupt(what: string): never {
  throw failure(
    "ERROR_FILE_CORRUPT",
    null,
    `the dispatcher: ${what}: end all processes that use this namespace and start them again`,
  );
}

/** A block index read from shared memory, believed only after this. @returns the block's word */
export function checkedBlock(block: number, kind: number): number {
  if (block <= 0 || block >= BLOCK_COUNT || block > at(Word.usedBlocks)) corrupt(`block ${String(block)}`);
  if (memory[blockWord(block)] !== kind) corrupt(`block ${String(block)} is of another kind`);
  return blockWord(block);
}

/** Whether this thread has the lock: lock.ts says so. */
let isLocked = false;

/** What has to hold wherever the dispatcher is changed. */
function assertLocked(): void {
  if (!isLocked) throw new Error("rtshm: a change of the dispatcher without its lock");
}

let logLength = 0;

/** The lock was taken: nothing is logged. */
export function beginChanges(): void {
  isLocked = true;
  logLength = 0;
}

/** The lock is about to be given back. What was not committed, because an error came between, is taken back. */
export function endChanges(): void {
  if (logLength !== 0) undo();
  isLocked = false;
}

/** Changes a word so that a crash before `commit` takes the change back. */
export function put(index: number, value: number): void {
  assertLocked();
  if (logLength + 2 > LOG_WORDS) corrupt("a change is larger than the log");
  memory[LOG_FIRST + logLength] = index;
  memory[LOG_FIRST + logLength + 1] = memory[index] ?? 0;
  logLength += 2;
  memory[Word.logLength] = logLength;
  memory[index] = value;
}

/**
 * Stores a word that needs no log: one of a block or record taken in this change, which no thread can reach before the commit, or one
 * that is true whatever happens to the change.
 */
export function fresh(index: number, value: number): void {
  assertLocked();
  memory[index] = value;
}

/** Makes the changes since the lock was taken, or since the last commit, final. */
export function commit(): void {
  assertLocked();
  step("dispatcher.commit");
  memory[Word.logLength] = 0;
  logLength = 0;
  step("dispatcher.committed");
}

/** Takes back what the log says. Interrupted, it is done again from the start with the same result. */
export function undo(): void {
  const length = Math.min(at(Word.logLength), LOG_WORDS) & ~1;
  for (let each = length - 2; each >= 0; each -= 2) {
    const index = at(LOG_FIRST + each);
    const isLogged = index > Word.logLength && (index < LOG_FIRST || index >= LOG_FIRST + LOG_WORDS);
    if (isLogged && index < memory.length) memory[index] = at(LOG_FIRST + each + 1);
  }
  memory[Word.logLength] = 0;
  logLength = 0;
}
