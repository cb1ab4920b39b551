// A named shared memory for what the processes of a case tell one another while they are measured.
import { GetLastError, PAGE_READWRITE, RtCreateSharedMemory } from "rtshm/win32";

/** Creates or opens it; it stays open as long as the process lives. */
export function sharedBytes(name: string, sizeBytes: number): ArrayBuffer {
  const location: { value: ArrayBuffer | null } = { value: null };
  const handle = RtCreateSharedMemory(PAGE_READWRITE, 0, sizeBytes, name, location);
  if (handle === null || location.value === null) throw new Error(`${name}: error ${GetLastError()}`);
  return location.value;
}
