// RtCreate*, RtOpen* and the operations of events, mutexes and semaphores; the same on both sides.
import {
  type Event,
  type Mutex,
  createObject,
  openObject,
  type NewObject,
  type ObjectKind,
  type Semaphore,
} from "../kernel/index.js";
import { ObjectType } from "../protocol/object-header.js";
import {
  checkAttributes,
  checkBool,
  checkDword,
  checkHandle,
  checkLong,
  checkNameType,
  checkObject,
  nameToCreate,
  nameToOpen,
  type BOOL,
  type DWORD,
  type NoAttributes,
} from "./arguments.js";
import {
  ERROR_ALREADY_EXISTS,
  ERROR_INVALID_PARAMETER,
  ERROR_NOT_OWNER,
  ERROR_SUCCESS,
  ERROR_TOO_MANY_POSTS,
} from "./constants.js";
import { findHandle, handleFailure, type HANDLE } from "./handle-table.js";
import { fail, failed, guarded, SetLastError } from "./last-error.js";
import { openHandle } from "./open-handle.js";

// Rights are not checked on waitable objects, and there is no memory of theirs to map.
const noAccess = (): number => 0;

function create(kind: ObjectKind, lpName: string | null, spec: NewObject): HANDLE | null {
  return guarded(null, () => {
    const name = nameToCreate(lpName);
    const { local, created } = openHandle(noAccess, () => createObject(kind, name, spec));
    SetLastError(created ? ERROR_SUCCESS : ERROR_ALREADY_EXISTS);
    return local.value as HANDLE;
  });
}

function open(kind: ObjectKind, access: DWORD, inherit: BOOL, lpName: string | null): HANDLE | null {
  checkDword("DesiredAccess", access);
  checkBool("bInheritHandle", inherit);
  checkNameType(lpName);
  return guarded(null, () => {
    const name = nameToOpen(lpName);
    return openHandle(noAccess, () => openObject(kind, name)).local.value as HANDLE;
  });
}

/**
 * Creates an event, or opens the one of this name (last error 183; the two flags are then ignored).
 * @returns a handle, or null with last error 3, 6 (another type has the name), 8, 87, 206
 */
export function RtCreateEvent(
  lpEventAttributes: NoAttributes,
  bManualReset: BOOL,
  bInitialState: BOOL,
  lpName: string | null,
): HANDLE | null {
  checkAttributes("lpEventAttributes", lpEventAttributes);
  const manualReset = checkBool("bManualReset", bManualReset);
  const signalled = checkBool("bInitialState", bInitialState);
  checkNameType(lpName);
  return create("event", lpName, { manualReset, signalled });
}

/** Opens an existing event. @returns a handle, or null with last error 2, 3, 6, 8, 87, 206; unchanged on success */
export function RtOpenEvent(DesiredAccess: DWORD, bInheritHandle: BOOL, lpName: string | null): HANDLE | null {
  return open("event", DesiredAccess, bInheritHandle, lpName);
}

function eventOf(hEvent: HANDLE): Event | undefined {
  const local = findHandle(checkHandle("hEvent", hEvent));
  if (local === undefined) return undefined;
  const { type } = local;
  const isEvent = type === ObjectType.AutoResetEvent || type === ObjectType.ManualResetEvent;
  return isEvent ? (local.waitable as Event) : undefined;
}

/** Signals an event. @returns false with last error 6 if the handle is none of an event */
export function RtSetEvent(hEvent: HANDLE): boolean {
  const event = eventOf(hEvent);
  if (event === undefined) return fail(handleFailure(), false);
  try {
    event.set();
    return true;
  } catch (error) {
    return failed(error, false);
  }
}

/** Makes an event non-signalled. @returns false with last error 6 if the handle is none of an event */
export function RtResetEvent(hEvent: HANDLE): boolean {
  const event = eventOf(hEvent);
  if (event === undefined) return fail(handleFailure(), false);
  try {
    event.reset();
    return true;
  } catch (error) {
    return failed(error, false);
  }
}

/** Releases who waits now (auto-reset: one) and leaves the event non-signalled. @returns false with last error 6 */
export function RtPulseEvent(hEvent: HANDLE): boolean {
  const event = eventOf(hEvent);
  if (event === undefined) return fail(handleFailure(), false);
  try {
    event.pulse();
    return true;
  } catch (error) {
    return failed(error, false);
  }
}

/**
 * Creates a mutex, owned by the calling JavaScript thread if `bInitialOwner` and it is new, or opens the one of this
 * name.
 * @returns a handle, or null with last error 3, 6, 8, 87, 206
 */
export function RtCreateMutex(
  lpMutexAttributes: NoAttributes,
  bInitialOwner: BOOL,
  lpName: string | null,
): HANDLE | null {
  checkAttributes("lpMutexAttributes", lpMutexAttributes);
  const initialOwner = checkBool("bInitialOwner", bInitialOwner);
  checkNameType(lpName);
  return create("mutex", lpName, { initialOwner });
}

/** Opens an existing mutex. @returns a handle, or null with last error 2, 3, 6, 8, 87, 206 */
export function RtOpenMutex(DesiredAccess: DWORD, bInheritHandle: BOOL, lpName: string | null): HANDLE | null {
  return open("mutex", DesiredAccess, bInheritHandle, lpName);
}

/** Takes back one wait of the owning thread. @returns false with last error 288 (not the owner) or 6 */
export function RtReleaseMutex(hMutex: HANDLE): boolean {
  const local = findHandle(checkHandle("hMutex", hMutex));
  if (local === undefined || local.type !== ObjectType.Mutex) return fail(handleFailure(), false);
  try {
    return (local.waitable as Mutex).release() || fail(ERROR_NOT_OWNER, false);
  } catch (error) {
    return failed(error, false);
  }
}

/**
 * Creates a semaphore, or opens the one of this name. 0 <= lInitialCount <= lMaximumCount, 1 <= lMaximumCount <=
 * 2147483647.
 * @returns a handle, or null with last error 3, 6, 8, 87, 206
 */
export function RtCreateSemaphore(
  lpSemaphoreAttributes: NoAttributes,
  lInitialCount: number,
  lMaximumCount: number,
  lpName: string | null,
): HANDLE | null {
  checkAttributes("lpSemaphoreAttributes", lpSemaphoreAttributes);
  const count = checkLong("lInitialCount", lInitialCount);
  const maximum = checkLong("lMaximumCount", lMaximumCount);
  checkNameType(lpName);
  if (count < 0 || maximum < 1 || count > maximum) return fail(ERROR_INVALID_PARAMETER, null);
  return create("semaphore", lpName, { count, maximum });
}

/** Opens an existing semaphore. @returns a handle, or null with last error 2, 3, 6, 8, 87, 206 */
export function RtOpenSemaphore(DesiredAccess: DWORD, bInheritHandle: BOOL, lpName: string | null): HANDLE | null {
  return open("semaphore", DesiredAccess, bInheritHandle, lpName);
}

/**
 * Adds units. `lpPreviousCount` receives the count before, on success only.
 * @returns false with last error 87 (count below 1), 298 (over the maximum; nothing changed) or 6
 */
export function RtReleaseSemaphore(
  hSemaphore: HANDLE,
  lReleaseCount: number,
  lpPreviousCount: { value: number } | null,
): boolean {
  const units = checkLong("lReleaseCount", lReleaseCount);
  const value = checkHandle("hSemaphore", hSemaphore);
  if (lpPreviousCount !== null) checkObject("lpPreviousCount", lpPreviousCount);
  if (units <= 0) return fail(ERROR_INVALID_PARAMETER, false);
  const local = findHandle(value);
  if (local === undefined || local.type !== ObjectType.Semaphore) return fail(handleFailure(), false);
  try {
    const previous = (local.waitable as Semaphore).release(units);
    if (previous < 0) return fail(ERROR_TOO_MANY_POSTS, false);
    if (lpPreviousCount !== null) lpPreviousCount.value = previous;
    return true;
  } catch (error) {
    return failed(error, false);
  }
}
