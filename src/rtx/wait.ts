// RtWaitFor*: blocking and not.
import { waitMany, waitOne, waitAsync, type Waitable } from "../kernel/index.js";
import { RtError } from "../errors/rt-error.js";
import { checkBool, checkDword, checkHandle, checkObject, type BOOL, type DWORD } from "./arguments.js";
import {
  ERROR_ACCESS_DENIED,
  ERROR_INVALID_PARAMETER,
  INFINITE,
  MAXIMUM_WAIT_OBJECTS,
  WAIT_FAILED,
} from "./constants.js";
import { findHandle, handleFailure, type HANDLE, type LocalHandle } from "./handle-table.js";
import { fail, failed, guarded } from "./last-error.js";
import { isRtss, type Side } from "./side.js";

/**
 * What an asynchronous wait ends with: the DWORD that the blocking function returns, and the error if that is
 * WAIT_FAILED.
 */
export interface WaitResult {
  /** WAIT_OBJECT_0 + i, WAIT_ABANDONED_0 + i, WAIT_TIMEOUT or WAIT_FAILED. */
  readonly result: number;
  /** 0 unless the result is WAIT_FAILED. The thread's own last error is not touched. */
  readonly lastError: number;
}

/** A time-out in units of 100 ns, passed by reference as a PULARGE_INTEGER is. */
export interface Timeout {
  /** 0 to 2^64-1; that one never passes. */
  value: bigint;
}

const LONGEST_TIMEOUT = 2n ** 64n - 1n;

const toMs = (dwMilliseconds: number): number => (dwMilliseconds === INFINITE ? Infinity : dwMilliseconds);

function timeoutMs(lpTimeout: Timeout): number {
  const { value } = checkObject("lpTimeout", lpTimeout);
  if (typeof value !== "bigint") throw new TypeError(`lpTimeout.value must be a bigint, not ${typeof value}`);
  if (value < 0n || value > LONGEST_TIMEOUT)
    throw new RangeError(`lpTimeout.value must be from 0 to 2^64-1, not ${String(value)}`);
  return value === LONGEST_TIMEOUT ? Infinity : Number(value) / 10_000;
}

/** The waitable behind a handle, or the error code of a wait on it. */
function waitableOf(local: LocalHandle | undefined): Waitable | number {
  if (local === undefined) return handleFailure();
  return local.waitable ?? ERROR_ACCESS_DENIED; // a shared memory handle has no right to be waited on
}

/**
 * Waits for one object, blocking the calling thread.
 * @param dwMilliseconds 0 looks only, INFINITE for ever
 * @returns WAIT_OBJECT_0, WAIT_ABANDONED, WAIT_TIMEOUT, or WAIT_FAILED with last error 5 (shared memory) or 6
 */
export function RtWaitForSingleObject(hHandle: HANDLE, dwMilliseconds: DWORD): number {
  const milliseconds = checkDword("dwMilliseconds", dwMilliseconds);
  const local = findHandle(checkHandle("hHandle", hHandle));
  if (local?.waitable === undefined) return fail(waitableOf(local) as number, WAIT_FAILED);
  try {
    return waitOne(local.waitable, toMs(milliseconds)); // no call between: this is the hot path
  } catch (error) {
    return failed(error, WAIT_FAILED);
  }
}

/** As RtWaitForSingleObject, with the time-out in units of 100 ns; null is WAIT_FAILED with last error 87. */
export function RtWaitForSingleObjectEx(hHandle: HANDLE, lpTimeout: Timeout | null): number {
  const handle = checkHandle("hHandle", hHandle);
  if (lpTimeout === null) return fail(ERROR_INVALID_PARAMETER, WAIT_FAILED);
  const milliseconds = timeoutMs(lpTimeout);
  const waitable = waitableOf(findHandle(handle));
  if (typeof waitable === "number") return fail(waitable, WAIT_FAILED);
  return guarded(WAIT_FAILED, () => waitOne(waitable, milliseconds));
}

/** As RtWaitForSingleObject without blocking the thread: the thread takes the object when the promise is resolved. */
export async function RtWaitForSingleObjectAsync(hHandle: HANDLE, dwMilliseconds: DWORD): Promise<WaitResult> {
  const milliseconds = toMs(checkDword("dwMilliseconds", dwMilliseconds));
  const waitable = waitableOf(findHandle(checkHandle("hHandle", hHandle)));
  if (typeof waitable === "number") return { result: WAIT_FAILED, lastError: waitable };
  return settled(() => waitAsync([waitable], false, milliseconds, {}, asIs));
}

async function settled(wait: () => Promise<number>): Promise<WaitResult> {
  try {
    return { result: await wait(), lastError: 0 };
  } catch (error) {
    if (!(error instanceof RtError)) throw error;
    return { result: WAIT_FAILED, lastError: error.errno };
  }
}

const asIs = (result: number): number => result;

function hasTwice<Item>(items: readonly Item[]): boolean {
  return new Set(items).size < items.length;
}

/** The objects of a wait for several, or the error code. */
function waitablesOf(side: Side, { count, handles, all }: Several): Waitable[] | number {
  if (count === 0 || count > MAXIMUM_WAIT_OBJECTS || count > handles.length) return ERROR_INVALID_PARAMETER;
  if (all && isRtss(side)) return ERROR_INVALID_PARAMETER;
  const values = handles.slice(0, count).map((handle) => checkHandle("lpHandles", handle));
  const waitables: Waitable[] = [];
  for (const value of values) {
    const waitable = waitableOf(findHandle(value));
    if (typeof waitable === "number") return waitable;
    waitables.push(waitable);
  }
  if (hasTwice(values.map((value) => value & ~3))) return ERROR_INVALID_PARAMETER;
  if (all && hasTwice(waitables.map(({ id0, id1 }) => `${String(id0)}:${String(id1)}`))) return ERROR_INVALID_PARAMETER;
  return waitables;
}

/** The waits for several objects, of one side. */
export interface MultipleWaits {
  /**
   * Waits for any of several objects, or (win32) for all of them, blocking the calling thread.
   * @returns WAIT_OBJECT_0 + i, WAIT_ABANDONED_0 + i, WAIT_TIMEOUT, or WAIT_FAILED with last error 5, 6 or 87
   */
  readonly RtWaitForMultipleObjects: (
    nCount: DWORD,
    lpHandles: readonly HANDLE[] | null,
    bWaitAll: BOOL,
    dwMilliseconds: DWORD,
  ) => number;
  /** As RtWaitForMultipleObjects, with the time-out in units of 100 ns; null is WAIT_FAILED with last error 87. */
  readonly RtWaitForMultipleObjectsEx: (
    nCount: DWORD,
    lpHandles: readonly HANDLE[] | null,
    bWaitAll: BOOL,
    lpTimeout: Timeout | null,
  ) => number;
  /** As RtWaitForMultipleObjects without blocking the thread. */
  readonly RtWaitForMultipleObjectsAsync: (
    nCount: DWORD,
    lpHandles: readonly HANDLE[] | null,
    bWaitAll: BOOL,
    dwMilliseconds: DWORD,
  ) => Promise<WaitResult>;
}

interface Several {
  readonly count: number;
  readonly handles: readonly HANDLE[];
  readonly all: boolean;
}

function checkSeveral(nCount: DWORD, lpHandles: readonly HANDLE[] | null, bWaitAll: BOOL): Several {
  const count = checkDword("nCount", nCount);
  if (lpHandles !== null && !Array.isArray(lpHandles)) throw new TypeError("lpHandles must be an array of handles");
  return { count, handles: lpHandles ?? [], all: checkBool("bWaitAll", bWaitAll) };
}

/** Makes them for one side. */
export function waitsFor(side: Side): MultipleWaits {
  function waitFor(several: Several, milliseconds: number): number {
    const waitables = waitablesOf(side, several);
    if (typeof waitables === "number") return fail(waitables, WAIT_FAILED);
    return guarded(WAIT_FAILED, () => waitMany(waitables, several.all, milliseconds));
  }

  return {
    RtWaitForMultipleObjects(nCount, lpHandles, bWaitAll, dwMilliseconds) {
      const several = checkSeveral(nCount, lpHandles, bWaitAll);
      return waitFor(several, toMs(checkDword("dwMilliseconds", dwMilliseconds)));
    },

    RtWaitForMultipleObjectsEx(nCount, lpHandles, bWaitAll, lpTimeout) {
      const several = checkSeveral(nCount, lpHandles, bWaitAll);
      if (lpTimeout === null) return fail(ERROR_INVALID_PARAMETER, WAIT_FAILED);
      return waitFor(several, timeoutMs(lpTimeout));
    },

    async RtWaitForMultipleObjectsAsync(nCount, lpHandles, bWaitAll, dwMilliseconds) {
      const several = checkSeveral(nCount, lpHandles, bWaitAll);
      const milliseconds = toMs(checkDword("dwMilliseconds", dwMilliseconds));
      const waitables = waitablesOf(side, several);
      if (typeof waitables === "number") return { result: WAIT_FAILED, lastError: waitables };
      return settled(() => waitAsync(waitables, several.all, milliseconds, {}, asIs));
    },
  };
}
