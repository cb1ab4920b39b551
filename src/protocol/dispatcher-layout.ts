// Every word of the dispatcher's memory, drawn in docs/memory-layout.md: threads, waits and the log of the change under
// way. Indices are 32-bit words from the start of the mapping. A word changes only under the dispatcher lock, by the
// lock's holder, unless its comment says otherwise.

/** Address space of the dispatcher; memory is given to it in steps. */
export const DISPATCHER_BYTES = 8 << 20;

/** Page 1. */
export const Word = {
  /**
   * Robust futex: kernel id of the holder's companion | FUTEX_WAITERS | FUTEX_OWNER_DIED. Any thread, by
   * compare-and-swap. The kernel sets FUTEX_OWNER_DIED.
   */
  lock: 1024,
  /**
   * 1 + record index of the lock's holder; 0 while nobody holds the lock, or while the holder has no record yet. The
   * kernel takes the id out of a dead holder's lock word, so it is told here. Written by the holder, after it took the
   * lock and before it gives the lock back.
   */
  holder: 1025,
  /**
   * Words of the log in use; 0: no change under way. Written after a pair of the log and before the change itself;
   * cleared by the commit.
   */
  logLength: 1040,
  /**
   * An entry whose waits still have to be granted what they can have, or 0. A thread that takes over a dead holder's
   * lock goes on with it.
   */
  pendingEntry: 1041,
  /** First free block, or 0. */
  freeBlock: 1042,
  /** Blocks that have been used at least once. The blocks above have never been written. */
  usedBlocks: 1043,
  /** Blocks and thread records that have memory. Written after the system gave the memory, without the log. */
  backedBlocks: 1044,
  backedThreads: 1045,
  /**
   * Where the search for a free thread record begins. It takes the record unused for longest, so that thread ids repeat
   * late.
   */
  nextThread: 1046,
  /**
   * 1: data changed while a stopped process had the lock, so the waiting threads could not be woken. Set without the
   * lock by the thread that changed the data. Cleared by the thread that next gives the lock back, before it wakes
   * them.
   */
  owed: 1047,
  /**
   * Entries in which no thread waits any more and whose state is not back in the object: the first, the last and their
   * number. See orphans.ts.
   */
  firstOrphan: 1048,
  lastOrphan: 1049,
  orphans: 1050,
} as const;

/** Pages 2 and 3: pairs of (word index, value before). Written by the lock's holder before the word itself changes. */
export const LOG_FIRST = 2048;
export const LOG_WORDS = 2048;

/** Thread records, 256 bytes each. */
export const THREAD_FIRST = 4096;
export const THREAD_WORDS = 64;
export const THREAD_COUNT = 2048;
export const ThreadWord = {
  /**
   * Robust futex: the companion's kernel id | FUTEX_WAITERS while the thread lives; 0: the record is free;
   * FUTEX_OWNER_DIED after a death. Says whether the thread lives; no thread sleeps on it. The new thread writes its id
   * last, when the rest of the record is committed. The kernel marks the death. The thread that reaps the record writes
   * 0.
   */
  life: 0,
  /**
   * Grows each time a thread takes the record, so that the id of its former thread is not mistaken for the new one's.
   */
  generation: 1,
  /**
   * Futex: grows when one of the thread's waits may have changed. Other threads add under the lock, and before the
   * commit of what changed. The thread's own companion and relays add at any time.
   */
  bell: 2,
  /**
   * 1 while the thread polls its waits, so that signalling it needs no system call. Written by the thread, without the
   * lock.
   */
  awake: 3,
  /** First of the thread's waits (block index). */
  waits: 4,
  /**
   * Process id and kernel thread id. With them the kernel says whether a dead thread has executed its last instruction;
   * tid 0: it has. Written by the thread when it attaches. The addon writes tid 0 when the thread ends without being
   * killed.
   */
  pid: 5,
  tid: 6,
  /**
   * How many grants this thread has received. Incremented before `granted` is stored: a thread that sees a grant also
   * sees the new count.
   */
  grants: 7,
  /**
   * 1 from before the thread's first addition to a bell until it has woken the sleepers. Written by the thread. If it
   * is killed in between, nobody wakes them; the thread that reaps the record then wakes all threads.
   */
  unwoken: 9,
  /**
   * Grows when the thread has to find the guards of its waits again. Other threads add under the lock, before they add
   * to the bell.
   */
  guards: 8,
  /**
   * The number of the death words, in other threads' records, on which the threads of this process sleep. Written when
   * the thread takes the record.
   */
  listener: 10,
  /** First of the death words, with an empty word after each: see `deathWord`. */
  deaths: 16,
} as const;

/**
 * Death words of a record. The kernel wakes one of the threads that sleep on a dead thread's word. If that one dies in
 * the same moment, the wake-up is lost. So processes do not share a word, unless there are more processes than words.
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

/** The words that every kind of block has. */
export const BlockWord = {
  kind: 0,
  /**
   * The next free block. Not used for anything else, even while the block is taken: an undone change needs the old
   * value again.
   */
  freeNext: 31,
} as const;

/** A node: one place in one object's queue. The first node of a wait also holds what concerns the whole wait. */
export const NodeWord = {
  kind: BlockWord.kind,
  /** Neighbours in the queue of `entry`; 0 at its ends. */
  next: 1,
  previous: 2,
  /** The entry in whose queue or taken list the node is, or 0. */
  entry: 3,
  /** The wait's first node (itself for the first). */
  wait: 4,
  /** The wait's next node, or 0. */
  sibling: 5,
  /** Index of the object among the objects of the wait. */
  position: 6,
  /** 1: the node was granted a mutex that the thread already owned. */
  recursive: 7,
  /** 1: a mutex that the thread already owns does not satisfy this wait. */
  exclusive: 8,
  /** 1: the node took a unit or a signal, and is in the entry's taken list until its wait ends. */
  taken: 9,
  /** Neighbours in that list; 0 at its ends. */
  takenNext: 10,
  takenPrevious: 11,
  // only of the first node: the waiting thread, and its neighbours among the thread's waits
  thread: 16,
  threadNext: 17,
  threadPrevious: 18,
  /**
   * 0: not granted. Else 1 + the result (position, or 0x80 + position after an abandonment). Written last of a grant;
   * the thread reads it without the lock.
   */
  granted: 19,
  /** 1: the wait is for all objects at once. */
  all: 20,
  /** The number of this grant among the thread's grants. Written before `granted`. */
  grantNumber: 21,
  freeNext: BlockWord.freeNext,
} as const;

/** An entry: an object that some thread waits for, and its state while a thread does. */
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
  /** 1 while a pulse is under way: the state goes back to 0 when the queue has been walked. */
  pulsing: 8,
  /** The highest possible state: a semaphore's maximum, else 1. */
  maximum: 9,
  /**
   * First node of the taken list: its unit or signal was granted to a wait that has not ended, so it can still go back.
   */
  taken: 10,
  /** How many nodes of waits for all are in the queue. */
  alls: 11,
  /** 1: the entry is among the orphans. */
  orphan: 12,
  orphanNext: 13,
  orphanPrevious: 14,
  freeNext: BlockWord.freeNext,
} as const;

/**
 * Where an object's state is. Opening: in the state word, frozen or not. Live and Closing: in the entry if WAITERS is
 * set in the state word; if not, in the word, and the entry is stale.
 */
export const EntryPhase = { Opening: 1, Live: 2, Closing: 3 } as const;

/** Word index of a thread record. */
export const threadWord = (index: number): number => THREAD_FIRST + index * THREAD_WORDS;
/** Words from one death word to the next. The node of a robust list has 8 bytes and stands at the word's place. */
export const DEATH_STRIDE = 2;
/**
 * The word of a record on which the threads of one process sleep to hear of the death of the record's thread. Robust
 * futex. The thread writes it like `life`, and before that; the kernel marks it after `life`, so a thread that this
 * word woke finds `life` dead.
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
/**
 * The generation after this one. Never 0 in the bits that a thread id holds, because the id of record 0 would then be
 * 0.
 */
export const nextGeneration = (generation: number): number => ((generation & GENERATION_MASK) % GENERATION_MASK) + 1;
/** The record of a thread id. */
export const threadIndexOf = (id: number): number => id & (THREAD_COUNT - 1);
/** The generation in a thread id. */
export const generationOf = (id: number): number => (id >>> THREAD_INDEX_BITS) & GENERATION_MASK;
/** Whether two generations are the same in the bits that a thread id holds. */
export const sameGeneration = (a: number, b: number): boolean => (a & GENERATION_MASK) === (b & GENERATION_MASK);

/** Bits of a robust futex word, as the kernel defines them. */
export const FUTEX_WAITERS = 0x8000_0000 | 0;
export const FUTEX_OWNER_DIED = 0x4000_0000;
export const FUTEX_TID_MASK = 0x3fff_ffff;
