// The dispatcher's words as this thread has them mapped, and changes of them that a crash cannot leave half done.
// docs/waits.md has the glossary, a drawing, and the order in which to read the files of this room and its neighbours.
//
// Every change is made under the dispatcher lock. `put` writes a word's old value to the log before it changes the
// word; `commit` empties the log. A thread that takes the lock over from a dead holder puts the logged values back, so
// each change happened wholly or not at all. Plain stores suffice, because a killed thread leaves exactly the stores
// before the instruction at which it died.
import { failure } from "../../errors/rt-error.js";
import { BLOCK_COUNT, LOG_FIRST, LOG_WORDS, Word, blockWord } from "../../protocol/dispatcher-layout.js";
import { step } from "../../step.js";

const NONE = new Int32Array(0);

let memory: Int32Array = NONE;

/** The mapping; of length 0 while this thread is not attached. */
export const words = (): Int32Array => memory;

/** Sets the mapping of this thread. @returns the mapping before */
export function useWords(mapped: Int32Array): Int32Array {
  const before = memory;
  memory = mapped;
  return before;
}

/** A word; 0 for an index outside the mapping, because shared bytes can say anything. */
export const at = (index: number): number => memory[index] ?? 0;

/** Throws the error for damaged shared bytes. */
export function corrupt(what: string): never {
  throw failure(
    "ERROR_FILE_CORRUPT",
    null,
    `the dispatcher: ${what}: end all processes that use this namespace and start them again`,
  );
}

/** Checks a block index read from shared memory before it is used. @returns the block's word */
export function checkedBlock(block: number, kind: number): number {
  if (block <= 0 || block >= BLOCK_COUNT || block > at(Word.usedBlocks)) corrupt(`block ${String(block)}`);
  if (memory[blockWord(block)] !== kind) corrupt(`block ${String(block)} is of another kind`);
  return blockWord(block);
}

/** Whether this thread has the lock; set by lock.ts. */
let isLocked = false;

/** Asserts that the dispatcher is changed only under its lock. */
function assertLocked(): void {
  if (!isLocked) throw new Error("rtshm: a change of the dispatcher without its lock");
}

let logLength = 0;

/** This thread took the lock: the log of this change is empty. */
export function beginChanges(): void {
  isLocked = true;
  logLength = 0;
}

/** This thread is about to give the lock back. A change that an error kept from being committed is undone. */
export function endChanges(): void {
  if (logLength !== 0) undo();
  isLocked = false;
}

/** Changes a word so that a crash before `commit` undoes the change. */
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
 * Stores a word that needs no log: a word of a block or record taken in this change, which no thread can reach before
 * the commit, or a word that stays true if the change is undone.
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

/** Puts back the values in the log. If interrupted, it is done again from the start, with the same result. */
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
