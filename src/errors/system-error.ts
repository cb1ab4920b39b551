// From a failed system call to the error a user can act on.
import { constants } from "node:os";
import { Errno } from "../native/load.js";
import { type RtError, failure } from "./rt-error.js";
import type { StatusName } from "./status.js";

/** For each errno the code, and what the user can do about it where there is something to do. */
const rows: Readonly<Record<keyof typeof Errno, readonly [code: StatusName, advice: string]>> = {
  EPERM: ["ERROR_ACCESS_DENIED", "the system does not permit it"],
  ENOENT: ["ERROR_FILE_NOT_FOUND", "it does not exist"],
  ESRCH: ["ERROR_INVALID_PARAMETER", "there is no such process or thread"],
  EINTR: ["ERROR_OPERATION_ABORTED", "a signal interrupted it: try again"],
  EIO: ["ERROR_IO_DEVICE", "the device below the file system reports an error: see the kernel's log"],
  ENXIO: ["ERROR_FILE_NOT_FOUND", "it is not an object any more"],
  EBADF: ["ERROR_INVALID_HANDLE", "the descriptor is not open: something else in this process has closed it"],
  EAGAIN: ["ERROR_NOT_ENOUGH_MEMORY", "no thread or lock to be had: see `ulimit -u` and `ulimit -l`"],
  ENOMEM: ["ERROR_NOT_ENOUGH_MEMORY", "out of memory, address space or mappings: see vm.max_map_count and `ulimit -v`"],
  EACCES: ["ERROR_ACCESS_DENIED", "the system denies it: see owner and mode"],
  EFAULT: ["ERROR_NOACCESS", "an address is not in this process's memory"],
  EBUSY: ["ERROR_BUSY", "it is in use"],
  EEXIST: ["ERROR_FILE_EXISTS", "something that is not a link of this package is in its place: remove it"],
  EXDEV: ["ERROR_NOT_SAME_DEVICE", "something is mounted inside the directory"],
  ENODEV: ["ERROR_NOT_SUPPORTED", "the file system cannot do it: set RTSHM_DIR to a directory on another one"],
  ENOTDIR: ["ERROR_PATH_NOT_FOUND", "a part of the path is not a directory"],
  EISDIR: ["ERROR_ACCESS_DENIED", "a directory is in its place: remove it"],
  EINVAL: ["ERROR_INVALID_PARAMETER", "the kernel does not know what was asked for: Linux 5.6 or later is needed"],
  ENFILE: ["ERROR_TOO_MANY_OPEN_FILES", "the system has no descriptor left: raise fs.file-max"],
  EMFILE: ["ERROR_TOO_MANY_OPEN_FILES", "this process has no descriptor left: raise `ulimit -n`"],
  ETXTBSY: ["ERROR_SHARING_VIOLATION", "a running program is in its place"],
  EFBIG: [
    "ERROR_COMMITMENT_LIMIT",
    "larger than `ulimit -f` allows, or than an ArrayBuffer of this Node can be: map a window of it",
  ],
  ENOSPC: ["ERROR_DISK_FULL", "the file system is full: free some of it, or set RTSHM_DIR to another one"],
  ESPIPE: ["ERROR_NOT_SUPPORTED", "it has no positions"],
  EROFS: ["ERROR_WRITE_PROTECT", "the file system is read-only: set RTSHM_DIR to a directory that can be written"],
  EMLINK: ["ERROR_TOO_MANY_LINKS", "the directory above can have no more entries"],
  EDEADLK: ["ERROR_POSSIBLE_DEADLOCK", "it would wait for itself"],
  ENAMETOOLONG: ["ERROR_FILENAME_EXCED_RANGE", "the path is too long: set RTSHM_DIR to a shorter one"],
  ENOLCK: ["ERROR_NO_SYSTEM_RESOURCES", "the system has no file lock left"],
  ENOSYS: ["ERROR_NOT_SUPPORTED", "the kernel, or a filter of this container (seccomp), does not have the system call"],
  ENOTEMPTY: ["ERROR_DIR_NOT_EMPTY", "a directory is in its place: remove it"],
  ELOOP: ["ERROR_PATH_NOT_FOUND", "the path has too many symbolic links, or one where none may be"],
  EOVERFLOW: ["ERROR_INVALID_PARAMETER", "an offset or size is beyond what the system can count"],
  EOPNOTSUPP: [
    "ERROR_NOT_SUPPORTED",
    "the system cannot do it; a runtime without external array buffers (Electron) cannot share memory",
  ],
  ETIMEDOUT: ["WAIT_TIMEOUT", "it took too long"],
  ESTALE: ["ERROR_PATH_NOT_FOUND", "it was removed meanwhile"],
  EDQUOT: ["ERROR_DISK_QUOTA_EXCEEDED", "the user's quota is used up: free some of it, or set RTSHM_DIR"],
  EHWPOISON: ["ERROR_IO_DEVICE", "the memory is broken: see the kernel's log"],
};

const byNumber = new Map<number, readonly [StatusName, string]>();
for (const [name, row] of Object.entries(rows)) byNumber.set(Errno[name as keyof typeof Errno], row);

// Not util.getSystemErrorName: it knows only libuv's errnos.
function nameOf(errno: number): string {
  const all = Object.entries({ ...constants.errno, ...Errno });
  return all.find(([, number]) => number === errno)?.[0] ?? `errno ${String(errno)}`;
}

/**
 * Whether the system refused because it lacks descriptors or memory. Such a refusal says nothing about what was asked
 * for.
 */
export function isShortage(result: number): boolean {
  return result === -Errno.EMFILE || result === -Errno.ENFILE || result === -Errno.ENOMEM;
}

/**
 * The error for a system call that answered `result` (a negated errno).
 * @param code instead of the table's, where the caller knows better what the errno means
 */
export function systemError(result: number, objectName: string | null, what: string, code?: StatusName): RtError {
  const row = byNumber.get(-result);
  const [usual, advice] = row ?? ["ERROR_GEN_FAILURE", "an answer that was not expected of the system"];
  return failure(code ?? usual, objectName, `${what}: ${nameOf(-result)}: ${advice}`);
}
