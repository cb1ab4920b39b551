// The RTX API as the real-time side sees it: an explicit list of exports.
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

const memory = sharedMemoryOf("rtss");
const waits = waitsFor("rtss");

/**
 * Creates shared memory of MaximumSizeHigh * 2^32 + MaximumSizeLow zero bytes, or opens the existing object of this
 * name (last error 183: its size and contents stay). `location` receives all its bytes; null: the caller wants only the
 * handle. `flProtect` is ignored: the view is read-write.
 * @returns a handle, or null with last error 3, 6, 8, 87, 206, 1455
 */
export const RtCreateSharedMemory = memory.RtCreateSharedMemory;

/**
 * Opens existing shared memory; `location` receives all its bytes; null: the caller wants only the handle.
 * `DesiredAccess` is ignored: the view is read-write.
 * @returns a handle, or null with last error 2, 3, 6, 8, 206
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
 * @returns the window's bytes, or null with last error 5 (beyond the object), 6, 8, 87
 */
export const RtMapViewOfSharedMemory = memory.RtMapViewOfSharedMemory;

/** Detaches a view; the handle stays open. @returns false with last error 487 if it is not a view of this thread */
export const RtUnmapViewOfSharedMemory = memory.RtUnmapViewOfSharedMemory;

/**
 * Opens the object, named or not, that a string of `describe` describes, in any process of the same user. Shared memory
 * is mapped into `location`, if there is one, read-write.
 * @returns a handle, or null with last error 2 (gone), 6, 8, 87 (not a descriptor string, or of another namespace)
 */
export const attach = memory.attach;

/**
 * Waits for any of several objects, blocking the thread. Waiting for all is error 87 on this side.
 * @returns WAIT_OBJECT_0 + i, WAIT_ABANDONED_0 + i, WAIT_TIMEOUT, or WAIT_FAILED with last error 5, 6 or 87
 */
export const RtWaitForMultipleObjects = waits.RtWaitForMultipleObjects;

/** The same with a time-out in units of 100 ns; null is WAIT_FAILED with last error 87. */
export const RtWaitForMultipleObjectsEx = waits.RtWaitForMultipleObjectsEx;

/** The same without blocking the thread, and with the error in the result. Time-out in milliseconds. */
export const RtWaitForMultipleObjectsAsync = waits.RtWaitForMultipleObjectsAsync;

/** Whether this is the real-time side's module: true. */
export function RtIsInRtss(): boolean {
  return true;
}
