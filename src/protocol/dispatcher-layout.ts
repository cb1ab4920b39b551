// Every word of the dispatcher's memory, drawn in docs/memory-layout.md: threads, waits and the log of the change under way.
// Indices are 32-bit words from the start of the mapping. Except where said otherwise a word changes under LOCK only.

/** Address space of the dispatcher; memory is given to it in steps. */
export const DISPATCHER_BYTES = 8 << 20;

/** Page 1. */
export const Word = {
  /** Robust futex: kernel id of the holder's companion | FUTEX_WAITERS | FUTEX_OWNER_DIED. */
  lock: 1024,
  /** 1 + record index of the thread that has the lock, or 0: the kernel takes the id out of a dead holder's word. Written by the holder. */
  holder: 1025,
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
  /** 1: data changed whose waiters could not be woken, because a stopped process has the lock: whoever gives it back wakes them. */
  owed: 1047,
  /** Entries that lost their last wait by the death of its thread: the first, the last and how many. See reclaim.ts. */
  firstOrphan: 1048,
  lastOrphan: 1049,
  orphans: 1050,
} as const;

/** Pages 2 and 3: pairs of (word index, value before). */
export const LOG_FIRST = 2048;
export const LOG_WORDS = 2048;

/** Thread records, 256 bytes each. */
export const THREAD_FIRST = 4096;
export const THREAD_WORDS = 64;
export const THREAD_COUNT = 2048;
export const ThreadWord = {
  /**
   * Robust futex: the companion's kernel id | FUTEX_WAITERS while the thread lives; 0 free; FUTEX_OWNER_DIED after a death. Whether the
   * thread lives is read here; nobody sleeps on it.
   */
  life: 0,
  /** Counts the record's owners. */
  generation: 1,
  /** Futex: grows when one of the thread's waits may have changed. Any thread adds, under LOCK or not. */
  bell: 2,
  /** 1 while the thread polls its waits, so that ringing needs no system call. Written by the thread. */
  awake: 3,
  /** First of the thread's waits (block index). */
  waits: 4,
  /** Process id and kernel thread id: where the kernel says whether a dead thread has executed its last instruction. tid 0: it has. */
  pid: 5,
  tid: 6,
  /** How many grants this thread has received. Incremented before `granted` is stored: a thread that sees a grant sees the count. */
  grants: 7,
  /**
   * 1 while the thread has rung bells and not yet woken those who sleep on them. Left by a thread that was killed in between, the one
   * case in which a sleeper is woken by nobody: whoever reaps the record wakes all.
   */
  unwoken: 9,
  /** Grows when the thread has to find out anew whose deaths concern its waits. Before the bell. */
  guards: 8,
  /** On which of the others' death words the threads of this process sleep. Written when the thread takes the record. */
  listener: 10,
  /** First of the death words, each with an empty word after it: see `deathWord`. */
  deaths: 16,
} as const;

/**
 * Death words of a record. The kernel wakes one of the threads that sleep on a dead thread's word. If that one dies in the same moment, the
 * wake-up is lost: so processes do not share a word, as long as there are not more processes than words.
 */
export const DEATH_WORDS = 24;

/** Blocks: entries, waits and their further nodes, 128 bytes each. Block 0 is never used. */
export const BLOCK_FIRST = THREAD_FIRST + THREAD_WORDS * THREAD_COUNT;
export const BLOCK_WORDS = 32;
export const BLOCK_COUNT = Math.floor((DISPATCHER_BYTES / 4 - BLOCK_FIRST) / BLOCK_WORDS);

/** What a block is used for. */
export const BlockKind = { Free: 0, Node: 1, Entry: 2 } as const;

/** The most nodes of one wait. */
export const MOST_NODES = 64;

/** What every block has. */
export const BlockWord = {
  kind: 0,
  /** The next free block. No other use, also of a block that is taken: a change that is undone needs it again. */
  freeNext: 31,
} as const;

/** A node: one place in one object's queue. The first node of a wait also holds what concerns the whole wait. */
export const NodeWord = {
  kind: BlockWord.kind,
  /** In the queue of `entry`. */
  next: 1,
  previous: 2,
  /** The entry in whose queue or list of granted nodes it is, or 0. */
  entry: 3,
  /** The wait's first node (itself for the first). */
  wait: 4,
  /** The wait's next node, or 0. */
  sibling: 5,
  /** Index of the object among the handles waited for. */
  position: 6,
  /** 1: a mutex that the thread already owned when it was granted. */
  recursive: 7,
  /** 1: a mutex that the thread owns already does not satisfy this wait. */
  exclusive: 8,
  /** 1: it took a unit or a signal, is in the entry's list of granted nodes, and its thread has not acknowledged it yet. */
  taken: 9,
  /** In that list. */
  takenNext: 10,
  takenPrevious: 11,
  // of the first node only
  thread: 16,
  threadNext: 17,
  threadPrevious: 18,
  /** 0: waits. Else 1 + the result (position, or 0x80 + position after an abandonment). */
  granted: 19,
  /** 1: all objects at once. */
  all: 20,
  /** The thread's number of the grant. */
  grantNumber: 21,
  freeNext: BlockWord.freeNext,
} as const;

/** An entry: an object that some thread waits for, with its state while one does. */
export const EntryWord = {
  kind: BlockWord.kind,
  /** The queue, in order of arrival. */
  head: 1,
  tail: 2,
  type: 3,
  /** See EntryPhase. */
  phase: 4,
  state: 5,
  id0: 6,
  id1: 7,
  /** 1 while a pulse is under way: the state goes back to 0 after the queue was walked. */
  pulsing: 8,
  /** The most that the state can be: a semaphore's maximum. */
  maximum: 9,
  /** First of the granted nodes that their threads have not acknowledged: a unit or signal that can still go back. */
  taken: 10,
  /** How many nodes of waits for all are in the queue. */
  alls: 11,
  /** 1: among the orphans. */
  orphan: 12,
  orphanNext: 13,
  orphanPrevious: 14,
  freeNext: BlockWord.freeNext,
} as const;

/**
 * Where the truth about an object is. Opening: in the frozen state word. Live and Closing: in the entry, if WAITERS is set in
 * the state word; the entry is stale if it is not.
 */
export const EntryPhase = { Opening: 1, Live: 2, Closing: 3 } as const;

/** Word index of a thread record. */
export const threadWord = (index: number): number => THREAD_FIRST + index * THREAD_WORDS;
/** Words from one death word to the next: the node of a robust list is 8 bytes and stands at the word's place. */
export const DEATH_STRIDE = 2;
/**
 * The word of a record on which the threads of one process sleep to hear of its thread's death. Robust futex, changed by the kernel
 * like `life`, but after it: a thread that this word woke finds `life` dead.
 */
export const deathWord = (record: number, listener: number): number =>
  record + ThreadWord.deaths + DEATH_STRIDE * listener;
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
