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
} = sharedMemoryOf("rtss");

export const { RtWaitForMultipleObjects, RtWaitForMultipleObjectsEx, RtWaitForMultipleObjectsAsync } = waitsFor("rtss");

/** Whether this is the real-time side's module: true. */
export function RtIsInRtss(): boolean {
  return true;
}
