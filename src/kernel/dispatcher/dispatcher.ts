// This thread's part in the dispatcher: the mapping, the lock, changes that a crash cannot leave half done.
//
// Every change of the dispatcher is made under LOCK. Before a word changes its old value goes into the log; the commit empties
// the log. Who finds the lock's holder dead puts the logged values back, so each change happened wholly or not at all.
// Plain stores suffice: a killed thread leaves exactly the stores before the instruction it died at.
import { native } from "../../native/load.js";
import { descriptorFd, type DescriptorIndex } from "../process/descriptor-table.js";
import {
  BLOCK_COUNT,
  FUTEX_OWNER_DIED,
  FUTEX_TID_MASK,
  FUTEX_WAITERS,
  LOG_FIRST,
  LOG_WORDS,
  THREAD_COUNT,
  ThreadWord,
  Word,
  blockWord,
  generationOf,
  sameGeneration,
  threadIndexOf,
  threadWord,
} from "../../protocol/dispatcher-layout.js";
import { failure } from "../../errors/rt-error.js";
import { step } from "../../step.js";

const SLICE_MS = 250;
const LOCK_SPINS = 200;
const LOCK_BOUND_MS = 10_000;
/** A companion can be gone a moment before the thread it stands for has executed its last instruction. */
const GRACE_MS = 1;
const DEEPEST = 24;

const NONE = new Int32Array(0);

/** The mapping, while this thread is attached; of length 0 while it is not. */
export let memory: Int32Array = NONE;
export let baseAddress = 0;
/** The kernel id of this thread's companion. */
let companionId = 0;
let descriptor: DescriptorIndex = 0;

/** Tells this module where the dispatcher is mapped in this thread. */
export function useMapping(buffer: ArrayBuffer, base: number, companion: number, index: DescriptorIndex): void {
  memory = new Int32Array(buffer);
  baseAddress = base;
  companionId = companion;
  descriptor = index;
}

/** The dispatcher's memory, as a file. */
export function dispatcherFd(): number {
  return descriptorFd(descriptor);
}

/** The dispatcher is not mapped any more. */
export function dropMapping(): void {
  memory = NONE;
  companionId = 0;
}

const lockOffset = new Uint32Array([Word.lock * 4]);
const lockExpected = new Int32Array(1);

/** Shared bytes are damaged. */
export function corrupt(what: string): never {
  throw failure("ERROR_FILE_CORRUPT", null, `${what}: end all processes that use this namespace and start them again`);
}

/** A block index read from shared memory, believed only after this. */
export function checkedBlock(block: number, kind: number): number {
  if (block <= 0 || block >= BLOCK_COUNT || block > (memory[Word.usedBlocks] ?? 0)) corrupt(`block ${String(block)}`);
  if (memory[blockWord(block)] !== kind) corrupt(`block ${String(block)} is of another kind`);
  return blockWord(block);
}

let logLength = 0;

/** Changes a word so that a crash before `commit` takes the change back. Only while the lock is held. */
export function put(index: number, value: number): void {
  if (logLength + 2 > LOG_WORDS) corrupt("a change is larger than the log");
  memory[LOG_FIRST + logLength] = index;
  memory[LOG_FIRST + logLength + 1] = memory[index] ?? 0;
  logLength += 2;
  memory[Word.logLength] = logLength;
  memory[index] = value;
}

/** Makes the changes since the lock was taken, or since the last commit, final. */
export function commit(): void {
  step("dispatcher.commit");
  memory[Word.logLength] = 0;
  logLength = 0;
  step("dispatcher.committed");
}

function undo(): void {
  const length = Math.min(memory[Word.logLength] ?? 0, LOG_WORDS) & ~1;
  for (let at = length - 2; at >= 0; at -= 2) {
    const index = memory[LOG_FIRST + at] ?? 0;
    const isLogged = index > Word.logLength && (index < LOG_FIRST || index >= LOG_FIRST + LOG_WORDS);
    if (isLogged && index < memory.length) memory[index] = memory[LOG_FIRST + at + 1] ?? 0;
  }
  memory[Word.logLength] = 0;
  logLength = 0;
}

const pauseWord = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread for a moment. */
export function pause(ms: number): void {
  Atomics.wait(pauseWord, 0, 0, ms);
}

// Running out of stack inside the lock would leave it locked: run out before.
function ensureStack(depth: number): number {
  return depth === 0 ? 0 : ensureStack(depth - 1) + 1;
}

let recover: () => void = () => undefined;

/** What finishes a dead holder's work after its half-done change was taken back. Set once, by wait-queue.ts. */
export function setRecovery(action: () => void): void {
  recover = action;
}

function takeOver(word: number): boolean {
  const next = companionId | (word & FUTEX_WAITERS);
  if (Atomics.compareExchange(memory, Word.lock, word, next) !== word) return false;
  awaitLastInstruction();
  try {
    undo();
    recover();
  } catch (error) {
    Atomics.store(memory, Word.lock, 0); // damaged beyond repair: everybody shall get the error, nobody a dead lock
    throw error;
  }
  return true;
}

function stopped(word: number): never {
  let holder = "";
  for (let index = 0; index < (memory[Word.backedThreads] ?? 0) && index < THREAD_COUNT; index++)
    if ((memory[threadWord(index) + ThreadWord.life] ?? 0) === (word & FUTEX_TID_MASK))
      holder = ` by process ${String(memory[threadWord(index) + ThreadWord.pid])}`;
  throw failure(
    "ERROR_BUSY",
    null,
    `the dispatcher has been locked${holder} for ten seconds: let that process go on (SIGCONT) or end it`,
  );
}

// Sleeps until the lock may be free. The waiters bit makes the holder, or the kernel at its death, wake us.
function sleepForLock(): void {
  const word = Atomics.load(memory, Word.lock);
  if (word === 0 || (word & FUTEX_OWNER_DIED) !== 0) return;
  const contended = word | FUTEX_WAITERS;
  if (contended !== word && Atomics.compareExchange(memory, Word.lock, word, contended) !== word) return;
  lockExpected[0] = contended;
  native.futexWait(baseAddress, lockOffset, lockExpected, 1, SLICE_MS);
}

function lockSlowly(deadlineMs: number, boundMs: number): boolean {
  const errorMs = performance.now() + boundMs;
  for (let spins = 0; ; spins++) {
    // Who has slept does not know whether others sleep too, and so keeps the bit.
    const mine = spins > LOCK_SPINS ? companionId | FUTEX_WAITERS : companionId;
    const word = Atomics.compareExchange(memory, Word.lock, 0, mine);
    if (word === 0) return true;
    if ((word & FUTEX_OWNER_DIED) !== 0 || (word & FUTEX_TID_MASK) === 0) {
      if (takeOver(word)) return true;
      continue;
    }
    if (spins < LOCK_SPINS) continue;
    const nowMs = performance.now();
    if (nowMs >= deadlineMs) return false;
    if (nowMs >= errorMs) stopped(word);
    sleepForLock();
  }
}

/**
 * Takes the dispatcher lock.
 * @param deadlineMs of performance.now(): false when it passes first
 * @param boundMs ERROR_BUSY is thrown after so long; Infinity for what has to be finished whatever happens
 */
export function lock(deadlineMs = Infinity, boundMs = LOCK_BOUND_MS): boolean {
  ensureStack(DEEPEST);
  const isFree = Atomics.compareExchange(memory, Word.lock, 0, companionId) === 0;
  if (!isFree && !lockSlowly(deadlineMs, boundMs)) return false;
  logLength = 0;
  step("dispatcher.locked");
  return true;
}

/** Gives the lock back; changes not committed (an error came between) are taken back first. Then rings who is to be rung. */
export function unlock(): void {
  if (logLength !== 0) undo();
  step("dispatcher.unlock");
  const before = Atomics.exchange(memory, Word.lock, 0);
  if ((before & FUTEX_WAITERS) !== 0) native.futexWake(baseAddress + Word.lock * 4, 1);
  wakeRung();
}

/** True if the lock's holder died: somebody has to take the lock and repair. */
export function lockIsAbandoned(): boolean {
  return (Atomics.load(memory, Word.lock) & FUTEX_OWNER_DIED) !== 0;
}

/** True if the thread with this id has not ended. Exact: the kernel marks the record of a thread that does. */
export function isAlive(threadId: number): boolean {
  const index = threadIndexOf(threadId);
  const record = threadWord(index);
  if (index >= (memory[Word.backedThreads] ?? 0)) return false;
  if (!sameGeneration(memory[record + ThreadWord.generation] ?? 0, generationOf(threadId))) return false;
  const life = Atomics.load(memory, record + ThreadWord.life);
  return (life & FUTEX_TID_MASK) !== 0 && (life & FUTEX_OWNER_DIED) === 0;
}

/** Returns when a thread that `isAlive` calls dead for the first time now has executed its last instruction. */
export function awaitLastInstruction(): void {
  pause(GRACE_MS);
}

const rung = new Int32Array(THREAD_COUNT);
let rungCount = 0;

/** Tells a thread that its waits changed; the system call, if it takes one, comes after the lock is given back. */
export function ring(threadIndex: number): void {
  if (threadIndex < 0 || threadIndex >= THREAD_COUNT) corrupt(`thread ${String(threadIndex)}`);
  Atomics.add(memory, threadWord(threadIndex) + ThreadWord.bell, 1);
  for (let i = 0; i < rungCount; i++) if (rung[i] === threadIndex) return;
  rung[rungCount++] = threadIndex;
}

function wakeRung(): void {
  if (rungCount === 0) return;
  step("dispatcher.wake");
  for (let i = 0; i < rungCount; i++) {
    const record = threadWord(rung[i] ?? 0);
    if (Atomics.load(memory, record + ThreadWord.awake) === 0)
      native.futexWake(baseAddress + (record + ThreadWord.bell) * 4, 0x7fff_ffff);
  }
  rungCount = 0;
}
