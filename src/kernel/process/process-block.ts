// The memory that all JavaScript threads of this process share, and no other process: which part of it is for what.
import { native } from "../../native/load.js";
import { systemError } from "../../errors/system-error.js";

function block(): ArrayBuffer {
  const memory = native.processBlock();
  if (typeof memory === "number") throw systemError(memory, null, "the process block");
  return memory;
}

const memory = block();

/** How many descriptors and how many handles a process can have open. */
export const TABLE_ENTRIES = 65_536;

const DESCRIPTOR_TABLE_BYTES = 64 * 1024;
/** Words of an entry in the descriptor table. */
export const DESCRIPTOR_WORDS = 4;
const FD_MAP_BYTES = DESCRIPTOR_TABLE_BYTES + TABLE_ENTRIES * DESCRIPTOR_WORDS * 4;
const HANDLE_TABLE_BYTES = FD_MAP_BYTES + TABLE_ENTRIES * 4;
const NAME_COUNT_BYTES = HANDLE_TABLE_BYTES + TABLE_ENTRIES * 32;
/** How many hashes of names are told apart. */
export const NAME_COUNTS = 16_384;
const HOLD_TABLE_BYTES = NAME_COUNT_BYTES + NAME_COUNTS * 4;
const THREAD_TABLE_BYTES = HOLD_TABLE_BYTES + TABLE_ENTRIES * 16;

/** How many threads can have holds at a time. */
export const HOLDING_THREADS = 4096;

/**
 * Single words, by index. Changed with Atomics by any thread of the process, or under the namespace lock where that is
 * said.
 */
export const processWords = new Int32Array(memory, 0, 64);
export const ProcessWord = {
  /** 1 + the descriptor of the namespace directory; 0 before the first use. */
  directory: 0,
  descriptorHint: 1,
  handleHint: 2,
  /** 1 + the descriptor-table index of the dispatcher's memory; 0: not held yet. Set once, under the namespace lock. */
  dispatcher: 4,
  /** 1 once a thread of the process has searched for links that killed processes left. */
  swept: 6,
  holdHint: 7,
  /**
   * Above 0 while the holds of an ended thread may have to be given back. The addon adds; the thread that gives back
   * stores 0 first.
   */
  endedThreads: 8,
  /**
   * 1 once the process has a shared lock on the namespace directory. Changed under the namespace lock, as the next word
   * is.
   */
  entered: 9,
  /** 1 while another dispatcher has the name of the dispatcher that this process holds. */
  dispatcherBarred: 10,
} as const;

/** The descriptor table (descriptor-table.ts). */
export const descriptorWords = new Int32Array(memory, DESCRIPTOR_TABLE_BYTES, TABLE_ENTRIES * DESCRIPTOR_WORDS);
/** 1 + descriptor-table index, by descriptor number. */
export const descriptorByFd = new Int32Array(memory, FD_MAP_BYTES, TABLE_ENTRIES);
/** Handle table of the RTX API: 8 words an entry. The kernel does not use it. */
export const handleWords = new Int32Array(memory, HANDLE_TABLE_BYTES, TABLE_ENTRIES * 8);
/** How many links this process has, by the hash of their name (own-names.ts). */
export const nameCounts = new Int32Array(memory, NAME_COUNT_BYTES, NAME_COUNTS);

/**
 * An entry of holdWords, see thread-resources.ts. Written by its thread; once that has ended, by the thread that gives
 * back.
 */
export const HoldWord = {
  /** 0: free, else the thread's number. */
  thread: 0,
  /**
   * 1 + index of the descriptor's entry once there is a reference; the negative of that while its last user tidies up;
   * then 0.
   */
  descriptor: 1,
  /** 1 + descriptor of an open file that is not in an entry yet, then 0. Set by the addon, cleared by the thread. */
  unheld: 2,
} as const;
/** Words of an entry of holdWords. */
export const HOLD_WORDS = 4;

/** The holds of threads (thread-resources.ts). */
export const holdWords = new Int32Array(memory, HOLD_TABLE_BYTES, TABLE_ENTRIES * HOLD_WORDS);
/** Byte offset of a word of holdWords in the block, for the addon. */
export const holdWordOffsetBytes = (word: number): number => HOLD_TABLE_BYTES + word * 4;
/** The threads that have holds: a word each. */
export const threadWords = new Int32Array(memory, THREAD_TABLE_BYTES, HOLDING_THREADS);
/** Byte offset of a word of threadWords in the block, for the addon. */
export const threadWordOffsetBytes = (thread: number): number => THREAD_TABLE_BYTES + thread * 4;
