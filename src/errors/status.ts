// The one table of status codes: name, number, text. Constants, error names and messages are derived from it.

const table = {
  ERROR_SUCCESS: [0, "the operation completed"],
  ERROR_FILE_NOT_FOUND: [2, "no process holds an object of this name"],
  ERROR_PATH_NOT_FOUND: [3, "a name cannot contain a backslash"],
  ERROR_ACCESS_DENIED: [5, "the access asked for is above what the object or handle grants"],
  ERROR_INVALID_HANDLE: [6, "the handle is not open, or the object is of another type"],
  ERROR_NOT_ENOUGH_MEMORY: [8, "the system did not give the memory, descriptors or threads needed"],
  ERROR_INVALID_DATA: [13, "the object holds something else than was asked for"],
  ERROR_SHARING_VIOLATION: [32, "another thread has what only one can have"],
  ERROR_INVALID_PARAMETER: [87, "an argument has a value that is not allowed"],
  ERROR_BUSY: [170, "a lock of the namespace is held by a process that does not go on"],
  ERROR_ALREADY_EXISTS: [183, "an object of this name exists; the handle refers to it"],
  ERROR_FILENAME_EXCED_RANGE: [206, "a name has at most 260 UTF-16 units"],
  WAIT_TIMEOUT: [258, "the time-out passed before the wait was satisfied"],
  ERROR_NOT_OWNER: [288, "the calling thread does not own the mutex"],
  ERROR_TOO_MANY_POSTS: [298, "the release would pass the semaphore's maximum"],
  ERROR_INVALID_ADDRESS: [487, "nothing is mapped there"],
  ERROR_POSSIBLE_DEADLOCK: [1131, "this thread would wait for itself"],
  ERROR_FILE_CORRUPT: [1392, "shared bytes are damaged or of another layout version"],
  ERROR_COMMITMENT_LIMIT: [1455, "the machine does not have that much memory"],
  EXCEPTION_ACCESS_VIOLATION: [0xc000_0005, "a store through a read-only view; the object is unchanged"],
} as const satisfies Record<string, readonly [number, string]>;

/** The stable name of a status: what `RtError.code` holds. */
export type StatusName = keyof typeof table;

/** Numbers by name, with their Win32 values. */
export const Status = Object.fromEntries(Object.entries(table).map(([name, [number]]) => [name, number])) as {
  readonly [Name in StatusName]: (typeof table)[Name][0];
};

/** What a status means in one sentence. */
export function statusText(name: StatusName): string {
  return table[name][1];
}
