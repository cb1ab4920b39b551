// Queues of waiting threads: entering, granting in the order of arrival, leaving, and finishing what a dead thread left.
// Every function here runs under the dispatcher lock, and leaves no signalled object with a waiter that could have it.
import {
  allocateBlock,
  checkedBlock,
  commit,
  corrupt,
  freeBlock,
  isAlive,
  memory,
  put,
  ring,
  setRecovery,
} from "./dispatcher.js";
import {
  BLOCK_COUNT,
  BlockKind,
  EntryPhase,
  EntryWord,
  NodeWord,
  ThreadWord,
  Word,
  blockWord,
  makeThreadId,
  threadIndexOf,
  threadWord,
} from "./dispatcher-layout.js";
import { ObjectType, StateWord } from "./layout.js";
import { ABANDONED, WAITERS, isSignalled, takenState } from "./state-machines.js";
import { step } from "./step.js";

/** What the queues need to know of an object that this thread has mapped. */
export interface Queued {
  readonly type: ObjectType;
  /** Words of the header page. */
  readonly words: Int32Array;
  /** The first 64 bits of the object id. */
  readonly id0: number;
  readonly id1: number;
}

/** Added to a result when the mutex taken was abandoned. */
export const ABANDONED_RESULT = 0x80;

/** The most objects in one wait. */
const MOST_NODES = 64;

const at = (index: number): number => memory[index] ?? 0;

function ownEntry(object: Queued): number {
  const block = object.words[StateWord.entry] ?? 0;
  if (block <= 0 || block >= BLOCK_COUNT || block > at(Word.usedBlocks)) return 0;
  const entry = blockWord(block);
  const isOurs =
    at(entry + EntryWord.kind) === BlockKind.Entry &&
    at(entry + EntryWord.id0) === object.id0 &&
    at(entry + EntryWord.id1) === object.id1;
  return isOurs ? block : 0;
}

function openEntry(object: Queued): number {
  const block = allocateBlock(BlockKind.Entry);
  const entry = blockWord(block);
  put(entry + EntryWord.phase, EntryPhase.Opening);
  memory[entry + EntryWord.head] = 0;
  memory[entry + EntryWord.tail] = 0;
  memory[entry + EntryWord.type] = object.type;
  memory[entry + EntryWord.id0] = object.id0;
  memory[entry + EntryWord.id1] = object.id1;
  memory[entry + EntryWord.pulsing] = 0;
  object.words[StateWord.entry] = block;
  commit();
  step("entry.opened");
  return block;
}

function freeze(words: Int32Array): number {
  for (;;) {
    const word = Atomics.load(words, StateWord.state);
    if (word < 0) return word;
    if (Atomics.compareExchange(words, StateWord.state, word, word | WAITERS) === word) return word;
  }
}

/**
 * Freezes an object's state word and moves its state into an entry, so that this thread can act on it.
 * @returns the entry's block
 */
export function acquireEntry(object: Queued): number {
  const { words } = object;
  const wasFrozen = Atomics.load(words, StateWord.state) < 0;
  let block = ownEntry(object);
  if (block !== 0 && wasFrozen) {
    const phase = at(blockWord(block) + EntryWord.phase);
    if (phase === EntryPhase.Live || phase === EntryPhase.Closing) {
      reviewEntry(block);
      return block;
    }
  }
  if (block === 0) block = openEntry(object);
  const entry = blockWord(block);
  if (at(entry + EntryWord.phase) !== EntryPhase.Opening) {
    put(entry + EntryWord.phase, EntryPhase.Opening); // stale: the word is the truth until it is frozen and copied
    commit();
  }
  const state = freeze(words) & ~WAITERS;
  step("entry.frozen");
  put(entry + EntryWord.state, state);
  put(entry + EntryWord.phase, EntryPhase.Live);
  commit();
  reviewEntry(block);
  return block;
}

/** Gives the state back to the word if nobody waits. The caller's changes are committed here. */
export function releaseEntry(object: Queued, block: number): void {
  commit();
  const entry = blockWord(block);
  if (at(entry + EntryWord.head) !== 0) return;
  put(entry + EntryWord.phase, EntryPhase.Closing);
  commit();
  step("entry.closing");
  Atomics.store(object.words, StateWord.state, at(entry + EntryWord.state));
  step("entry.thawed");
  freeBlock(block);
  commit();
}

/** The object's state: the truth, as the entry is live. */
export function entryState(block: number): number {
  return at(blockWord(block) + EntryWord.state);
}

/** Changes the state; `settle` afterwards if that may satisfy somebody. */
export function setEntryState(block: number, state: number): void {
  put(blockWord(block) + EntryWord.state, state);
}

/** Frees a mutex whose owner ended, marks it abandoned and hands it to the first who waits for it. */
export function reviewEntry(block: number): void {
  const entry = checkedBlock(block, BlockKind.Entry);
  if (at(entry + EntryWord.type) !== ObjectType.Mutex) return;
  const owner = at(entry + EntryWord.state);
  if (owner === 0 || owner === ABANDONED || isAlive(owner)) return;
  put(entry + EntryWord.state, ABANDONED);
  put(Word.pendingEntry, block);
  commit();
  step("mutex.abandoned");
  settle(block);
}

/** Takes a signalled object for a thread. @returns 0, or ABANDONED_RESULT */
export function takeEntry(block: number, thread: number): number {
  const entry = blockWord(block);
  const state = at(entry + EntryWord.state);
  const type = at(entry + EntryWord.type);
  const abandoned = type === ObjectType.Mutex && state === ABANDONED;
  const next = takenState(type, state, thread);
  if (next !== state) put(entry + EntryWord.state, next);
  return abandoned ? ABANDONED_RESULT : 0;
}

/** Whether a wait by `thread` on this object would be satisfied now. */
export function entryIsSignalled(block: number, thread: number): boolean {
  const entry = blockWord(block);
  return isSignalled(at(entry + EntryWord.type), at(entry + EntryWord.state), thread);
}

function appendNode(node: number, block: number): void {
  const entry = blockWord(block);
  const tail = at(entry + EntryWord.tail);
  const word = blockWord(node);
  memory[word + NodeWord.next] = 0;
  memory[word + NodeWord.previous] = tail;
  memory[word + NodeWord.entry] = block;
  put(entry + EntryWord.tail, node);
  if (tail === 0) put(entry + EntryWord.head, node);
  else put(checkedBlock(tail, BlockKind.Node) + NodeWord.next, node);
}

function waitOf(node: number): number {
  return at(checkedBlock(node, BlockKind.Node) + NodeWord.wait);
}

function threadOf(wait: number): number {
  return at(checkedBlock(wait, BlockKind.Node) + NodeWord.thread);
}

function unlinkNode(node: number): void {
  const word = checkedBlock(node, BlockKind.Node);
  const block = at(word + NodeWord.entry);
  if (block === 0) return;
  const entry = checkedBlock(block, BlockKind.Entry);
  const next = at(word + NodeWord.next);
  const previous = at(word + NodeWord.previous);
  if (previous === 0) {
    put(entry + EntryWord.head, next);
    // Who is first in a mutex's queue watches the owner's life: tell the new first that it is.
    if (next !== 0 && at(entry + EntryWord.type) === ObjectType.Mutex) ring(threadIndexOf(threadOf(waitOf(next))));
  } else put(checkedBlock(previous, BlockKind.Node) + NodeWord.next, next);
  if (next === 0) put(entry + EntryWord.tail, previous);
  else put(checkedBlock(next, BlockKind.Node) + NodeWord.previous, previous);
  put(word + NodeWord.entry, 0);
}

/**
 * Makes a thread wait for these entries. The caller has seen that the wait is not satisfied now.
 * @returns the wait: the block of its first node
 */
export function enqueue(entries: readonly number[], all: boolean, thread: number): number {
  const record = threadWord(threadIndexOf(thread));
  let wait = 0;
  let last = 0;
  for (const [position, entry] of entries.entries()) {
    const node = allocateBlock(BlockKind.Node);
    const word = blockWord(node);
    if (wait === 0) {
      wait = node;
      const first = at(record + ThreadWord.waits);
      memory[word + NodeWord.thread] = thread;
      memory[word + NodeWord.threadNext] = first;
      memory[word + NodeWord.threadPrevious] = 0;
      memory[word + NodeWord.granted] = 0;
      memory[word + NodeWord.all] = all ? 1 : 0;
      memory[word + NodeWord.grantNumber] = 0;
      put(record + ThreadWord.waits, node);
      if (first !== 0) put(checkedBlock(first, BlockKind.Node) + NodeWord.threadPrevious, node);
    } else put(blockWord(last) + NodeWord.sibling, node);
    memory[word + NodeWord.sibling] = 0;
    memory[word + NodeWord.wait] = wait;
    memory[word + NodeWord.position] = position;
    memory[word + NodeWord.recursive] = 0;
    appendNode(node, entry);
    last = node;
  }
  step("wait.enqueue");
  commit();
  step("wait.enqueued");
  return wait;
}

// Visits the places of a wait. Damaged bytes could make them a ring, and an endless loop under the lock stops everybody.
function eachNode(wait: number, visit: (node: number, word: number) => boolean): boolean {
  let left = MOST_NODES;
  for (let node = wait; node !== 0;) {
    if (left-- === 0) corrupt("a wait without an end");
    const word = checkedBlock(node, BlockKind.Node);
    const next = at(word + NodeWord.sibling);
    if (!visit(node, word)) return false;
    node = next;
  }
  return true;
}

function unlinkWait(wait: number): void {
  eachNode(wait, (node) => {
    unlinkNode(node);
    return true;
  });
}

function freeWait(wait: number): void {
  const word = checkedBlock(wait, BlockKind.Node);
  const record = threadWord(threadIndexOf(at(word + NodeWord.thread)));
  const next = at(word + NodeWord.threadNext);
  const previous = at(word + NodeWord.threadPrevious);
  if (previous === 0) put(record + ThreadWord.waits, next);
  else put(checkedBlock(previous, BlockKind.Node) + NodeWord.threadNext, next);
  if (next !== 0) put(checkedBlock(next, BlockKind.Node) + NodeWord.threadPrevious, previous);
  for (let node = wait; node !== 0;) {
    const sibling = at(checkedBlock(node, BlockKind.Node) + NodeWord.sibling);
    freeBlock(node);
    node = sibling;
  }
}

/** Ends a wait, granted or not: its places in the queues and its memory go. */
export function dequeue(wait: number): void {
  if (grantOf(wait) === 0) unlinkWait(wait);
  freeWait(wait);
  commit();
  step("wait.dequeued");
}

/** 0 while the wait is not satisfied, else 1 + its result. */
export function grantOf(wait: number): number {
  return Atomics.load(memory, blockWord(wait) + NodeWord.granted);
}

/** The number of the grant among its thread's. */
export function grantNumberOf(wait: number): number {
  return at(blockWord(wait) + NodeWord.grantNumber);
}

/** Calls `visit` with position and recursion of each place of a wait. */
export function forEachNode(wait: number, visit: (position: number, recursive: boolean, entry: number) => void): void {
  eachNode(wait, (_node, word) => {
    visit(at(word + NodeWord.position), at(word + NodeWord.recursive) === 1, at(word + NodeWord.entry));
    return true;
  });
}

// A mutex whose owner has died but was not reviewed yet counts as owned: its own review, which the waiters see to, comes here
// again, and in the order of its queue.
function canHaveAll(wait: number, thread: number): boolean {
  return eachNode(wait, (_node, word) => {
    const block = at(word + NodeWord.entry);
    checkedBlock(block, BlockKind.Entry);
    return entryIsSignalled(block, thread);
  });
}

function takeFor(node: number, thread: number): number {
  const word = checkedBlock(node, BlockKind.Node);
  const block = at(word + NodeWord.entry);
  const entry = checkedBlock(block, BlockKind.Entry);
  const isRecursive = at(entry + EntryWord.type) === ObjectType.Mutex && at(entry + EntryWord.state) === thread;
  if (isRecursive) put(word + NodeWord.recursive, 1);
  return takeEntry(block, thread);
}

function grant(node: number, wait: number, thread: number): void {
  const head = blockWord(wait);
  let result = 0;
  if (at(head + NodeWord.all) === 1) {
    eachNode(wait, (each) => {
      result |= takeFor(each, thread);
      return true;
    });
  } else result = at(blockWord(node) + NodeWord.position) | takeFor(node, thread);
  unlinkWait(wait);
  const index = threadIndexOf(thread);
  const number = at(threadWord(index) + ThreadWord.grants) + 1;
  put(threadWord(index) + ThreadWord.grants, number);
  put(head + NodeWord.grantNumber, number);
  put(head + NodeWord.granted, 1 + result);
  step("wait.granting");
  ring(index); // before the commit: after it, a crash must not leave a granted thread unrung
  commit();
  step("wait.granted");
}

/** The wait of a thread that ended. What was granted to it stays taken, as for a thread that dies right after its wait. */
function dropWait(wait: number): void {
  unlinkWait(wait);
  freeWait(wait);
  commit();
}

/**
 * Grants an object to those who wait for it, in order of arrival, as long as it is signalled. Waits for all are passed over
 * unless all their objects are signalled.
 */
export function settle(block: number, keepPending = false): void {
  const entry = checkedBlock(block, BlockKind.Entry);
  if (at(entry + EntryWord.head) === 0) {
    if (!keepPending && at(Word.pendingEntry) !== 0) {
      put(Word.pendingEntry, 0);
      commit();
    }
    return;
  }
  put(Word.pendingEntry, block);
  commit();
  for (let node = at(entry + EntryWord.head), steps = 0; node !== 0; steps++) {
    if (steps > BLOCK_COUNT) corrupt("a queue without an end");
    // A mutex is looked through to the end: its new owner may have more waits in the queue, which it has now too.
    if (at(entry + EntryWord.state) === 0 && at(entry + EntryWord.type) !== ObjectType.Mutex) break;
    const word = checkedBlock(node, BlockKind.Node);
    const next = at(word + NodeWord.next);
    const wait = at(word + NodeWord.wait);
    const thread = threadOf(wait);
    if (!isAlive(thread)) {
      dropWait(wait);
      node = at(entry + EntryWord.head); // a wait can have several places in this queue: begin again
      continue;
    }
    const isAll = at(blockWord(wait) + NodeWord.all) === 1;
    if (entryIsSignalled(block, thread) && (!isAll || canHaveAll(wait, thread))) {
      grant(node, wait, thread);
      node = at(entry + EntryWord.head);
      continue;
    }
    node = next;
  }
  if (!keepPending) {
    put(Word.pendingEntry, 0);
    commit();
  }
}

/** Releases those who wait now, all or one as the event's kind has it, and leaves it not signalled. */
export function pulse(block: number): void {
  const entry = blockWord(block);
  put(entry + EntryWord.pulsing, 1);
  put(entry + EntryWord.state, 1);
  put(Word.pendingEntry, block);
  commit();
  step("event.pulsing");
  finishPulse(block);
}

// pendingEntry stays set until the state is back at 0: who takes over from a dead pulser comes here again.
function finishPulse(block: number): void {
  const entry = blockWord(block);
  settle(block, true);
  put(entry + EntryWord.pulsing, 0);
  put(entry + EntryWord.state, 0);
  put(Word.pendingEntry, 0);
  commit();
}

/** Frees the waits and the record of a thread that ended. */
export function reapThread(index: number): void {
  const record = threadWord(index);
  for (let wait = at(record + ThreadWord.waits), steps = 0; wait !== 0; steps++) {
    if (steps > BLOCK_COUNT) corrupt("a list of waits without an end");
    dropWait(wait);
    wait = at(record + ThreadWord.waits);
  }
  put(record + ThreadWord.life, 0);
  commit();
}

/** The id of the thread in a record. */
export function threadIdAt(index: number): number {
  return makeThreadId(index, at(threadWord(index) + ThreadWord.generation));
}

setRecovery(() => {
  const block = at(Word.pendingEntry);
  if (block === 0) return;
  const entry = checkedBlock(block, BlockKind.Entry);
  if (at(entry + EntryWord.pulsing) === 1) finishPulse(block);
  else settle(block);
  put(Word.pendingEntry, 0);
  commit();
});
