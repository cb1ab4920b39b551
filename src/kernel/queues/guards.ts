// Whose deaths concern a wait: the threads on whose death words its thread sleeps. Under the dispatcher lock.
//
// What a dead thread had (a mutex, a unit or signal that it was granted and did not acknowledge) goes to the next wait, so a thread that
// waits must hear of that death from the kernel. Not every wait watches the owner: a long queue would have to be told of each new owner.
//
//   queue of a mutex:    head A    B    C          A watches the owner, B watches A, C watches B.
//
// A granted becomes the owner, and B, now the head, watches it already: handing over wakes only the thread that gets the mutex. A killed
// in the queue, B hears of it and takes A's place. A wait for all may stay at the front while waits behind it are served, so the waits
// behind look past it: the guard of a place is the nearest place before it whose wait is not for all, or, if there is none, the owner.
import { BlockKind, EntryWord, NodeWord, blockWord, threadIndexOf } from "../../protocol/dispatcher-layout.js";
import { ObjectType } from "../../protocol/object-header.js";
import { ABANDONED, isGuarded } from "../../protocol/state-machines.js";
import { signalToGuard } from "../dispatcher/bell.js";
import { findTaken } from "./taken-list.js";
import { at, checkedBlock, corrupt } from "../dispatcher/words.js";
import { eachNode, eachQueued, isForAll, threadOf, waitOf } from "./wait-nodes.js";

/** Tells the threads that wait from this place on that their guard has changed, as far as it has: to the first wait not for all. */
export function tellFrom(node: number): void {
  eachQueued(node, (_node, word) => {
    const wait = at(word + NodeWord.wait);
    signalToGuard(threadIndexOf(threadOf(wait)));
    return isForAll(wait);
  });
}

/** Tells those at the front of a queue that other threads than before have what they wait for. */
export function tellFront(block: number): void {
  const entry = blockWord(block);
  if (isGuarded(at(entry + EntryWord.type))) tellFrom(at(entry + EntryWord.head));
}

/** Tells those who may have watched this place, before it leaves the queue without being granted. */
export function tellBehind(node: number): void {
  const word = checkedBlock(node, BlockKind.Node);
  const block = at(word + NodeWord.entry);
  if (block === 0 || at(word + NodeWord.taken) === 1 || isForAll(at(word + NodeWord.wait))) return;
  if (isGuarded(at(checkedBlock(block, BlockKind.Entry) + EntryWord.type))) tellFrom(at(word + NodeWord.next));
}

function guardBefore(word: number): number {
  let node = at(word + NodeWord.previous);
  for (let steps = 0; node !== 0; steps++) {
    if (steps > 0xffff) corrupt("a queue without a start");
    const wait = waitOf(node);
    if (!isForAll(wait)) return threadOf(wait);
    node = at(checkedBlock(node, BlockKind.Node) + NodeWord.previous);
  }
  return 0;
}

function addFront(block: number, add: (thread: number) => void): void {
  const entry = blockWord(block);
  const state = at(entry + EntryWord.state);
  if (at(entry + EntryWord.type) === ObjectType.Mutex && state !== 0 && state !== ABANDONED) add(state);
  findTaken(block, (node) => {
    add(threadOf(waitOf(node)));
    return false;
  });
}

/**
 * The threads whose deaths concern a wait, without the waiting thread itself.
 * @param ids added to, each thread once
 */
export function addGuards(wait: number, ids: number[]): void {
  const own = threadOf(wait);
  const add = (thread: number): void => {
    if (thread !== own && !ids.includes(thread)) ids.push(thread);
  };
  eachNode(wait, (_node, word) => {
    const block = at(word + NodeWord.entry);
    if (block === 0 || at(word + NodeWord.taken) === 1) return true;
    if (!isGuarded(at(checkedBlock(block, BlockKind.Entry) + EntryWord.type))) return true;
    const before = guardBefore(word);
    if (before === 0) addFront(block, add);
    else add(before);
    return true;
  });
}
