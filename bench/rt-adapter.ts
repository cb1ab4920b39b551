// The measured operations through the Rt functions, as a program calls them.
import {
  GetLastError,
  RtCreateEvent,
  RtCreateMutex,
  RtCreateSemaphore,
  RtReleaseMutex,
  RtReleaseSemaphore,
  RtResetEvent,
  RtSetEvent,
  RtWaitForSingleObject,
  WAIT_OBJECT_0,
} from "rtshm/win32";
import { WAIT_LIMIT_MS, type Lock, type Signal } from "./adapter.js";

type Handle = NonNullable<ReturnType<typeof RtCreateEvent>>;

function opened(handle: Handle | null, name: string): Handle {
  if (handle === null) throw new Error(`${name}: error ${GetLastError()}`);
  return handle;
}

function taken(handle: Handle): void {
  const result = RtWaitForSingleObject(handle, WAIT_LIMIT_MS);
  if (result !== WAIT_OBJECT_0) throw new Error(`wait: ${result}`);
}

export function openMutex(name: string): Lock {
  const handle = opened(RtCreateMutex(null, false, name), name);
  return {
    take: () => taken(handle),
    release: () => {
      if (!RtReleaseMutex(handle)) throw new Error(`release: error ${GetLastError()}`);
    },
  };
}

export function openSemaphore(name: string): Lock {
  const handle = opened(RtCreateSemaphore(null, 1, 1, name), name);
  return {
    take: () => taken(handle),
    release: () => {
      if (!RtReleaseSemaphore(handle, 1, null)) throw new Error(`release: error ${GetLastError()}`);
    },
  };
}

export function openEvent(name: string): Signal {
  const handle = opened(RtCreateEvent(null, false, false, name), name);
  return {
    set: () => {
      RtSetEvent(handle);
    },
    reset: () => {
      RtResetEvent(handle);
    },
    wait: () => taken(handle),
    poll: () => RtWaitForSingleObject(handle, 0) === WAIT_OBJECT_0,
  };
}
