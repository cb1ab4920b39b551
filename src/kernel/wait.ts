// Waiting for one, any or all of several objects, blocking the thread or not. Sees waitables only, never a type.
import { availableParallelism } from "node:os";
import { Errno, native } from "../native.js";
import { baseAddress, isAlive, lock, lockIsAbandoned, memory, unlock } from "./dispatcher.js";
import { EntryWord, ThreadWord, blockWord, threadIndexOf, threadWord } from "./dispatcher-layout.js";
import { Status } from "./status.js";
import { step } from "./step.js";
import {
  attachThread,
  companionToken,
  detachIfIdle,
  notePending,
  setBellAction,
  threadId,
  threadRecord,
} from "./thread.js";
import {
  ABANDONED_RESULT,
  acquireEntry,
  dequeue,
  enqueue,
  entryIsSignalled,
  entryState,
  forEachNode,
  grantNumberOf,
  grantOf,
  releaseEntry,
  reviewEntry,
  takeEntry,
} from "./wait-queue.js";
import type { Waitable } from "./waitable.js";
import { ObjectType } from "./layout.js";

const SLICE_MS = 250;
const WATCH_MAX = 126;
const MAX_TIMER_MS = 0x7fff_ffff;

/** Looks at the object this often before a blocking wait sleeps; one look takes some nanoseconds. */
const SPINS = process.env["RTSHM_NO_SPIN"] === undefined && availableParallelism() > 1 ? 4000 : 0;
/** After a wait was satisfied, look for the next from the event loop for this long before sleeping. */
const POLL_MS = Number(process.env["RTSHM_POLL_US"] ?? 50) / 1000;

/** A wait's place in the queues, until it is ended. */
interface Pending {
  readonly block: number;
  readonly objects: readonly Waitable[];
  readonly all: boolean;
  /** Filled in when the wait is over. */
  result: number;
  done: (() => void) | undefined;
}

const pendings = new Set<Pending>();

// ---- entering and leaving the queues

// A satisfied wait for all reports an abandoned mutex without an index.
function takeAll(entries: readonly number[], objects: readonly Waitable[]): number {
  let result = 0;
  for (const [i, entry] of entries.entries()) {
    const recursive = objects[i]?.type === ObjectType.Mutex && entryState(entry) === threadId;
    result |= takeEntry(entry, threadId);
    objects[i]?.noteTaken(recursive);
  }
  return result;
}

function takeAny(entries: readonly number[], objects: readonly Waitable[]): number {
  for (const [i, entry] of entries.entries()) {
    if (!entryIsSignalled(entry, threadId)) continue;
    const recursive = objects[i]?.type === ObjectType.Mutex && entryState(entry) === threadId;
    const result = i | takeEntry(entry, threadId);
    objects[i]?.noteTaken(recursive);
    return result;
  }
  return -1;
}

function tryEntries(entries: readonly number[], objects: readonly Waitable[], all: boolean): number {
  if (!all) return takeAny(entries, objects);
  return entries.every((entry) => entryIsSignalled(entry, threadId)) ? takeAll(entries, objects) : -1;
}

/** Looks at all objects at one instant; if the wait is not satisfied and `mayQueue`, enters their queues. */
function lookOrQueue(
  objects: readonly Waitable[],
  all: boolean,
  mayQueue: boolean,
  deadlineMs: number,
): number | Pending {
  collectGrants();
  if (!lock(deadlineMs)) return Status.WAIT_TIMEOUT;
  try {
    const entries = objects.map((object) => acquireEntry(object));
    const result = tryEntries(entries, objects, all);
    let pending: Pending | undefined;
    if (result < 0 && mayQueue) {
      const block = enqueue(entries, all, threadId);
      pending = { block, objects, all, result: -1, done: undefined };
      for (const object of objects) object.pin();
      pendings.add(pending);
      notePending(1);
    }
    for (const [i, entry] of entries.entries()) {
      const object = objects[i];
      // Two handles of one object share an entry: the first release may have closed it.
      if (object !== undefined && entries.indexOf(entry) === i) releaseEntry(object, entry);
    }
    return pending ?? (result < 0 ? Status.WAIT_TIMEOUT : result);
  } finally {
    unlock();
  }
}

function noteGrant(pending: Pending, result: number): void {
  if (pending.all) forEachNode(pending.block, (position, recursive) => pending.objects[position]?.noteTaken(recursive));
  else {
    const won = result & ~ABANDONED_RESULT;
    forEachNode(pending.block, (position, recursive) => {
      if (position === won) pending.objects[position]?.noteTaken(recursive);
    });
  }
  pending.result = result;
}

// Grants are taken note of in the order they were made: a mutex's recursion count depends on it.
function collectGrants(): void {
  if (pendings.size === 0) return;
  let granted: Pending[] | undefined;
  for (const pending of pendings)
    if (pending.result < 0 && grantOf(pending.block) !== 0) (granted ??= []).push(pending);
  if (granted === undefined) return;
  if (granted.length > 1) granted.sort((a, b) => (grantNumberOf(a.block) - grantNumberOf(b.block)) | 0);
  for (const pending of granted) noteGrant(pending, grantOf(pending.block) - 1);
}

// Leaves the queues. Whether the wait was satisfied is decided here, under the lock.
function end(pending: Pending): number {
  lock();
  try {
    collectGrants();
    dequeue(pending.block);
    for (const object of new Set(pending.objects)) if (object.words.length > 0) tidy(object);
  } finally {
    unlock();
  }
  pendings.delete(pending);
  notePending(-1);
  for (const object of pending.objects) object.unpin();
  return pending.result < 0 ? Status.WAIT_TIMEOUT : pending.result;
}

function tidy(object: Waitable): void {
  const entry = acquireEntry(object);
  releaseEntry(object, entry);
}

// ---- the lives of the owners waited for

const watchOffsets = new Uint32Array(WATCH_MAX + 1);
const watchExpected = new Int32Array(WATCH_MAX + 1);

// Fills the watch arrays from `first` on with the life words of the threads that own what we wait for.
function listOwners(first: number): number {
  let count = first;
  for (const pending of pendings) {
    if (pending.result >= 0 || !pending.objects.some((object) => object.type === ObjectType.Mutex)) continue;
    forEachNode(pending.block, (position, _recursive, entry) => {
      if (pending.objects[position]?.type !== ObjectType.Mutex || entry === 0 || count > WATCH_MAX) return;
      const owner = memory[blockWord(entry) + EntryWord.state] ?? 0;
      const offset = (threadWord(threadIndexOf(owner)) + ThreadWord.life) * 4;
      for (let i = first; i < count; i++) if (watchOffsets[i] === offset) return;
      watchOffsets[count] = offset;
      watchExpected[count] = isAlive(owner) ? Atomics.load(memory, offset / 4) : -1;
      count++;
    });
  }
  return count;
}

function hasDeadOwner(count: number): boolean {
  for (let i = 1; i < count; i++)
    if (Atomics.load(memory, (watchOffsets[i] ?? 0) / 4) !== watchExpected[i]) return true;
  return false;
}

// Frees what the dead owned; the queues' heads, perhaps we, get it.
function reviewOwners(): void {
  lock();
  try {
    for (const pending of pendings) {
      if (pending.result >= 0 || grantOf(pending.block) !== 0) continue;
      forEachNode(pending.block, (position, _recursive, entry) => {
        if (pending.objects[position]?.type === ObjectType.Mutex && entry !== 0) reviewEntry(entry);
      });
    }
  } finally {
    unlock();
  }
}

function repairIfAbandoned(): void {
  if (!lockIsAbandoned()) return;
  lock();
  unlock();
}

// ---- blocking

function sleep(deadlineMs: number): void {
  setAwake(0);
  const bell = threadRecord + ThreadWord.bell;
  watchOffsets[0] = bell * 4;
  watchExpected[0] = Atomics.load(memory, bell);
  collectGrants();
  const count = listOwners(1);
  if (hasDeadOwner(count)) {
    reviewOwners();
    return;
  }
  const leftMs = deadlineMs - performance.now();
  if (leftMs <= 0) return;
  step("wait.sleep");
  const many = native.futexHasMany() === 1;
  if (!many && count > 1)
    native.companionWatch(companionToken(), watchOffsets.subarray(1), watchExpected.subarray(1), count - 1);
  const result = native.futexWait(baseAddress, watchOffsets, watchExpected, count, Math.min(SLICE_MS, leftMs));
  if (result === -Errno.ETIMEDOUT) repairIfAbandoned();
}

function block(pending: Pending, deadlineMs: number): number {
  for (;;) {
    collectGrants();
    if (pending.result >= 0 || performance.now() >= deadlineMs) return end(pending);
    sleep(deadlineMs);
  }
}

function spin(object: Waitable, deadlineMs: number): number {
  for (let i = 0; i < SPINS; i++) {
    if (!object.mayBecomeSignalled()) return -1;
    const result = object.tryTake();
    if (result >= 0) return result;
    if ((i & 255) === 255 && performance.now() >= deadlineMs) return -1;
  }
  return -1;
}

/**
 * Waits for one object, blocking this thread; in slices, so that the thread can be terminated.
 * @param timeoutMs 0 looks only; Infinity for ever. Never early: measured on the monotonic clock
 * @returns 0, 0x80 (abandoned mutex) or 258 (timed out, nothing taken)
 */
export function waitOne(object: Waitable, timeoutMs: number): number {
  if (pendings.size > 0) collectGrants();
  const result = object.tryTake();
  if (result >= 0 || timeoutMs <= 0) return result < 0 ? Status.WAIT_TIMEOUT : result;
  return waitOneSlowly(object, performance.now() + timeoutMs);
}

function waitOneSlowly(object: Waitable, deadlineMs: number): number {
  attachThread("wait");
  const spun = spin(object, deadlineMs);
  if (spun >= 0) return spun;
  const queued = lookOrQueue([object], false, true, deadlineMs);
  return typeof queued === "number" ? queued : finish(block(queued, deadlineMs));
}

function finish(result: number): number {
  detachIfIdle();
  return result;
}

/**
 * Waits for any or all of several objects, blocking this thread.
 * @returns i or 0x80 + i for any, 0 or 0x80 for all, 258 when timed out; timed out, nothing was taken
 */
export function waitMany(objects: readonly Waitable[], all: boolean, timeoutMs: number): number {
  const deadlineMs = performance.now() + timeoutMs;
  const queued = lookOrQueue(objects, all, timeoutMs > 0, timeoutMs > 0 ? deadlineMs : Infinity);
  return typeof queued === "number" ? queued : finish(block(queued, deadlineMs));
}

// ---- from the event loop

let polling = false;
let pollUntilMs = 0;
let keepAliveCount = 0;

function setAwake(awake: 0 | 1): void {
  if (threadId !== 0) Atomics.store(memory, threadRecord + ThreadWord.awake, awake);
}

function poll(): void {
  polling = false;
  if (threadId === 0) return;
  const before = pendings.size;
  finishGranted();
  const nowMs = performance.now();
  if (pendings.size < before) pollUntilMs = nowMs + POLL_MS;
  // Also with nothing pending: the answer to what was just granted is usually the next wait.
  if (nowMs < pollUntilMs) {
    schedulePoll();
    return;
  }
  // Not awake from here on; what came before this store was not rung for, so look once more.
  setAwake(0);
  finishGranted();
}

function schedulePoll(): void {
  if (polling) return;
  polling = true;
  setImmediate(poll);
}

function finishGranted(): void {
  collectGrants();
  for (const pending of pendings) if (pending.result >= 0) pending.done?.();
}

// Called by the companion, on this thread: the bell rang, an owner died, or a lock holder did.
function bell(): void {
  if (threadId === 0) return;
  repairIfAbandoned();
  collectGrants();
  watchOwners();
  const before = pendings.size;
  finishGranted();
  if (pendings.size < before && POLL_MS > 0) {
    pollUntilMs = performance.now() + POLL_MS;
    setAwake(1);
    schedulePoll();
  }
  detachIfIdle();
}

let watched = 0;

function watchOwners(): void {
  for (;;) {
    const count = listOwners(1);
    if (hasDeadOwner(count)) {
      reviewOwners();
      collectGrants();
      continue;
    }
    if (count > 1 || watched > 0)
      native.companionWatch(companionToken(), watchOffsets.subarray(1), watchExpected.subarray(1), count - 1);
    watched = count - 1;
    return;
  }
}

setBellAction(bell);

function keepAlive(change: 1 | -1): void {
  keepAliveCount += change;
  if (companionToken() !== 0) native.companionRef(companionToken(), keepAliveCount > 0 ? 1 : 0);
}

/** Options of an asynchronous wait. */
export interface AsyncWaitOptions {
  /** Ends the wait with nothing taken; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Whether the pending wait keeps the process alive; true when left out. */
  readonly ref?: boolean;
}

/**
 * The same as `waitMany`, but without blocking: the place in the queues is taken before this returns.
 * A mutex is owned by this thread once the promise is resolved.
 */
export function waitAsync(
  objects: readonly Waitable[],
  all: boolean,
  timeoutMs: number,
  options: AsyncWaitOptions = {},
): Promise<number> {
  attachThread("wait");
  const [first] = objects;
  if (objects.length === 1 && first !== undefined) {
    collectGrants();
    const result = first.tryTake();
    if (result >= 0 || timeoutMs <= 0) return Promise.resolve(result < 0 ? Status.WAIT_TIMEOUT : result);
  }
  const deadlineMs = performance.now() + timeoutMs;
  const queued = lookOrQueue(objects, all, timeoutMs > 0, Infinity);
  if (typeof queued === "number") return Promise.resolve(queued);
  if (queued.objects.some((object) => object.type === ObjectType.Mutex)) watchOwners();
  return promiseOf(queued, deadlineMs, options);
}

function promiseOf(pending: Pending, deadlineMs: number, { signal, ref = true }: AsyncWaitOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const close = (): number => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      pending.done = undefined;
      const result = end(pending);
      if (ref) keepAlive(-1);
      return result;
    };
    const onAbort = (): void => {
      const result = close();
      if (result === Status.WAIT_TIMEOUT) reject(signal?.reason as Error);
      else resolve(result);
    };
    const arm = (): void => {
      // Timers are known to fire a little early, and hold 31 bits of milliseconds only.
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) {
        resolve(close());
        return;
      }
      timer = setTimeout(arm, Math.min(Math.ceil(leftMs), MAX_TIMER_MS));
      if (!ref) timer.unref();
    };
    pending.done = () => {
      resolve(close());
    };
    if (ref) keepAlive(1);
    if (deadlineMs !== Infinity) arm();
    signal?.addEventListener("abort", onAbort, { once: true });
    if (Atomics.load(memory, threadRecord + ThreadWord.awake) === 1) schedulePoll();
  });
}
