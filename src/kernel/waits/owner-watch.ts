// The lives of those who have what this thread waits for: which words tell of an owner's end, and what to do when one has ended.
import { isAlive, lock, lockIsAbandoned, memory, unlock } from "../dispatcher/dispatcher.js";
import { EntryWord, ThreadWord, blockWord, threadIndexOf, threadWord } from "../../protocol/dispatcher-layout.js";
import { ObjectType } from "../../protocol/object-header.js";
import { pendings, type Pending } from "./pending-waits.js";
import { ABANDONED } from "../../protocol/state-machines.js";
import { forEachNode, grantOf } from "../dispatcher/wait-nodes.js";
import { mayHaveDeadGrant } from "../dispatcher/unclaimed.js";
import { reviewEntry } from "../dispatcher/wait-queue.js";

const WATCH_MAX = 126;

/** Byte offsets into the dispatcher, and what the words there hold while all is well. The first is left to the caller. */
export const watchOffsets = new Uint32Array(WATCH_MAX + 1);
export const watchExpected = new Int32Array(WATCH_MAX + 1);

/** Fills the watch arrays from 1 on with the life words of the threads that own what is waited for. @returns words in all */
export function listOwners(waits: Iterable<Pending> = pendings): number {
  let count = 1;
  for (const pending of waits) {
    if (pending.result >= 0 || !pending.objects.some((object) => object.type === ObjectType.Mutex)) continue;
    forEachNode(pending.block, (position, _recursive, entry) => {
      if (pending.objects[position]?.type !== ObjectType.Mutex || entry === 0 || count > WATCH_MAX) return;
      const owner = memory[blockWord(entry) + EntryWord.state] ?? 0;
      if (owner === 0 || owner === ABANDONED) return; // free, but another object of the wait is not
      const offset = (threadWord(threadIndexOf(owner)) + ThreadWord.life) * 4;
      for (let i = 1; i < count; i++) if (watchOffsets[i] === offset) return;
      watchOffsets[count] = offset;
      watchExpected[count] = isAlive(owner) ? Atomics.load(memory, offset / 4) : -1;
      count++;
    });
  }
  return count;
}

/** Whether one of the first `count` listed has ended. */
export function hasDeadOwner(count: number): boolean {
  for (let i = 1; i < count; i++)
    if (Atomics.load(memory, (watchOffsets[i] ?? 0) / 4) !== watchExpected[i]) return true;
  return false;
}

/** Frees what the dead owned; the queues' heads, perhaps we, get it. */
export function reviewOwners(): void {
  reviewPending((type) => type === ObjectType.Mutex);
}

function reviewPending(concerns: (type: ObjectType | undefined) => boolean): void {
  lock();
  try {
    for (const pending of pendings) {
      if (pending.result >= 0 || grantOf(pending.block) !== 0) continue;
      forEachNode(pending.block, (position, _recursive, entry) => {
        if (concerns(pending.objects[position]?.type) && entry !== 0) reviewEntry(entry);
      });
    }
  } finally {
    unlock();
  }
}

/**
 * Finishes what a thread that died inside the dispatcher lock left, and gets this thread's waits what was granted to threads that
 * died before they got it. Nothing tells of those deaths, so who waits looks at every slice.
 */
export function reviewTheDead(): void {
  if (mayHaveDeadGrant()) reviewPending(() => true);
  if (!lockIsAbandoned()) return;
  lock();
  unlock();
}
