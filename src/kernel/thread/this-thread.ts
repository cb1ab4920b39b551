// This JavaScript thread as others see it: its record in the dispatcher, its companion, its life and its end.
import { native } from "../../native/load.js";
import { descriptorFd, currentHold, noteReferencesAt, type DescriptorIndex } from "../process/descriptor-table.js";
import { commit, dropMapping, isAlive, lock, memory, put, ring, unlock, useMapping } from "../dispatcher/dispatcher.js";
import { FIRST_BLOCKS, FIRST_THREADS, HEAD_BYTES, backFirstBlocks, growThreads } from "../dispatcher/blocks.js";
import {
  DISPATCHER_BYTES,
  FUTEX_OWNER_DIED,
  THREAD_COUNT,
  ThreadWord,
  Word,
  makeThreadId,
  nextGeneration,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { HEADER_BYTES, ObjectType } from "../../protocol/object-header.js";
import { withNamespace } from "../registry/namespace.js";
import { HoldWord, ProcessWord, holdWords, processWords } from "../process/process-block.js";
import * as registry from "../registry/registry.js";
import { failure } from "../../errors/rt-error.js";
import { step } from "../../step.js";
import { systemError } from "../../errors/system-error.js";
import { reapThread, threadIdAt } from "../dispatcher/wait-queue.js";

const DISPATCHER_FILE = ".dispatcher";

/** This thread's id in state words; 0 while it is not attached. */
export let threadId = 0;
/** This thread's record: word index into the dispatcher's memory. */
export let threadRecord = 0;
/** Mutexes this thread owns now, recursion not counted: while there are any, its record must stay. */
let ownedCount = 0;
/** Waits of this thread in queues. */
export let pendingCount = 0;

/** Grants made to this thread, as its record counts them, that it has taken note of. */
let grantsNoted = 0;

/** How many companions this thread has had: a new one watches nothing yet. */
export let companions = 0;

let attachedEpoch = 0;
let companion = 0;
let buffer: ArrayBuffer | undefined;
const out = new Float64Array(3);

/** What the companion tells of at every slice: a holder of the lock that died; grants that a dead thread may have been given. */
const ALARM_OFFSETS = new Uint32Array([Word.lock * 4, Word.unclaimed * 4]);
const ALARM_MASKS = new Uint32Array([FUTEX_OWNER_DIED, 0xffff_ffff]);

/** This thread got or gave up a mutex. */
export function noteOwned(change: 1 | -1): void {
  ownedCount += change;
}

/** Whether this thread owns any mutex: asked before a mutex's memory is, for that would be touched only for this. */
export function ownsMutexes(): boolean {
  return ownedCount > 0;
}

/** This thread entered or left the queues with a wait. */
export function notePending(change: 1 | -1): void {
  pendingCount += change;
}

/** This thread took note of what was granted to so many of its waits. */
export function noteGrants(count: number): void {
  grantsNoted = (grantsNoted + count) | 0;
}

/** Whether there are grants that this thread has not taken note of: one load, however many waits it has. */
export function hasNewGrants(): boolean {
  return Atomics.load(memory, threadRecord + ThreadWord.grants) !== grantsNoted;
}

let onBell: () => void = () => undefined;

/** What to do when one of this thread's waits may have changed. Set once, by wait.ts. */
export function setBellAction(action: () => void): void {
  onBell = action;
}

/** The companion, for calls of the addon; 0 while there is none. */
export function companionToken(): number {
  return companion;
}

// ---- the process's hold on the dispatcher

function makeDispatcher(): DescriptorIndex {
  const noted = noteReferencesAt(-1); // it is the process's, not the thread's
  try {
    return openDispatcher();
  } finally {
    noteReferencesAt(noted);
  }
}

function openDispatcher(): DescriptorIndex {
  const opened = registry.createOrOpen(
    DISPATCHER_FILE,
    () => ({
      type: ObjectType.Dispatcher,
      name: DISPATCHER_FILE,
      sizeBytes: DISPATCHER_BYTES - HEADER_BYTES,
      flags: 0,
      maximum: 0,
      initialState: 0,
      hugePages: false,
      structure: null,
      backedBytes: HEAD_BYTES,
    }),
    DISPATCHER_FILE,
  );
  if (opened.created) backFirstBlocks(descriptorFd(opened.descriptor));
  return opened.descriptor;
}

// Only the first and the last waitable object change what the process holds; the count moves freely between them.
function changeWaitables(change: 1 | -1): boolean {
  for (;;) {
    const count = Atomics.load(processWords, ProcessWord.waitables);
    if (count === 0 || count + change === 0) return false;
    if (Atomics.compareExchange(processWords, ProcessWord.waitables, count, count + change) !== count) continue;
    if (currentHold >= 0) holdWords[currentHold + HoldWord.dispatcher] = change === 1 ? 1 : 0;
    return true;
  }
}

/** The process holds the dispatcher while it holds objects that can be waited for. One more of those. */
export function retainDispatcher(): void {
  if (changeWaitables(1)) {
    attachThread();
    return;
  }
  withNamespace(() => {
    if (processWords[ProcessWord.waitables] === 0) {
      const index = makeDispatcher();
      processWords[ProcessWord.dispatcher] = index + 1;
      Atomics.add(processWords, ProcessWord.dispatcherEpoch, 1);
    }
    Atomics.add(processWords, ProcessWord.waitables, 1);
    if (currentHold >= 0) holdWords[currentHold + HoldWord.dispatcher] = 1;
  });
  attachThread();
}

/** One of those less; with the last, the dispatcher goes, as far as no thread is still waiting or owning. */
export function releaseDispatcher(): void {
  if (changeWaitables(-1)) return;
  let isLast = false;
  withNamespace(() => {
    const before = Atomics.sub(processWords, ProcessWord.waitables, 1);
    if (currentHold >= 0) holdWords[currentHold + HoldWord.dispatcher] = 0;
    if (before !== 1) return;
    const index = (processWords[ProcessWord.dispatcher] ?? 0) - 1;
    processWords[ProcessWord.dispatcher] = 0;
    registry.release(index, DISPATCHER_FILE, DISPATCHER_FILE);
    isLast = true;
  });
  if (!isLast) return;
  if (threadId !== 0) ringOwnProcess();
  detachIfIdle();
}

// The other threads of this process still map the dispatcher: let them look whether they can leave it.
function ringOwnProcess(): void {
  const pid = native.processId();
  lock();
  try {
    const backed = Math.min(memory[Word.backedThreads] ?? 0, THREAD_COUNT);
    for (let index = 0; index < backed; index++) {
      const record = threadWord(index);
      if (record !== threadRecord && memory[record + ThreadWord.pid] === pid && isAlive(threadIdAt(index))) ring(index);
    }
  } finally {
    unlock();
  }
}

// ---- this thread

function takeRecord(): number {
  const backed = (): number => Math.min(memory[Word.backedThreads] ?? 0, THREAD_COUNT);
  const start = memory[Word.nextThread] ?? 0;
  for (let i = 0; i < backed(); i++) {
    const index = (start + i) % backed();
    const life = memory[threadWord(index) + ThreadWord.life] ?? 0;
    if ((life & FUTEX_OWNER_DIED) !== 0) reapThread(index);
    if (memory[threadWord(index) + ThreadWord.life] !== 0) continue;
    put(Word.nextThread, (index + 1) % backed());
    return index;
  }
  const first = backed();
  if (first < THREAD_COUNT && growThreads()) return first;
  throw failure("ERROR_NOT_ENOUGH_MEMORY", null, `${String(THREAD_COUNT)} threads use this namespace`);
}

// A new dispatcher's memory is all zero: the first to take its lock says how much of it is there.
function initialize(): void {
  if (memory[Word.backedThreads] !== 0) return;
  memory[Word.backedBlocks] = FIRST_BLOCKS;
  memory[Word.backedThreads] = FIRST_THREADS;
}

function enterRecord(companionId: number): void {
  lock();
  try {
    initialize();
    const index = takeRecord();
    const record = threadWord(index);
    const generation = nextGeneration(memory[record + ThreadWord.generation] ?? 0);
    put(record + ThreadWord.generation, generation);
    memory[record + ThreadWord.bell] = 0;
    memory[record + ThreadWord.awake] = 0;
    memory[record + ThreadWord.waits] = 0;
    memory[record + ThreadWord.grants] = 0;
    memory[record + ThreadWord.pid] = native.processId();
    memory[record + ThreadWord.tid] = native.threadId();
    commit();
    // First the node, then the word: a companion that dies in between leaves a free record.
    native.companionRobust(companion, (record + ThreadWord.life) * 4);
    Atomics.store(memory, record + ThreadWord.life, companionId);
    step("thread.attached");
    threadRecord = record;
    grantsNoted = 0;
    threadId = makeThreadId(index, generation);
  } finally {
    unlock();
  }
}

/** Makes this thread one that can own and wait. Does nothing if it is. */
export function attachThread(): void {
  const epoch = Atomics.load(processWords, ProcessWord.dispatcherEpoch);
  if (threadId !== 0 && epoch === attachedEpoch) return;
  if (pendingCount > 0)
    throw failure("ERROR_BUSY", null, "waits on objects of before are still pending in this thread");
  if (threadId !== 0) detach();
  // Under the namespace lock the process keeps its dispatcher, and the descriptor its meaning.
  withNamespace(() => {
    attachTo((processWords[ProcessWord.dispatcher] ?? 0) - 1);
  });
}

function attachTo(index: number): void {
  const epoch = Atomics.load(processWords, ProcessWord.dispatcherEpoch);
  if (index < 0) throw failure("ERROR_INVALID_HANDLE", null, "this process holds no waitable object");
  const result = native.companionStart(descriptorFd(index), DISPATCHER_BYTES, () => onBell(), out);
  if (typeof result === "number") throw systemError(result, null, "the dispatcher's mapping or thread");
  const [base = 0, token = 0, id = 0] = out;
  buffer = result;
  companion = token;
  companions++;
  attachedEpoch = epoch;
  useMapping(result, base, id, index);
  try {
    native.companionRobust(token, Word.lock * 4);
    enterRecord(id);
  } catch (error) {
    detach();
    throw error;
  }
  native.companionListen(token, (threadRecord + ThreadWord.bell) * 4, ALARM_OFFSETS, ALARM_MASKS);
}

function detach(): void {
  if (threadRecord !== 0) {
    lock();
    Atomics.store(memory, threadRecord + ThreadWord.life, 0);
    unlock();
  }
  threadId = 0;
  threadRecord = 0;
  ownedCount = 0;
  dropMapping();
  if (buffer !== undefined) native.companionStop(companion, buffer);
  buffer = undefined;
  companion = 0;
}

/** Leaves the dispatcher if the process holds nothing waitable any more and this thread neither waits nor owns. */
export function detachIfIdle(): void {
  if (threadId === 0 || ownedCount > 0 || pendingCount > 0) return;
  if (Atomics.load(processWords, ProcessWord.waitables) > 0) return;
  detach();
}
