// Constants of the RTX API, with their Win32 and RTX names and values.
import { Status } from "../errors/status.js";

/** Last error of a create that made a new object. */
export const ERROR_SUCCESS = Status.ERROR_SUCCESS;
/** Nobody holds the name, or what a descriptor string describes. */
export const ERROR_FILE_NOT_FOUND = Status.ERROR_FILE_NOT_FOUND;
/** The name has a backslash in it; the namespace directory cannot be where it should be. */
export const ERROR_PATH_NOT_FOUND = Status.ERROR_PATH_NOT_FOUND;
/** This process or the system has no descriptor left. */
export const ERROR_TOO_MANY_OPEN_FILES = Status.ERROR_TOO_MANY_OPEN_FILES;
/** More access than the object or the handle allows; a wait for shared memory. */
export const ERROR_ACCESS_DENIED = Status.ERROR_ACCESS_DENIED;
/** The handle is closed, of another kind, or was never one; the name belongs to an object of another type. */
export const ERROR_INVALID_HANDLE = Status.ERROR_INVALID_HANDLE;
/** Memory, descriptors, mappings or the process's tables do not suffice. */
export const ERROR_NOT_ENOUGH_MEMORY = Status.ERROR_NOT_ENOUGH_MEMORY;
/** The file system of the namespace directory is read-only. */
export const ERROR_WRITE_PROTECT = Status.ERROR_WRITE_PROTECT;
/** The system answered with an error that has no code of its own. */
export const ERROR_GEN_FAILURE = Status.ERROR_GEN_FAILURE;
/** The system does not support what is needed. */
export const ERROR_NOT_SUPPORTED = Status.ERROR_NOT_SUPPORTED;
/** Two objects have the name since the namespace directory was emptied from outside. RTX does not have it. */
export const ERROR_DUP_NAME = Status.ERROR_DUP_NAME;
/** The file system of the namespace directory is full. */
export const ERROR_DISK_FULL = Status.ERROR_DISK_FULL;
/** An argument has a value that is not allowed. */
export const ERROR_INVALID_PARAMETER = Status.ERROR_INVALID_PARAMETER;
/** A stopped process holds a lock of the namespace. RTX does not have it. */
export const ERROR_BUSY = Status.ERROR_BUSY;
/** Last error of a create that opened the object of this name. */
export const ERROR_ALREADY_EXISTS = Status.ERROR_ALREADY_EXISTS;
/** The name has more than 260 UTF-16 units. */
export const ERROR_FILENAME_EXCED_RANGE = Status.ERROR_FILENAME_EXCED_RANGE;
/** The time-out passed; the wait took nothing. */
export const WAIT_TIMEOUT = Status.WAIT_TIMEOUT;
/** The mutex is not owned by the calling thread. */
export const ERROR_NOT_OWNER = Status.ERROR_NOT_OWNER;
/** The semaphore's maximum would be passed; nothing changed. */
export const ERROR_TOO_MANY_POSTS = Status.ERROR_TOO_MANY_POSTS;
/** It is no view of this thread. */
export const ERROR_INVALID_ADDRESS = Status.ERROR_INVALID_ADDRESS;
/** The shared bytes are damaged, or of another version. RTX does not have it. */
export const ERROR_FILE_CORRUPT = Status.ERROR_FILE_CORRUPT;
/** The machine cannot give so much memory. */
export const ERROR_COMMITMENT_LIMIT = Status.ERROR_COMMITMENT_LIMIT;
/** Code of the error for a store through a read-only view. */
export const EXCEPTION_ACCESS_VIOLATION = Status.EXCEPTION_ACCESS_VIOLATION;

/** Protection of new shared memory on the win32 side: views of it can only be read. */
export const PAGE_READONLY = 2;
/** Protection of new shared memory on the win32 side: views of it can be read and written. */
export const PAGE_READWRITE = 4;
/** Access of opened shared memory on the win32 side: a view to read. */
export const SHM_MAP_READ = 1;
/**
 * Access of opened shared memory on the win32 side: a view to read and write, as any value with this bit or
 * PAGE_READWRITE's.
 */
export const SHM_MAP_WRITE = 2;
/** The same as SHM_MAP_WRITE. */
export const SHM_MAP_ALL_ACCESS = 3;
/** The same, by the name that Win32's file mappings have. */
export const FILE_MAP_ALL_ACCESS = 0xf_001f;

/**
 * Access that programs ask for when they open an event, mutex or semaphore to wait for it. Ignored, as those that
 * follow: every right is given.
 */
export const SYNCHRONIZE = 0x10_0000;
/** Access: deleting, reading and changing who may do what. Ignored. */
export const STANDARD_RIGHTS_REQUIRED = 0xf_0000;
/** Access: setting and resetting an event. Ignored. */
export const EVENT_MODIFY_STATE = 2;
/** Access: everything on an event. Ignored. */
export const EVENT_ALL_ACCESS = 0x1f_0003;
/** Access: releasing a mutex. Ignored. */
export const MUTEX_MODIFY_STATE = 1;
/** Access: everything on a mutex. Ignored. */
export const MUTEX_ALL_ACCESS = 0x1f_0001;
/** Access: releasing a semaphore. Ignored. */
export const SEMAPHORE_MODIFY_STATE = 2;
/** Access: everything on a semaphore. Ignored. */
export const SEMAPHORE_ALL_ACCESS = 0x1f_0003;

/** A BOOL that is true. */
export const TRUE = 1;
/** A BOOL that is false. */
export const FALSE = 0;

/** A time-out that never passes. */
export const INFINITE = 0xffff_ffff;
/** Result of a wait: satisfied; of a wait for several, plus the index. */
export const WAIT_OBJECT_0 = 0;
/** Result of a wait: satisfied by a mutex whose owner ended without releasing it. */
export const WAIT_ABANDONED = 0x80;
/** The same, for waits for several: plus the index. */
export const WAIT_ABANDONED_0 = 0x80;
/** Result of a wait: it failed, and the last error says why. */
export const WAIT_FAILED = 0xffff_ffff;
/** The most objects of one wait. */
export const MAXIMUM_WAIT_OBJECTS = 64;
/** The same, by RTX's name. */
export const MAX_WFMO = 64;
/** The most UTF-16 units of a name. */
export const MAX_PATH = 260;
