// The constants and the list of what each side exports.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as rtss from "rtshm/rtss";
import * as win32 from "rtshm/win32";

const expected = {
  PAGE_READONLY: 2,
  PAGE_READWRITE: 4,
  SHM_MAP_READ: 1,
  SHM_MAP_WRITE: 2,
  SHM_MAP_ALL_ACCESS: 3,
  FILE_MAP_ALL_ACCESS: 0xf001f,
  TRUE: 1,
  FALSE: 0,
  SYNCHRONIZE: 0x100000,
  STANDARD_RIGHTS_REQUIRED: 0xf0000,
  EVENT_MODIFY_STATE: 2,
  EVENT_ALL_ACCESS: 0x1f0003,
  MUTEX_MODIFY_STATE: 1,
  MUTEX_ALL_ACCESS: 0x1f0001,
  SEMAPHORE_MODIFY_STATE: 2,
  SEMAPHORE_ALL_ACCESS: 0x1f0003,
  INFINITE: 0xffffffff,
  WAIT_OBJECT_0: 0,
  WAIT_ABANDONED: 0x80,
  WAIT_ABANDONED_0: 0x80,
  WAIT_TIMEOUT: 258,
  WAIT_FAILED: 0xffffffff,
  MAXIMUM_WAIT_OBJECTS: 64,
  MAX_WFMO: 64,
  MAX_PATH: 260,
  ERROR_SUCCESS: 0,
  ERROR_FILE_NOT_FOUND: 2,
  ERROR_PATH_NOT_FOUND: 3,
  ERROR_ACCESS_DENIED: 5,
  ERROR_INVALID_HANDLE: 6,
  ERROR_NOT_ENOUGH_MEMORY: 8,
  ERROR_INVALID_PARAMETER: 87,
  ERROR_ALREADY_EXISTS: 183,
  ERROR_FILENAME_EXCED_RANGE: 206,
  ERROR_NOT_OWNER: 288,
  ERROR_TOO_MANY_POSTS: 298,
  ERROR_INVALID_ADDRESS: 487,
  ERROR_COMMITMENT_LIMIT: 1455,
};

/** Every function, with the number of its parameters as C declares them. */
const functions = {
  RtCreateSharedMemory: 5,
  RtOpenSharedMemory: 4,
  RtUnmapSharedMemory: 1,
  RtMapViewOfSharedMemory: 5,
  RtUnmapViewOfSharedMemory: 1,
  RtCloseHandle: 1,
  RtCreateEvent: 4,
  RtOpenEvent: 3,
  RtSetEvent: 1,
  RtResetEvent: 1,
  RtPulseEvent: 1,
  RtCreateMutex: 3,
  RtOpenMutex: 3,
  RtReleaseMutex: 1,
  RtCreateSemaphore: 4,
  RtOpenSemaphore: 3,
  RtReleaseSemaphore: 3,
  RtWaitForSingleObject: 2,
  RtWaitForSingleObjectEx: 2,
  RtWaitForMultipleObjects: 4,
  RtWaitForMultipleObjectsEx: 4,
  RtWaitForSingleObjectAsync: 2,
  RtWaitForMultipleObjectsAsync: 4,
  GetLastError: 0,
  SetLastError: 1,
  RtGetLastError: 0,
  RtSetLastError: 1,
  RtIsInRtss: 0,
  RtPrintf: 1,
  RtWprintf: 1,
  ExitProcess: 1,
  RtExitProcess: 1,
  describe: 1,
};

for (const [name, exports] of Object.entries({ win32, rtss } as Record<string, Record<string, unknown>>)) {
  describe(`exports of ${name}`, () => {
    test("every constant has its value", () => {
      const actual = Object.fromEntries(Object.keys(expected).map((key) => [key, exports[key]]));
      assert.deepEqual(actual, expected);
    });

    test("every function is there and takes its parameters", () => {
      const lengthOf = (value: unknown) => (typeof value === "function" ? value.length : undefined);
      const actual = Object.fromEntries(Object.keys(functions).map((key) => [key, lengthOf(exports[key])]));
      assert.deepEqual(actual, functions);
      assert.equal(typeof exports["attach"], "function");
    });
  });
}

test("the two sides export the same names", () => {
  assert.deepEqual(Object.keys(win32).sort(), Object.keys(rtss).sort());
});

test("RtIsInRtss tells the sides apart", () => {
  assert.equal(win32.RtIsInRtss(), false);
  assert.equal(rtss.RtIsInRtss(), true);
});

test("the aliases are the same functions", () => {
  for (const side of [win32, rtss]) {
    assert.equal(side.RtGetLastError, side.GetLastError);
    assert.equal(side.RtSetLastError, side.SetLastError);
    assert.equal(side.RtExitProcess, side.ExitProcess);
  }
});
