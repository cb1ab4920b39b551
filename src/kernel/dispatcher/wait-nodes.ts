// Waits and their places in the queues of objects: entering, leaving, and what was granted. Under the dispatcher lock.
import { checkedBlock, commit, corrupt, memory, put, ring } from "./dispatcher.js";
import { allocateBlock, freeBlock } from "./blocks.js";
import {
  BlockKind,
  EntryWord,
  NodeWord,
  ThreadWord,
  blockWord,
  threadIndexOf,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { ObjectType } from "../../protocol/object-header.js";
import { step } from "../../step.js";
import { removeUnclaimed } from "./unclaimed.js";

/** The most objects in one wait. */
const MOST_NODES = 64;

const at = (index: number): number => memory[index] ?? 0;

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

/** The wait that a place belongs to. */
export function waitOf(node: number): number {
  return at(checkedBlock(node, BlockKind.Node) + NodeWord.wait);
}

/** The thread that waits. */
export function threadOf(wait: number): number {
  return at(checkedBlock(wait, BlockKind.Node) + NodeWord.thread);
}

/** Takes one place out of its queue. */
export function unlinkNode(node: number): void {
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
 * @param exclusive for each entry, whether it has to be free of this thread too
 * @returns the wait: the block of its first node
 */
export function enqueue(
  entries: readonly number[],
  exclusive: readonly boolean[],
  all: boolean,
  thread: number,
): number {
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
    memory[word + NodeWord.exclusive] = exclusive[position] === true ? 1 : 0;
    appendNode(node, entry);
    last = node;
  }
  step("wait.enqueue");
  commit();
  step("wait.enqueued");
  return wait;
}

/**
 * Visits the places of a wait, until `visit` says false. Damaged bytes could make them a ring, and an endless loop under the
 * lock stops everybody.
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

/** Takes a wait out of all queues. */
export function unlinkWait(wait: number): void {
  eachNode(wait, (node) => {
    unlinkNode(node);
    return true;
  });
}

/** Takes a wait out of its thread's list. */
export function leaveThread(wait: number): void {
  const word = checkedBlock(wait, BlockKind.Node);
  const thread = at(word + NodeWord.thread);
  if (thread === 0) return; // left already
  const record = threadWord(threadIndexOf(thread));
  const next = at(word + NodeWord.threadNext);
  const previous = at(word + NodeWord.threadPrevious);
  if (previous === 0) put(record + ThreadWord.waits, next);
  else put(checkedBlock(previous, BlockKind.Node) + NodeWord.threadNext, next);
  if (next !== 0) put(checkedBlock(next, BlockKind.Node) + NodeWord.threadPrevious, previous);
}

/** Gives a wait's memory back. */
export function freeWait(wait: number): void {
  leaveThread(wait);
  for (let node = wait; node !== 0;) {
    const sibling = at(checkedBlock(node, BlockKind.Node) + NodeWord.sibling);
    freeBlock(node);
    node = sibling;
  }
}

/** Ends a wait, granted or not: its places in the queues and its memory go. */
export function dequeue(wait: number): void {
  if (grantOf(wait) === 0) unlinkWait(wait);
  else removeUnclaimed(wait);
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
