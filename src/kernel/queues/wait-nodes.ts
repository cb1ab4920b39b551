// Waits and their places in the queues of objects: entering, leaving, and the grant. Under the dispatcher lock.
// docs/waits.md has the glossary, a drawing, and the order in which to read the files.
import {
  BLOCK_COUNT,
  BlockKind,
  EntryWord,
  MOST_NODES,
  NodeWord,
  ThreadWord,
  blockWord,
  threadIndexOf,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { step } from "../../step.js";
import { allocateBlock, freeBlock } from "../dispatcher/blocks.js";
import { removeOrphan } from "./orphans.js";
import { removeTaken } from "./taken-list.js";
import { at, checkedBlock, commit, corrupt, fresh, put, words } from "../dispatcher/words.js";

function appendNode(node: number, block: number): void {
  const entry = blockWord(block);
  const tail = at(entry + EntryWord.tail);
  const word = blockWord(node);
  fresh(word + NodeWord.next, 0);
  fresh(word + NodeWord.previous, tail);
  fresh(word + NodeWord.entry, block);
  put(entry + EntryWord.tail, node);
  removeOrphan(block);
  if (tail === 0) put(entry + EntryWord.head, node);
  else put(checkedBlock(tail, BlockKind.Node) + NodeWord.next, node);
}

/** The wait that a node belongs to. */
export function waitOf(node: number): number {
  return at(checkedBlock(node, BlockKind.Node) + NodeWord.wait);
}

/** The waiting thread. */
export function threadOf(wait: number): number {
  return at(checkedBlock(wait, BlockKind.Node) + NodeWord.thread);
}

/** Whether a wait is for all its objects at once. */
export function isForAll(wait: number): boolean {
  return at(checkedBlock(wait, BlockKind.Node) + NodeWord.all) === 1;
}

/** Takes one node out of its queue. */
export function unlinkNode(node: number): void {
  const word = checkedBlock(node, BlockKind.Node);
  const block = at(word + NodeWord.entry);
  if (block === 0) return;
  const entry = checkedBlock(block, BlockKind.Entry);
  const next = at(word + NodeWord.next);
  const previous = at(word + NodeWord.previous);
  if (previous === 0) put(entry + EntryWord.head, next);
  else put(checkedBlock(previous, BlockKind.Node) + NodeWord.next, next);
  if (next === 0) put(entry + EntryWord.tail, previous);
  else put(checkedBlock(next, BlockKind.Node) + NodeWord.previous, previous);
  if (isForAll(waitOf(node))) put(entry + EntryWord.alls, at(entry + EntryWord.alls) - 1);
  put(word + NodeWord.entry, 0);
}

function enterThread(wait: number, thread: number, all: boolean): void {
  const record = threadWord(threadIndexOf(thread));
  const word = blockWord(wait);
  const first = at(record + ThreadWord.waits);
  fresh(word + NodeWord.thread, thread);
  fresh(word + NodeWord.threadNext, first);
  fresh(word + NodeWord.threadPrevious, 0);
  fresh(word + NodeWord.granted, 0);
  fresh(word + NodeWord.all, all ? 1 : 0);
  fresh(word + NodeWord.grantNumber, 0);
  put(record + ThreadWord.waits, wait);
  if (first !== 0) put(checkedBlock(first, BlockKind.Node) + NodeWord.threadPrevious, wait);
}

/** One object of a wait. */
export interface Place {
  /** The object's entry. */
  readonly entry: number;
  /** Whether a mutex that the waiting thread already owns does not satisfy the wait. */
  readonly exclusive: boolean;
}

/**
 * Makes a thread wait. The caller has checked that the wait is not satisfied now.
 * @returns the wait: the block of its first node
 */
export function enqueue(places: readonly Place[], all: boolean, thread: number): number {
  let wait = 0;
  let last = 0;
  for (let position = 0; position < places.length; position++) {
    const { entry, exclusive } = places[position] as Place;
    const node = allocateBlock(BlockKind.Node);
    const word = blockWord(node);
    if (wait === 0) {
      wait = node;
      enterThread(wait, thread, all);
    } else put(blockWord(last) + NodeWord.sibling, node);
    fresh(word + NodeWord.sibling, 0);
    fresh(word + NodeWord.wait, wait);
    fresh(word + NodeWord.position, position);
    fresh(word + NodeWord.recursive, 0);
    fresh(word + NodeWord.exclusive, exclusive ? 1 : 0);
    fresh(word + NodeWord.taken, 0);
    appendNode(node, entry);
    if (all) put(blockWord(entry) + EntryWord.alls, at(blockWord(entry) + EntryWord.alls) + 1);
    last = node;
  }
  step("wait.enqueue");
  commit();
  step("wait.enqueued");
  return wait;
}

/**
 * Visits the nodes of a wait until `visit` returns false. The number is bounded, because damaged bytes could lead back
 * to the start, and an endless loop under the lock stops every thread of the namespace.
 */
export function eachNode(wait: number, visit: (node: number, word: number) => boolean): boolean {
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

function leaveThread(wait: number): void {
  const word = checkedBlock(wait, BlockKind.Node);
  const record = threadWord(threadIndexOf(at(word + NodeWord.thread)));
  const next = at(word + NodeWord.threadNext);
  const previous = at(word + NodeWord.threadPrevious);
  if (previous === 0) put(record + ThreadWord.waits, next);
  else put(checkedBlock(previous, BlockKind.Node) + NodeWord.threadNext, next);
  if (next !== 0) put(checkedBlock(next, BlockKind.Node) + NodeWord.threadPrevious, previous);
}

/** Frees a wait that is in no queue and no taken list. */
export function freeWait(wait: number): void {
  leaveThread(wait);
  for (let node = wait, left = MOST_NODES; node !== 0;) {
    if (left-- === 0) corrupt("a wait without an end");
    const sibling = at(checkedBlock(node, BlockKind.Node) + NodeWord.sibling);
    freeBlock(node);
    node = sibling;
  }
}

/** Takes a wait out of the queues, or, if it was granted, out of the taken lists. */
export function unlinkWait(wait: number): void {
  eachNode(wait, (node, word) => {
    if (at(word + NodeWord.taken) === 1) removeTaken(node);
    else unlinkNode(node);
    return true;
  });
}

/** 0 while the wait is not granted, else 1 + its result. Needs no lock. */
export function grantOf(wait: number): number {
  return Atomics.load(words(), blockWord(wait) + NodeWord.granted);
}

/** The number of the grant among the grants of its thread. Needs no lock. */
export function grantNumberOf(wait: number): number {
  return at(blockWord(wait) + NodeWord.grantNumber);
}

/** Calls `visit` for each node of a wait of this thread. Needs no lock. */
export function forEachNode(wait: number, visit: (position: number, recursive: boolean, entry: number) => void): void {
  eachNode(wait, (_node, word) => {
    visit(at(word + NodeWord.position), at(word + NodeWord.recursive) === 1, at(word + NodeWord.entry));
    return true;
  });
}

/** Visits the nodes of a queue, from one on, until `visit` returns false. `visit` must not change the queue. */
export function eachQueued(from: number, visit: (node: number, word: number) => boolean): void {
  for (let node = from, steps = 0; node !== 0; steps++) {
    if (steps > BLOCK_COUNT) corrupt("a queue without an end");
    const word = checkedBlock(node, BlockKind.Node);
    const next = at(word + NodeWord.next);
    if (!visit(node, word)) return;
    node = next;
  }
}
