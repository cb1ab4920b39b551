// The one table of status codes: name, number, text. Constants, error names and messages are derived from it.

const table = {
  ERROR_SUCCESS: [0, "the operation completed"],
  ERROR_FILE_NOT_FOUND: [2, "no process holds an object of this name"],
  ERROR_PATH_NOT_FOUND: [3, "a name cannot contain a backslash"],
  ERROR_TOO_MANY_OPEN_FILES: [4, "this process or the system has no descriptor left"],
  ERROR_ACCESS_DENIED: [5, "the access asked for is above what the object or handle grants"],
  ERROR_INVALID_HANDLE: [6, "the handle is not open, or the object is of another type"],
  ERROR_NOT_ENOUGH_MEMORY: [8, "the system did not give the memory, descriptors or threads needed"],
  ERROR_INVALID_DATA: [13, "the object holds something else than was asked for"],
  ERROR_NOT_SAME_DEVICE: [17, "the two places are on different file systems"],
  ERROR_WRITE_PROTECT: [19, "the file system is read-only"],
  ERROR_GEN_FAILURE: [31, "the system answered with an error that was not expected"],
  ERROR_SHARING_VIOLATION: [32, "another thread has what only one can have"],
  ERROR_NOT_SUPPORTED: [50, "the system does not support what is needed"],
  ERROR_DUP_NAME: [52, "two objects have this name"],
  ERROR_FILE_EXISTS: [80, "a file is where a name has to be written"],
  ERROR_INVALID_PARAMETER: [87, "an argument has a value that is not allowed"],
  ERROR_DISK_FULL: [112, "the file system is full"],
  ERROR_DIR_NOT_EMPTY: [145, "the directory is not empty"],
  ERROR_BUSY: [170, "a lock of the namespace is held by a process that does not go on"],
  ERROR_ALREADY_EXISTS: [183, "an object of this name exists; the handle refers to it"],
  ERROR_FILENAME_EXCED_RANGE: [206, "a name has at most 260 UTF-16 units"],
  WAIT_TIMEOUT: [258, "the time-out passed before the wait was satisfied"],
  ERROR_NOT_OWNER: [288, "the calling thread does not own the mutex"],
  ERROR_TOO_MANY_POSTS: [298, "the release would pass the semaphore's maximum"],
  ERROR_INVALID_ADDRESS: [487, "nothing is mapped there"],
  ERROR_OPERATION_ABORTED: [995, "a signal interrupted the system call"],
  ERROR_NOACCESS: [998, "an address is not in this process's memory"],
  ERROR_IO_DEVICE: [1117, "the device reports an error"],
  ERROR_POSSIBLE_DEADLOCK: [1131, "this thread would wait for itself"],
  ERROR_TOO_MANY_LINKS: [1142, "the directory can have no more links"],
  ERROR_DISK_QUOTA_EXCEEDED: [1295, "the user's quota of the file system is used up"],
  ERROR_FILE_CORRUPT: [1392, "shared bytes are damaged or of another layout version"],
  ERROR_NO_SYSTEM_RESOURCES: [1450, "the system has no lock left"],
  ERROR_COMMITMENT_LIMIT: [1455, "the machine does not have that much memory"],
  EXCEPTION_ACCESS_VIOLATION: [0xc000_0005, "a store through a read-only view; the object is unchanged"],
} as const satisfies Record<string, readonly [number, string]>;

/** The stable name of a status: the value of `RtError.code`. */
export type StatusName = keyof typeof table;

/** Numbers by name, with their Win32 values. */
export const Status = Object.fromEntries(Object.entries(table).map(([name, [number]]) => [name, number])) as {
  readonly [Name in StatusName]: (typeof table)[Name][0];
};

/** The meaning of a status in one sentence. */
export function statusText(name: StatusName): string {
  return table[name][1];
}
