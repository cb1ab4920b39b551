// The functions that a side exports, as the suites use them. Anything with this shape can be put through the suites.
import type { HANDLE, Location } from "rtshm/win32";

export type { HANDLE, Location };

export interface WaitResult {
  result: number;
  lastError: number;
}

type Name = string | null;
type Timeout = { value: bigint } | null;

export interface RtApi {
  RtCreateSharedMemory: (
    protect: number,
    sizeHigh: number,
    sizeLow: number,
    name: Name,
    location: Location,
  ) => HANDLE | null;
  RtOpenSharedMemory: (access: number, inherit: boolean, name: Name, location: Location) => HANDLE | null;
  RtUnmapSharedMemory: (location: Location) => boolean;
  RtMapViewOfSharedMemory: (
    handle: HANDLE,
    access: number,
    offsetHigh: number,
    offsetLow: number,
    bytes: number,
  ) => ArrayBuffer | null;
  RtUnmapViewOfSharedMemory: (view: ArrayBuffer) => boolean;
  RtCloseHandle: (handle: HANDLE) => boolean;
  RtCreateEvent: (attributes: null, manualReset: boolean, initialState: boolean, name: Name) => HANDLE | null;
  RtOpenEvent: (access: number, inherit: boolean, name: Name) => HANDLE | null;
  RtSetEvent: (handle: HANDLE) => boolean;
  RtResetEvent: (handle: HANDLE) => boolean;
  RtPulseEvent: (handle: HANDLE) => boolean;
  RtCreateMutex: (attributes: null, initialOwner: boolean, name: Name) => HANDLE | null;
  RtOpenMutex: (access: number, inherit: boolean, name: Name) => HANDLE | null;
  RtReleaseMutex: (handle: HANDLE) => boolean;
  RtCreateSemaphore: (attributes: null, initial: number, maximum: number, name: Name) => HANDLE | null;
  RtOpenSemaphore: (access: number, inherit: boolean, name: Name) => HANDLE | null;
  RtReleaseSemaphore: (handle: HANDLE, count: number, previous: { value: number } | null) => boolean;
  RtWaitForSingleObject: (handle: HANDLE, milliseconds: number) => number;
  RtWaitForSingleObjectEx: (handle: HANDLE, timeout: Timeout) => number;
  RtWaitForMultipleObjects: (count: number, handles: readonly HANDLE[], all: boolean, milliseconds: number) => number;
  RtWaitForMultipleObjectsEx: (count: number, handles: readonly HANDLE[], all: boolean, timeout: Timeout) => number;
  RtWaitForSingleObjectAsync: (handle: HANDLE, milliseconds: number) => Promise<WaitResult>;
  RtWaitForMultipleObjectsAsync: (
    count: number,
    handles: readonly HANDLE[],
    all: boolean,
    milliseconds: number,
  ) => Promise<WaitResult>;
  GetLastError: () => number;
  SetLastError: (code: number) => void;
  RtGetLastError: () => number;
  RtSetLastError: (code: number) => void;
  RtIsInRtss: () => boolean;
  RtPrintf: (format: string, ...args: (string | number | bigint)[]) => number;
  RtWprintf: (format: string, ...args: (string | number | bigint)[]) => number;
  ExitProcess: (code: number) => never;
  RtExitProcess: (code: number) => never;
  describe: (handle: HANDLE) => string | null;
  attach: (descriptor: string, location?: Location) => HANDLE | null;
}

export const PAGE_READONLY = 2;
export const PAGE_READWRITE = 4;
export const SHM_MAP_READ = 1;
export const SHM_MAP_WRITE = 2;
export const SHM_MAP_ALL_ACCESS = 3;
export const INFINITE = 0xffffffff;
export const ENDLESS_TICKS = 0xffff_ffff_ffff_ffffn;
export const WAIT_OBJECT_0 = 0;
export const WAIT_ABANDONED_0 = 0x80;
export const WAIT_TIMEOUT = 258;
export const WAIT_FAILED = 0xffffffff;
export const ERROR_SUCCESS = 0;
export const ERROR_FILE_NOT_FOUND = 2;
export const ERROR_PATH_NOT_FOUND = 3;
export const ERROR_ACCESS_DENIED = 5;
export const ERROR_INVALID_HANDLE = 6;
export const ERROR_NOT_ENOUGH_MEMORY = 8;
export const ERROR_INVALID_PARAMETER = 87;
export const ERROR_ALREADY_EXISTS = 183;
export const ERROR_FILENAME_EXCED_RANGE = 206;
export const ERROR_NOT_OWNER = 288;
export const ERROR_TOO_MANY_POSTS = 298;
export const ERROR_INVALID_ADDRESS = 487;
export const ERROR_COMMITMENT_LIMIT = 1455;

/** A last error that no function sets: where it is found again, the call left it alone. */
export const UNTOUCHED = 0xdead;

/** A value that is used as a handle but never came from the library. */
export function bogusHandle(value: number | null): HANDLE {
  return value as unknown as HANDLE;
}
