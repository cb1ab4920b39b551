// Every word of the dispatcher's memory, drawn in docs/memory-layout.md: threads, waits and the log of the change under way.
// Indices are 32-bit words from the start of the mapping. Except where said otherwise a word changes under LOCK only.

/** Address space of the dispatcher; memory is given to it in steps. */
export const DISPATCHER_BYTES = 8 << 20;

/** Page 1. */
export const Word = {
  /** Robust futex: kernel id of the holder's companion | FUTEX_WAITERS | FUTEX_OWNER_DIED. */
  lock: 1024,
  /** Words of the log in use; 0: no change under way. Written last of a log record, cleared by the commit. */
  logLength: 1040,
  /** An entry whose queue still has to be looked through, or 0. */
  pendingEntry: 1041,
  /** First free block, or 0. */
  freeBlock: 1042,
  /** Blocks that have been used at least once; those above have never been written. */
  usedBlocks: 1043,
  /** Blocks and thread records that have memory. */
  backedBlocks: 1044,
  backedThreads: 1045,
  /** Where to look first for a free thread record: the longest unused come first, so that thread ids repeat late. */
  nextThread: 1046,
  /** First of the waits that were granted something which their threads have not taken note of, or 0. */
  unclaimed: 1047,
} as const;

/** Pages 2 and 3: pairs of (word index, value before). */
export const LOG_FIRST = 2048;
export const LOG_WORDS = 2048;

/** Thread records, 64 bytes each. */
export const THREAD_FIRST = 4096;
export const THREAD_WORDS = 16;
export const THREAD_COUNT = 2048;
export const ThreadWord = {
  /** Robust futex: the companion's kernel id while the thread lives; 0 free; FUTEX_OWNER_DIED after a death. */
  life: 0,
  /** Counts the record's owners. */
  generation: 1,
  /** Futex: grows when one of the thread's waits may have changed. Any thread adds, under LOCK or not. */
  bell: 2,
  /** 1 while the thread looks at its waits by itself, so that ringing needs no system call. Written by the thread. */
  awake: 3,
  /** First of the thread's waits (block index). */
  waits: 4,
  /** Process id and kernel thread id, for people. */
  pid: 5,
  tid: 6,
  /** Grants made to this thread so far: they are taken note of in this order. Written before the grant itself, so that who sees a grant sees that there is one. */
  grants: 7,
} as const;

/** Blocks: entries, waits and their further nodes, 64 bytes each. Block 0 is never used. */
export const BLOCK_FIRST = THREAD_FIRST + THREAD_WORDS * THREAD_COUNT;
export const BLOCK_WORDS = 16;
export const BLOCK_COUNT = Math.floor((DISPATCHER_BYTES / 4 - BLOCK_FIRST) / BLOCK_WORDS);

/** What a block is used for. */
export const BlockKind = { Free: 0, Node: 1, Entry: 2 } as const;

/** A node: one place in one object's queue. The first node of a wait also holds what concerns the whole wait. */
export const NodeWord = {
  kind: 0,
  /** In the queue. */
  next: 1,
  previous: 2,
  /** Once the wait is granted: the id of the object that a unit or a signal was taken of; 0, 0 if there is nothing to give back. */
  takenId0: 1,
  takenId1: 2,
  entry: 3,
  /** The wait's first node (itself for the first). */
  wait: 4,
  /** The wait's next node, or 0. */
  sibling: 5,
  /** Index of the object among the handles waited for. */
  position: 6,
  /** 1: a mutex that the thread already owned when it was granted. */
  recursive: 7,
  // of the first node only
  thread: 8,
  threadNext: 9,
  threadPrevious: 10,
  /** 0: waits. Else 1 + the result (position, or 0x80 + position after an abandonment). */
  granted: 11,
  /** 1: all objects at once. */
  all: 12,
  /** The thread's number of the grant. */
  grantNumber: 13,
  /** Once the wait is granted: its neighbours in the list of the unclaimed. */
  unclaimedNext: 14,
  unclaimedPrevious: 15,
  // of every node
  /** 1: a mutex that the thread owns already does not satisfy this wait. Until it is granted. */
  exclusive: 14,
  freeNext: 15,
} as const;

/** An entry: an object that somebody waits for, with its state while it does. */
export const EntryWord = {
  kind: 0,
  head: 1,
  tail: 2,
  type: 3,
  /** See EntryPhase. */
  phase: 4,
  state: 5,
  id0: 6,
  id1: 7,
  /** 1 while a pulse is under way: the state goes back to 0 after the queue was looked through. */
  pulsing: 8,
  /** The most that the state can be: a semaphore's maximum. */
  maximum: 9,
  freeNext: 15,
} as const;

/**
 * Where the truth about an object is. Opening: in the frozen state word. Live and Closing: in the entry, if WAITERS is set in
 * the state word; the entry is stale if it is not.
 */
export const EntryPhase = { Opening: 1, Live: 2, Closing: 3 } as const;

/** Word index of a thread record. */
export const threadWord = (index: number): number => THREAD_FIRST + index * THREAD_WORDS;
/** Word index of a block. */
export const blockWord = (block: number): number => BLOCK_FIRST + block * BLOCK_WORDS;

const THREAD_INDEX_BITS = 11;
const GENERATION_MASK = (1 << 19) - 1;

/** A thread id: fits the 30 value bits of a mutex's state word and is never 0. */
export const makeThreadId = (index: number, generation: number): number =>
  ((generation & GENERATION_MASK) << THREAD_INDEX_BITS) | index;
/** The generation after this one: never 0 in the bits that a thread id holds, or record 0 would make the id 0. */
export const nextGeneration = (generation: number): number => ((generation & GENERATION_MASK) % GENERATION_MASK) + 1;
export const threadIndexOf = (id: number): number => id & (THREAD_COUNT - 1);
export const generationOf = (id: number): number => (id >>> THREAD_INDEX_BITS) & GENERATION_MASK;
export const sameGeneration = (a: number, b: number): boolean => (a & GENERATION_MASK) === (b & GENERATION_MASK);

/** Bits of a robust futex word, as the kernel defines them. */
export const FUTEX_WAITERS = 0x8000_0000 | 0;
export const FUTEX_OWNER_DIED = 0x4000_0000;
export const FUTEX_TID_MASK = 0x3fff_ffff;
