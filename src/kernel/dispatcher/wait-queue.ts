// Granting objects to the threads that wait for them, in the order of arrival, and finishing what a dead thread left. Every
// function here runs under the dispatcher lock, and leaves no signalled object with a waiter that could have it.
import { checkedBlock, commit, corrupt, isAlive, memory, put, ring, setRecovery } from "./dispatcher.js";
import {
  BLOCK_COUNT,
  BlockKind,
  EntryWord,
  NodeWord,
  ThreadWord,
  Word,
  blockWord,
  makeThreadId,
  threadIndexOf,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { entryIsSignalled, takeEntry } from "./entry-state.js";
import { giveBackOne, orphan } from "./give-back.js";
import { ObjectType } from "../../protocol/object-header.js";
import { ABANDONED, isConsumed } from "../../protocol/state-machines.js";
import { step } from "../../step.js";
import { addUnclaimed, isUnclaimed, setClaimed } from "./unclaimed.js";
import { eachNode, freeWait, grantOf, threadOf, unlinkNode, unlinkWait } from "./wait-nodes.js";

const at = (index: number): number => memory[index] ?? 0;

/**
 * Sees to what the dead had of an object: a mutex whose owner ended is marked abandoned; a unit or signal that was granted to a
 * thread which ended before its wait returned is given back. The first who waits for it gets it.
 */
export function reviewEntry(block: number): void {
  const entry = checkedBlock(block, BlockKind.Entry);
  if (at(entry + EntryWord.type) === ObjectType.Mutex) reviewOwner(block, entry);
  else for (let isFirst = true; giveBackOne(block, isFirst); isFirst = false) settle(block);
}

function reviewOwner(block: number, entry: number): void {
  const owner = at(entry + EntryWord.state);
  if (owner === 0 || owner === ABANDONED || isAlive(owner)) return;
  put(entry + EntryWord.state, ABANDONED);
  put(Word.pendingEntry, block);
  commit();
  step("mutex.abandoned");
  settle(block);
}

// A mutex whose owner has died but was not reviewed yet counts as owned: its own review, which the waiters see to, comes here
// again, and in the order of its queue.
function canHaveAll(wait: number, thread: number): boolean {
  return eachNode(wait, (_node, word) => {
    const block = at(word + NodeWord.entry);
    checkedBlock(block, BlockKind.Entry);
    return entryIsSignalled(block, recursiveFor(word, thread));
  });
}

function recursiveFor(word: number, thread: number): number {
  return at(word + NodeWord.exclusive) === 1 ? 0 : thread;
}

function takeFor(word: number, entry: number, thread: number): number {
  const isRecursive = at(entry + EntryWord.type) === ObjectType.Mutex && at(entry + EntryWord.state) === thread;
  if (isRecursive) put(word + NodeWord.recursive, 1);
  return takeEntry(at(word + NodeWord.entry), thread);
}

// What a pulse releases is gone with who was released.
function canGiveBack(entry: number): boolean {
  return isConsumed(at(entry + EntryWord.type)) && at(entry + EntryWord.pulsing) === 0;
}

function grant(node: number, wait: number, thread: number): void {
  const head = blockWord(wait);
  const isAll = at(head + NodeWord.all) === 1;
  let result = isAll ? 0 : at(blockWord(node) + NodeWord.position);
  let isConsuming = false;
  eachNode(wait, (each, word) => {
    const entry = checkedBlock(at(word + NodeWord.entry), BlockKind.Entry);
    const takes = isAll || each === node;
    const consumes = takes && canGiveBack(entry);
    if (takes) result |= takeFor(word, entry, thread);
    unlinkNode(each);
    put(word + NodeWord.takenId0, consumes ? at(entry + EntryWord.id0) : 0);
    put(word + NodeWord.takenId1, consumes ? at(entry + EntryWord.id1) : 0);
    isConsuming ||= consumes;
    return true;
  });
  if (isConsuming) addUnclaimed(wait);
  else setClaimed(wait);
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

/** The wait of a thread that ended. What was granted to it is kept for who asks for it next. */
function dropWait(wait: number): void {
  const isGranted = grantOf(wait) !== 0;
  if (isGranted && isUnclaimed(wait)) orphan(wait);
  else {
    if (!isGranted) unlinkWait(wait);
    freeWait(wait);
  }
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
    if (entryIsSignalled(block, recursiveFor(word, thread)) && (!isAll || canHaveAll(wait, thread))) {
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
