// Batches of objects that go through create, open, close and last close, each phase timed by the process that does it.
import {
  GetLastError,
  PAGE_READWRITE,
  RtCloseHandle,
  RtCreateMutex,
  RtCreateSharedMemory,
  RtOpenMutex,
  RtOpenSharedMemory,
  SHM_MAP_ALL_ACCESS,
} from "rtshm/win32";
import { timePerOperation } from "./case.js";

const SYNCHRONIZE = 0x0010_0000;

type Handle = NonNullable<ReturnType<typeof RtCreateMutex>>;

/** One kind of object: how a batch makes and opens it. */
export interface Kind {
  create(name: string): Handle | null;
  open(name: string): Handle | null;
}

const location: { value: ArrayBuffer | null } = { value: null };

export const kinds: Readonly<Record<string, Kind>> = {
  "4 KB shared memory": {
    create: (name) => RtCreateSharedMemory(PAGE_READWRITE, 0, 4096, name, location),
    open: (name) => RtOpenSharedMemory(SHM_MAP_ALL_ACCESS, false, name, location),
  },
  mutex: {
    create: (name) => RtCreateMutex(null, false, name),
    open: (name) => RtOpenMutex(SYNCHRONIZE, false, name),
  },
};

/** Each batch that this process has not closed yet. */
const batches: Handle[][] = [];

/** Makes or opens objects. @returns nanoseconds an object */
export function acquireBatch(objects: number, acquire: (name: string) => Handle | null): number {
  const handles: Handle[] = [];
  batches.push(handles);
  const names = Array.from({ length: objects }, (_, i) => `batch ${i}`);
  return timePerOperation(objects, () => {
    for (const name of names) {
      const handle = acquire(name);
      if (handle === null) throw new Error(`${name}: error ${GetLastError()}`);
      handles.push(handle);
    }
  });
}

/** Closes what the latest `acquireBatch` got. @returns nanoseconds an object */
export function closeBatch(): number {
  const handles = batches.pop() ?? [];
  return timePerOperation(handles.length, () => {
    for (const handle of handles) if (!RtCloseHandle(handle)) throw new Error(`close: error ${GetLastError()}`);
  });
}
