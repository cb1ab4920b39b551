// The RTX API as an ordinary process sees it: an explicit list of exports.
import { sharedMemoryOf } from "./rtx/shared-memory.js";
import { waitsFor } from "./rtx/wait.js";

export * from "./rtx/constants.js";
export {
  GetLastError,
  GetLastError as RtGetLastError,
  SetLastError,
  SetLastError as RtSetLastError,
} from "./rtx/last-error.js";
export {
  RtCreateEvent,
  RtCreateMutex,
  RtCreateSemaphore,
  RtOpenEvent,
  RtOpenMutex,
  RtOpenSemaphore,
  RtPulseEvent,
  RtReleaseMutex,
  RtReleaseSemaphore,
  RtResetEvent,
  RtSetEvent,
} from "./rtx/waitables.js";
export { RtWaitForSingleObject, RtWaitForSingleObjectAsync, RtWaitForSingleObjectEx } from "./rtx/wait.js";
export { RtCloseHandle } from "./rtx/close-handle.js";
export { isLocked } from "./rtx/map-view.js";
export { describe } from "./rtx/describe.js";
export { ExitProcess, ExitProcess as RtExitProcess, RtPrintf, RtWprintf } from "./rtx/process.js";
export type { BOOL, DWORD, NoAttributes } from "./rtx/arguments.js";
export type { HANDLE } from "./rtx/handle-table.js";
export type { Location } from "./rtx/shared-memory.js";
export type { Timeout, WaitResult } from "./rtx/wait.js";

const memory = sharedMemoryOf("win32");
const waits = waitsFor("win32");

/**
 * Creates shared memory of MaximumSizeHigh * 2^32 + MaximumSizeLow zero bytes, or opens the existing object of this
 * name (last error 183: its size and contents stay). `location` receives all its bytes; null: the caller wants only the
 * handle. `flProtect` is PAGE_READONLY, PAGE_READWRITE, or 0 for read-write.
 * @returns a handle, or null with last error 3, 5, 6, 8, 87, 206, 1455
 */
export const RtCreateSharedMemory = memory.RtCreateSharedMemory;

/**
 * Opens existing shared memory; `location` receives all its bytes; null: the caller wants only the handle.
 * SHM_MAP_READ gives a read-only view; a value with the bit of SHM_MAP_WRITE or of PAGE_READWRITE gives a read-write
 * view.
 * @returns a handle, or null with last error 2, 3, 5, 6, 8, 87, 206
 */
export const RtOpenSharedMemory = memory.RtOpenSharedMemory;

/**
 * Detaches the view in `location`, and sets `location` to null; the handle stays open.
 * @returns false with last error 487 if it is not a view of this thread
 */
export const RtUnmapSharedMemory = memory.RtUnmapSharedMemory;

/**
 * Maps a further view, in this thread, of `dwNumberOfBytes` (0: to the end) at an offset that is a multiple of the page
 * size, 4096 on most machines.
 * @returns the window's bytes, or null with last error 5 (beyond the handle's access or the object), 6, 8, 87
 */
export const RtMapViewOfSharedMemory = memory.RtMapViewOfSharedMemory;

/** Detaches a view; the handle stays open. @returns false with last error 487 if it is not a view of this thread */
export const RtUnmapViewOfSharedMemory = memory.RtUnmapViewOfSharedMemory;

/**
 * Opens the object, named or not, that a string of `describe` describes, in any process of the same user. Shared memory
 * is mapped into `location`, if there is one: read-only if it was created PAGE_READONLY, else read-write.
 * @returns a handle, or null with last error 2 (gone), 6, 8, 87 (not a descriptor string, or of another namespace)
 */
export const attach = memory.attach;

/**
 * Waits for any of several objects, or for all of them at one instant, blocking the thread.
 * @returns WAIT_OBJECT_0 + i, WAIT_ABANDONED_0 + i, WAIT_TIMEOUT, or WAIT_FAILED with last error 5, 6 or 87
 */
export const RtWaitForMultipleObjects = waits.RtWaitForMultipleObjects;

/** The same with a time-out in units of 100 ns; null is WAIT_FAILED with last error 87. */
export const RtWaitForMultipleObjectsEx = waits.RtWaitForMultipleObjectsEx;

/** The same without blocking the thread, and with the error in the result. Time-out in milliseconds. */
export const RtWaitForMultipleObjectsAsync = waits.RtWaitForMultipleObjectsAsync;

/** Whether this is the real-time side's module: false. */
export function RtIsInRtss(): boolean {
  return false;
}
