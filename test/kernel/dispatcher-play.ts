// A private dispatcher in which a test plays several threads, one after the other: operations as the product does them under the
// lock, and a thread's death after any of their stores.
import fc from "fast-check";
import { lock, unlock, useHolder, useLock } from "#kernel/dispatcher/lock";
import { commit, useWords } from "#kernel/dispatcher/words";
import {
  BLOCK_FIRST,
  BLOCK_WORDS,
  FUTEX_OWNER_DIED,
  ThreadWord,
  Word,
  makeThreadId,
  threadWord,
} from "#protocol/dispatcher-layout";
import { ObjectType } from "#protocol/object-header";
import * as entryOf from "#kernel/queues/entry";
import * as states from "#kernel/queues/entry-state";
import * as nodes from "#kernel/queues/wait-nodes";
import { payOwed } from "#kernel/queues/owed";
import * as granting from "#kernel/queues/wait-queue";
import { Reader, type ObjectSeed } from "./dispatcher-invariants.js";
import { recording, type Snapshot } from "./recorded-memory.js";

export const THREADS = 4;
const BLOCKS = 120;
const COMPANION = 1000;
const { AutoResetEvent, ManualResetEvent, Mutex, Semaphore } = ObjectType;
export const seeds: readonly ObjectSeed[] = [AutoResetEvent, ManualResetEvent, Mutex, Mutex, Semaphore].map(
  (type, i) => ({
    type,
    id0: 77 + i,
    id1: -i,
  }),
);
/** More units than any history here has. */
export const MAXIMUM: Readonly<Record<number, number>> = { [Semaphore]: 1000 };
export const idOf = (index: number): number => makeThreadId(index, 1);

export function fresh(): Snapshot {
  const memory = new Int32Array(BLOCK_FIRST + BLOCKS * BLOCK_WORDS);
  memory[Word.backedBlocks] = BLOCKS;
  memory[Word.backedThreads] = 64;
  for (let index = 0; index < THREADS; index++) {
    memory[threadWord(index) + ThreadWord.life] = COMPANION + index;
    memory[threadWord(index) + ThreadWord.generation] = 1;
    memory[threadWord(index) + ThreadWord.awake] = 1; // so that ringing makes no system call
  }
  return [memory, ...seeds.map(() => new Int32Array(64))];
}

export interface Operation {
  readonly kind: "wait" | "signal" | "reset" | "pulse" | "end" | "look";
  readonly thread: number;
  readonly objects: readonly number[];
  readonly all: boolean;
  /** The wait is not satisfied by a mutex that its thread owns. */
  readonly exclusive: boolean;
}

export const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom("wait", "wait", "wait", "signal", "signal", "reset", "pulse", "end", "look"),
  thread: fc.nat(THREADS - 1),
  objects: fc.uniqueArray(fc.nat(seeds.length - 1), { minLength: 1, maxLength: 3 }),
  all: fc.boolean(),
  exclusive: fc.boolean(),
});

const queuedOf = (pages: readonly Int32Array[], object: number): entryOf.Queued => ({
  ...seeds[object]!,
  words: pages[object]!,
  maximum: MAXIMUM[seeds[object]!.type] ?? 1,
});

// What wait.ts does under the lock.
function wait(pages: readonly Int32Array[], { objects, all, thread, exclusive }: Operation): void {
  const id = idOf(thread);
  const queued = objects.map((object) => queuedOf(pages, object));
  const entries = queued.map((object) => entryOf.acquireEntry(object));
  const ready = entries.filter((entry) => states.entryIsSignalled(entry, exclusive ? 0 : id));
  if (all && ready.length === entries.length) for (const entry of entries) granting.takeAtOnce(entry, id);
  else if (!all && ready.length > 0) granting.takeAtOnce(ready[0]!, id);
  else
    nodes.enqueue(
      entries.map((entry) => ({ entry, exclusive })),
      all,
      id,
    );
  entries.forEach((entry, i) => entryOf.releaseEntry(queued[i]!, entry));
}

function signal(pages: readonly Int32Array[], { kind, objects, thread }: Operation): void {
  const object = objects[0]!;
  const { type } = seeds[object]!;
  const queued = queuedOf(pages, object);
  const entry = entryOf.acquireEntry(queued);
  const state = states.entryState(entry);
  const isEvent = type === AutoResetEvent || type === ManualResetEvent;
  if (kind === "pulse" && isEvent) granting.pulse(entry);
  else if (kind === "reset" && isEvent) states.setEntryState(entry, 0);
  else if (kind === "signal" && (type !== Mutex || state === idOf(thread))) {
    states.setEntryState(entry, isEvent ? 1 : type === Mutex ? 0 : state + 1);
    granting.settle(entry);
  }
  entryOf.releaseEntry(queued, entry);
}

function perform(pages: readonly Int32Array[], start: Snapshot, operation: Operation): void {
  lock();
  try {
    if (operation.kind === "wait") wait(pages, operation);
    else if (operation.kind === "end") {
      const [first] = new Reader(start, seeds, THREADS).waitsOf(operation.thread);
      if (first !== undefined) granting.dequeue(first);
      for (let object = 0; object < seeds.length; object++) {
        const queued = queuedOf(pages, object);
        entryOf.releaseEntry(queued, entryOf.acquireEntry(queued));
      }
    } else signal(pages, operation);
    commit();
  } finally {
    unlock();
  }
}

export const useAs =
  (thread: number) =>
  (words: Int32Array): void => {
    useWords(words);
    useLock(COMPANION + thread, { recover: granting.recover, payOwed });
    useHolder(thread);
  };

export function run(start: Snapshot, operation: Operation): ReturnType<typeof recording<void>> {
  const use = useAs(operation.thread);
  return recording(start, use, (pages) => perform(pages, start, operation));
}

/** The thread is dead; the survivor takes the lock, as lock() does it, and gives it back. */
export function recovered(crashed: Snapshot, dead: number): Snapshot {
  const left = crashed.map((words) => words.slice());
  const memory = left[0]!;
  memory[threadWord(dead) + ThreadWord.life] = FUTEX_OWNER_DIED;
  if (memory[Word.lock] !== 0) memory[Word.lock] = FUTEX_OWNER_DIED;
  const survivor = (dead + 1) % THREADS;
  const use = useAs(survivor);
  return recording(left, use, () => {
    lock();
    unlock();
  }).end;
}
