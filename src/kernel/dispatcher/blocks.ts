// The dispatcher's memory, piece by piece: blocks that are given out and taken back, and the files' growth. Under the dispatcher lock.
import { native } from "../../native/load.js";
import { checkedBlock, dispatcherFd, memory, put } from "./dispatcher.js";
import {
  BLOCK_COUNT,
  BLOCK_WORDS,
  BlockKind,
  NodeWord,
  THREAD_COUNT,
  Word,
  blockWord,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { failure } from "../../errors/rt-error.js";
import { systemError } from "../../errors/system-error.js";

const GROW_BLOCKS = 1024;
const BLOCK_BYTES = BLOCK_WORDS * 4;

function growBlocks(): void {
  const backed = memory[Word.backedBlocks] ?? 0;
  const more = Math.min(GROW_BLOCKS, BLOCK_COUNT - backed);
  if (more <= 0) throw failure("ERROR_NOT_ENOUGH_MEMORY", null, "this namespace has no room for more pending waits");
  const offset = blockWord(backed) * 4;
  const result = native.memoryBack(dispatcherFd(), offset, more * BLOCK_BYTES);
  if (result < 0) throw systemError(result, null, "memory for pending waits");
  memory[Word.backedBlocks] = backed + more;
}

/** A block for this change; its words are undefined but for the kind. Taken back with the change if there is no commit. */
export function allocateBlock(kind: number): number {
  const free = memory[Word.freeBlock] ?? 0;
  let block = free;
  if (free !== 0) {
    const word = checkedBlock(free, BlockKind.Free);
    put(Word.freeBlock, memory[word + NodeWord.freeNext] ?? 0);
  } else {
    block = (memory[Word.usedBlocks] ?? 0) + 1;
    while (block >= (memory[Word.backedBlocks] ?? 0)) growBlocks();
    put(Word.usedBlocks, block);
  }
  put(blockWord(block) + NodeWord.kind, kind);
  return block;
}

/** Puts a block back. */
export function freeBlock(block: number): void {
  const word = blockWord(block);
  put(word + NodeWord.kind, BlockKind.Free);
  put(word + NodeWord.freeNext, memory[Word.freeBlock] ?? 0);
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

/** More thread records, one page at a time. Under the lock. */
export function growThreads(): boolean {
  const backed = memory[Word.backedThreads] ?? 0;
  if (backed >= THREAD_COUNT) return false;
  const result = native.memoryBack(dispatcherFd(), threadWord(backed) * 4, 4096);
  if (result < 0) return false;
  memory[Word.backedThreads] = backed + 64;
  return true;
}
