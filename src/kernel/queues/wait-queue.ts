// Granting objects to waiting threads, in order of arrival. Every function here runs under the dispatcher lock. When it
// returns, no object is signalled while a wait in its queue could have it.
import {
  BLOCK_COUNT,
  BlockKind,
  EntryWord,
  NodeWord,
  ThreadWord,
  Word,
  blockWord,
  threadIndexOf,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { ObjectType } from "../../protocol/object-header.js";
import { isConsumed } from "../../protocol/state-machines.js";
import { step } from "../../step.js";
import { signalThread } from "../dispatcher/bell.js";
import { entryIsSignalled, takeEntry } from "./entry-state.js";
import { tellBehind, tellFront } from "./guards.js";
import { isAlive } from "../dispatcher/liveness.js";
import { addIfOrphan } from "./orphans.js";
import { addTaken } from "./taken-list.js";
import { eachNode, freeWait, isForAll, threadOf, unlinkNode, unlinkWait } from "./wait-nodes.js";
import { at, checkedBlock, commit, corrupt, put } from "../dispatcher/words.js";

function recursiveFor(word: number, thread: number): number {
  return at(word + NodeWord.exclusive) === 1 ? 0 : thread;
}

// A mutex whose owner died after the last review counts as owned here. The review after that death passes it on.
function canHaveAll(wait: number, thread: number): boolean {
  return eachNode(wait, (_node, word) => {
    const block = at(word + NodeWord.entry);
    checkedBlock(block, BlockKind.Entry);
    return entryIsSignalled(block, recursiveFor(word, thread));
  });
}

function takeFor(word: number, entry: number, thread: number): number {
  const isRecursive = at(entry + EntryWord.type) === ObjectType.Mutex && at(entry + EntryWord.state) === thread;
  if (isRecursive) put(word + NodeWord.recursive, 1);
  return takeEntry(at(word + NodeWord.entry), thread);
}

// What a pulse releases does not go back if the released thread dies.
function canGiveBack(entry: number): boolean {
  return isConsumed(at(entry + EntryWord.type)) && at(entry + EntryWord.pulsing) === 0;
}

// Takes one node of a granted wait out of its queue; `takes` says whether the wait takes this object too. @returns
// ABANDONED_RESULT or 0
function grantPlace(node: number, word: number, takes: boolean, acting: number, thread: number): number {
  const block = at(word + NodeWord.entry);
  const entry = checkedBlock(block, BlockKind.Entry);
  if (!takes) tellBehind(node);
  // The place behind the head watches the head already, which now is the new owner. It has nothing else to watch if the
  // taken list is empty.
  const isWatched =
    at(word + NodeWord.previous) === 0 && at(entry + EntryWord.taken) === 0 && !isForAll(at(word + NodeWord.wait));
  const consumes = takes && canGiveBack(entry);
  const result = takes ? takeFor(word, entry, thread) : 0;
  unlinkNode(node);
  if (consumes) addTaken(node, block);
  if (takes && !isWatched) tellFront(block);
  if (block !== acting) addIfOrphan(block);
  return result;
}

function grant(node: number, wait: number, thread: number, acting: number): void {
  const head = blockWord(wait);
  const isAll = at(head + NodeWord.all) === 1;
  let result = isAll ? 0 : at(blockWord(node) + NodeWord.position);
  eachNode(wait, (each, word) => {
    result |= grantPlace(each, word, isAll || each === node, acting, thread);
    return true;
  });
  const index = threadIndexOf(thread);
  const number = at(threadWord(index) + ThreadWord.grants) + 1;
  put(threadWord(index) + ThreadWord.grants, number | 0);
  put(head + NodeWord.grantNumber, number | 0);
  put(head + NodeWord.granted, 1 + result);
  step("wait.granting");
  signalThread(index); // before the commit: a crash after it must not leave a granted thread unsignalled
  commit();
  step("wait.granted");
}

function leave(wait: number, acting: number): void {
  const left: number[] = [];
  eachNode(wait, (node, word) => {
    tellBehind(node);
    left.push(at(word + NodeWord.entry));
    return true;
  });
  unlinkWait(wait);
  freeWait(wait);
  for (const block of left) if (block !== 0 && block !== acting) addIfOrphan(block);
}

/**
 * Ends the wait of a thread that died before it was granted anything. @param acting the entry that the caller will
 * release, or 0
 */
export function dropWait(wait: number, acting: number): void {
  leave(wait, acting);
  commit();
}

/** Ends a wait of this thread, granted or not. */
export function dequeue(wait: number): void {
  leave(wait, 0);
  commit();
  step("wait.dequeued");
}

/** Takes a signalled object for a thread that is not in the queue. @returns 0, or ABANDONED_RESULT */
export function takeAtOnce(block: number, thread: number): number {
  const result = takeEntry(block, thread);
  if (at(blockWord(block) + EntryWord.type) === ObjectType.Mutex) tellFront(block);
  return result;
}

/**
 * Grants an object to waiting threads, in order of arrival, as long as it is signalled. A wait for all is passed over
 * unless all its objects are signalled.
 * @param keepPending leaves the entry as the pending one, because the caller has more to do with it
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
    if (steps > 2 * BLOCK_COUNT) corrupt("a queue without an end");
    // The queue of a mutex is walked to the end, because the new owner may have more waits in it, which are satisfied
    // now too.
    if (at(entry + EntryWord.state) === 0 && at(entry + EntryWord.type) !== ObjectType.Mutex) break;
    const word = checkedBlock(node, BlockKind.Node);
    const next = at(word + NodeWord.next);
    const wait = at(word + NodeWord.wait);
    const thread = threadOf(wait);
    if (!isAlive(thread)) {
      dropWait(wait, block);
      node = at(entry + EntryWord.head); // a wait can have several places in this queue: begin again
      continue;
    }
    if (entryIsSignalled(block, recursiveFor(word, thread)) && (!isForAll(wait) || canHaveAll(wait, thread))) {
      grant(node, wait, thread, block);
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

/** Releases the threads that wait now, all or one as the event's kind says, and leaves the event not signalled. */
export function pulse(block: number): void {
  const entry = blockWord(block);
  put(entry + EntryWord.pulsing, 1);
  put(entry + EntryWord.state, 1);
  put(Word.pendingEntry, block);
  commit();
  step("event.pulsing");
  finishPulse(block);
}

// `pendingEntry` stays set until the state is 0 again, so that a thread that takes over from a dead pulser comes here.
function finishPulse(block: number): void {
  const entry = blockWord(block);
  settle(block, true);
  put(entry + EntryWord.pulsing, 0);
  put(entry + EntryWord.state, 0);
  put(Word.pendingEntry, 0);
  commit();
}

function finishPending(block: number): void {
  const entry = checkedBlock(block, BlockKind.Entry);
  if (at(entry + EntryWord.pulsing) === 1) finishPulse(block);
  else settle(block);
  put(Word.pendingEntry, 0);
  commit();
}

/** Finishes what a dead holder of the lock began, after its half-done change was undone. */
export function recover(): void {
  const pending = at(Word.pendingEntry);
  if (pending !== 0) finishPending(pending);
  // The dead thread may have had entries acquired in which nobody waits.
  const used = Math.min(at(Word.usedBlocks), BLOCK_COUNT - 1);
  for (let block = 1; block <= used; block++) {
    if (at(blockWord(block) + EntryWord.kind) !== BlockKind.Entry) continue;
    addIfOrphan(block);
    commit();
  }
}
