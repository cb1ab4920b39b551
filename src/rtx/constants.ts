// Constants of the RTX API, with their Win32 and RTX names and values.
import { Status } from "../kernel/status.js";

export const {
  ERROR_SUCCESS,
  ERROR_FILE_NOT_FOUND,
  ERROR_PATH_NOT_FOUND,
  ERROR_ACCESS_DENIED,
  ERROR_INVALID_HANDLE,
  ERROR_NOT_ENOUGH_MEMORY,
  ERROR_INVALID_PARAMETER,
  ERROR_BUSY,
  ERROR_ALREADY_EXISTS,
  ERROR_FILENAME_EXCED_RANGE,
  WAIT_TIMEOUT,
  ERROR_NOT_OWNER,
  ERROR_TOO_MANY_POSTS,
  ERROR_INVALID_ADDRESS,
  ERROR_FILE_CORRUPT,
  ERROR_COMMITMENT_LIMIT,
  EXCEPTION_ACCESS_VIOLATION,
} = Status;

/** Protection of a new shared memory on the win32 side. */
export const PAGE_READONLY = 2;
export const PAGE_READWRITE = 4;
/** Access of an opened shared memory on the win32 side. */
export const SHM_MAP_READ = 1;
export const SHM_MAP_WRITE = 2;
export const SHM_MAP_ALL_ACCESS = 3;

/** A time-out that never passes. */
export const INFINITE = 0xffff_ffff;
export const WAIT_OBJECT_0 = 0;
export const WAIT_ABANDONED = 0x80;
export const WAIT_ABANDONED_0 = 0x80;
export const WAIT_FAILED = 0xffff_ffff;
export const MAXIMUM_WAIT_OBJECTS = 64;
export const MAX_WFMO = 64;
export const MAX_PATH = 260;
