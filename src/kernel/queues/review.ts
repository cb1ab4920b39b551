// What dead threads had goes on to the living: a mutex is abandoned, a unit or signal that was not acknowledged goes back. A death
// counts from the moment it happens: every thread that looks at a queue or at readiness comes here first. Under the dispatcher lock.
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
import { ABANDONED, returnedState } from "../../protocol/state-machines.js";
import { step } from "../../step.js";
import { signalThread, wakeAllDeathWords } from "../dispatcher/bell.js";
import { awaitLastInstruction, backedThreads, isAlive, isLife } from "../dispatcher/liveness.js";
import { addIfOrphan } from "./orphans.js";
import { findTaken, removeTaken } from "./taken-list.js";
import { eachNode, eachQueued, freeWait, grantOf, isForAll, threadOf, waitOf } from "./wait-nodes.js";
import { dropWait, settle } from "./wait-queue.js";
import { at, checkedBlock, commit, corrupt, put } from "../dispatcher/words.js";

function deadOwner(entry: number): number {
  if (at(entry + EntryWord.type) !== ObjectType.Mutex) return 0;
  const owner = at(entry + EntryWord.state);
  return owner === 0 || owner === ABANDONED || isAlive(owner) ? 0 : owner;
}

const findDeadTaken = (block: number): number => findTaken(block, (node) => !isAlive(threadOf(waitOf(node))));

const concernsTheDead = (block: number): boolean =>
  deadOwner(checkedBlock(block, BlockKind.Entry)) !== 0 || findDeadTaken(block) !== 0;

let lastTold = 0;

// Each process has a death word of its own in a record, and of its threads that sleep there the one that the kernel wakes wakes the others.
// Only with more processes than words a wake-up can be lost, with a process that dies in the same moment: here it is made up for.
function tellDeath(thread: number): void {
  if (thread === lastTold) return;
  wakeAllDeathWords(threadWord(threadIndexOf(thread)));
  lastTold = thread;
}

function seeToDeath(thread: number): void {
  tellDeath(thread);
  awaitLastInstruction(thread);
}

// The owner's last store to what the mutex protects comes before the next owner's first.
function abandon(block: number, owner: number): void {
  seeToDeath(owner);
  put(blockWord(block) + EntryWord.state, ABANDONED);
  put(Word.pendingEntry, block);
  commit();
  step("mutex.abandoned");
  settle(block);
}

/** Gives what a node took back to its entry, and frees the wait with the last such node. */
function giveBack(node: number, block: number): void {
  const entry = checkedBlock(block, BlockKind.Entry);
  const wait = waitOf(node);
  seeToDeath(threadOf(wait));
  removeTaken(node);
  put(entry + EntryWord.state, returnedState(at(entry + EntryWord.state), at(entry + EntryWord.maximum)));
  put(Word.pendingEntry, block);
  const isEmpty = eachNode(wait, (_node, word) => at(word + NodeWord.taken) === 0);
  if (isEmpty) freeWait(wait);
  commit();
  step("grant.returned");
  settle(block);
}

function reviewOne(block: number): void {
  const owner = deadOwner(checkedBlock(block, BlockKind.Entry));
  if (owner !== 0) abandon(block, owner);
  for (let node = findDeadTaken(block), steps = 0; node !== 0; node = findDeadTaken(block)) {
    if (steps++ > BLOCK_COUNT) corrupt("grants without an end");
    giveBack(node, block);
  }
}

// Another object that a wait for all in this queue needs, and that a dead thread had: Windows would have signalled it at the death.
function findOther(block: number): number {
  let found = 0;
  eachQueued(at(blockWord(block) + EntryWord.head), (_node, word) => {
    const wait = at(word + NodeWord.wait);
    if (!isForAll(wait)) return true;
    return eachNode(wait, (_each, place) => {
      const other = at(place + NodeWord.entry);
      if (other === 0 || other === block || !concernsTheDead(other)) return true;
      found = other;
      return false;
    });
  });
  return found;
}

/** Sees to what the dead had of an object, and of the other objects of the waits for all in its queue: in the order of each queue. */
export function reviewEntry(block: number): void {
  reviewOne(block);
  if (at(blockWord(block) + EntryWord.alls) === 0) return;
  for (let other = findOther(block), steps = 0; other !== 0; other = findOther(block)) {
    if (steps++ > BLOCK_COUNT) corrupt("deaths without an end");
    reviewOne(other);
    addIfOrphan(other);
    commit();
  }
}

function findDeadWait(block: number): number {
  let found = 0;
  eachQueued(at(checkedBlock(block, BlockKind.Entry) + EntryWord.head), (_node, word) => {
    const wait = at(word + NodeWord.wait);
    if (!isAlive(threadOf(wait))) found = wait;
    return found === 0;
  });
  return found;
}

/** The same as `reviewEntry`, and takes the waits of dead threads out of the queue: by a thread that was told of one's death. */
export function reviewQueue(block: number): void {
  reviewEntry(block);
  for (let wait = findDeadWait(block), steps = 0; wait !== 0; wait = findDeadWait(block)) {
    if (steps++ > BLOCK_COUNT) corrupt("deaths without an end");
    tellDeath(threadOf(wait));
    dropWait(wait, block);
  }
}

/** Frees the waits and the record of a thread that ended. */
export function reapThread(index: number): void {
  const record = threadWord(index);
  for (let wait = at(record + ThreadWord.waits), steps = 0; wait !== 0; wait = at(record + ThreadWord.waits)) {
    if (steps++ > BLOCK_COUNT) corrupt("a list of waits without an end");
    if (grantOf(wait) === 0) dropWait(wait, 0);
    else giveBackAll(wait);
  }
  if (at(record + ThreadWord.unwoken) === 1) signalEverybody();
  put(record + ThreadWord.life, 0);
  commit();
  wakeAllDeathWords(record);
}

// The thread was killed between ringing bells and waking the sleepers, and nobody knows whose bells.
function signalEverybody(): void {
  for (let index = 0; index < backedThreads(); index++)
    if (isLife(at(threadWord(index) + ThreadWord.life))) signalThread(index);
}

function giveBackAll(wait: number): void {
  for (;;) {
    let taken = 0;
    eachNode(wait, (node, word) => {
      if (at(word + NodeWord.taken) === 1) taken = node;
      return taken === 0;
    });
    if (taken === 0) break;
    const block = at(blockWord(taken) + NodeWord.entry);
    const isLast = eachNode(wait, (node, word) => node === taken || at(word + NodeWord.taken) === 0);
    giveBack(taken, block);
    addIfOrphan(block);
    commit();
    if (isLast) return; // freed with it
  }
  freeWait(wait);
  commit();
}
