// The dispatcher's memory, piece by piece: blocks that are given out and taken back, and the files' growth. Under the dispatcher lock.
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

/** Says which file the dispatcher is. */
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

/** A block for this change; its words are undefined but for the kind. Taken back with the change if there is no commit. */
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

/** Puts a block back. */
export function freeBlock(block: number): void {
  const word = blockWord(block);
  put(word + BlockWord.kind, BlockKind.Free);
  put(word + BlockWord.freeNext, at(Word.freeBlock));
  put(Word.freeBlock, block);
}

/** Memory that a dispatcher needs before its first use: the head of the file, in one piece, and the first blocks. */
export const FIRST_BLOCKS = 256;
export const FIRST_THREADS = 64;
export const HEAD_BYTES = threadWord(FIRST_THREADS) * 4;

/** Gives a new dispatcher its first memory. Its maker only, before anybody else sees it. */
export function backFirstBlocks(fd: number): void {
  const result = native.memoryBack(fd, blockWord(0) * 4, FIRST_BLOCKS * BLOCK_BYTES);
  if (result < 0) throw systemError(result, null, "memory for the dispatcher");
}

const THREAD_BYTES = (threadWord(1) - threadWord(0)) * 4;
const THREADS_A_PAGE = 64;

/** More thread records, some at a time. Under the lock. */
export function growThreads(): boolean {
  const backed = at(Word.backedThreads);
  if (backed >= THREAD_COUNT) return false;
  const result = native.memoryBack(dispatcherFd, threadWord(backed) * 4, THREADS_A_PAGE * THREAD_BYTES);
  if (result < 0) return false;
  fresh(Word.backedThreads, backed + THREADS_A_PAGE);
  return true;
}
