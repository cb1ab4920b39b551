// The dispatcher's memory, piece by piece: taking and freeing blocks, and letting the file grow. Under the dispatcher
// lock.
import { native } from "../../native/load.js";
import { failure } from "../../errors/rt-error.js";
import { systemError } from "../../errors/system-error.js";
import {
  BLOCK_COUNT,
  BLOCK_WORDS,
  BlockKind,
  BlockWord,
  THREAD_COUNT,
  Word,
  blockWord,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { at, checkedBlock, fresh, put } from "./words.js";

const GROW_BLOCKS = 1024;
const BLOCK_BYTES = BLOCK_WORDS * 4;

let dispatcherFd = -1;

/** Sets the descriptor of the dispatcher's file. */
export function useFile(fd: number): void {
  dispatcherFd = fd;
}

function growBlocks(): void {
  const backed = at(Word.backedBlocks);
  const more = Math.min(GROW_BLOCKS, BLOCK_COUNT - backed);
  if (more <= 0) throw failure("ERROR_NOT_ENOUGH_MEMORY", null, "this namespace has no room for more pending waits");
  const offset = blockWord(backed) * 4;
  const result = native.memoryBack(dispatcherFd, offset, more * BLOCK_BYTES);
  if (result < 0) throw systemError(result, null, "memory for pending waits");
  fresh(Word.backedBlocks, backed + more);
}

/**
 * Takes a block for the change under way. Only its kind is defined. An undone change frees it again.
 * @throws RtError ERROR_NOT_ENOUGH_MEMORY when the namespace or the machine has no room for more
 */
export function allocateBlock(kind: number): number {
  const free = at(Word.freeBlock);
  let block = free;
  if (free !== 0) {
    const word = checkedBlock(free, BlockKind.Free);
    put(Word.freeBlock, at(word + BlockWord.freeNext));
  } else {
    block = at(Word.usedBlocks) + 1;
    while (block >= at(Word.backedBlocks)) growBlocks();
    put(Word.usedBlocks, block);
  }
  put(blockWord(block) + BlockWord.kind, kind);
  return block;
}

/** Frees a block. */
export function freeBlock(block: number): void {
  const word = blockWord(block);
  put(word + BlockWord.kind, BlockKind.Free);
  put(word + BlockWord.freeNext, at(Word.freeBlock));
  put(Word.freeBlock, block);
}

/** What a dispatcher has memory for before its first use: the head of the file, in one piece, and the first blocks. */
export const FIRST_BLOCKS = 256;
export const FIRST_THREADS = 64;
export const HEAD_BYTES = threadWord(FIRST_THREADS) * 4;

/** Gives a new dispatcher its first memory. Called by its maker only, before any other thread can see it. */
export function backFirstBlocks(fd: number): void {
  const result = native.memoryBack(fd, blockWord(0) * 4, FIRST_BLOCKS * BLOCK_BYTES);
  if (result < 0) throw systemError(result, null, "memory for the dispatcher");
}

const THREAD_BYTES = (threadWord(1) - threadWord(0)) * 4;
const THREADS_A_PAGE = 64;

/**
 * Backs 64 more thread records. @returns false when there are THREAD_COUNT already, or the system has no memory
 */
export function growThreads(): boolean {
  const backed = at(Word.backedThreads);
  if (backed >= THREAD_COUNT) return false;
  const result = native.memoryBack(dispatcherFd, threadWord(backed) * 4, THREADS_A_PAGE * THREAD_BYTES);
  if (result < 0) return false;
  fresh(Word.backedThreads, backed + THREADS_A_PAGE);
  return true;
}
