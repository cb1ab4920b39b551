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
export { isLocked, RtCloseHandle } from "./rtx/shared-memory.js";
export { describe } from "./rtx/describe.js";
export { ExitProcess, ExitProcess as RtExitProcess, RtPrintf, RtWprintf } from "./rtx/process.js";
export type { HANDLE } from "./rtx/handle-table.js";
export type { Location } from "./rtx/shared-memory.js";
export type { Timeout, WaitResult } from "./rtx/wait.js";

export const {
  RtCreateSharedMemory,
  RtOpenSharedMemory,
  RtUnmapSharedMemory,
  RtMapViewOfSharedMemory,
  RtUnmapViewOfSharedMemory,
  attach,
} = sharedMemoryOf("win32");

export const { RtWaitForMultipleObjects, RtWaitForMultipleObjectsEx, RtWaitForMultipleObjectsAsync } =
  waitsFor("win32");

/** Whether this is the real-time side's module: false. */
export function RtIsInRtss(): boolean {
  return false;
}
