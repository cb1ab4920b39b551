// Compile-time checks of the signatures; nothing of this file is run. A line that must not compile says so: if it compiles
// after all, the compiler complains about the expectation.
import * as rtss from "rtshm/rtss";
import * as win32 from "rtshm/win32";
import type { HANDLE, Location } from "rtshm/win32";
import type { RtApi } from "../support/api.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(..._: Same<A, B> extends true ? [] : [never]): void => undefined;

export const everySide: readonly RtApi[] = [win32, rtss];

export function handles(h: HANDLE, maybe: HANDLE | null): void {
  const asNumber: number = h;
  // @ts-expect-error a number is not a handle
  const fromNumber: HANDLE = asNumber;
  // @ts-expect-error a create can fail
  const created: HANDLE = win32.RtCreateEvent(null, true, false, "name");
  // @ts-expect-error an open can fail
  const opened: HANDLE = win32.RtOpenMutex(0, false, "name");
  // @ts-expect-error a number is not a handle
  win32.RtSetEvent(4);
  // @ts-expect-error nor is a string
  win32.RtCloseHandle("4");
  // @ts-expect-error nor is an array of numbers one of handles
  win32.RtWaitForMultipleObjects(2, [4, 8], false, 0);
  // a handle of one side is one of the other
  rtss.RtSetEvent(h);
  same<ReturnType<typeof rtss.RtCreateEvent>, HANDLE | null>();
  void [fromNumber, created, opened, maybe];
}

export function sharedMemory(h: HANDLE): void {
  const location: Location = { value: null };
  win32.RtCreateSharedMemory(win32.PAGE_READWRITE, 0, 1, null, location);
  same<Location["value"], ArrayBuffer | null>();
  same<ReturnType<typeof win32.RtMapViewOfSharedMemory>, ArrayBuffer | null>();
  // @ts-expect-error the location is not optional
  win32.RtCreateSharedMemory(win32.PAGE_READWRITE, 0, 1, null);
  // @ts-expect-error the location is an object or null
  win32.RtOpenSharedMemory(win32.SHM_MAP_READ, false, "name", 0);
  // @ts-expect-error bInheritHandle is no string
  win32.RtOpenSharedMemory(win32.SHM_MAP_READ, "false", "name", location);
  // @ts-expect-error a size is a number
  win32.RtCreateSharedMemory(win32.PAGE_READWRITE, 0, 1n, null, location);
  // @ts-expect-error a name is a string or null
  win32.RtCreateSharedMemory(win32.PAGE_READWRITE, 0, 1, 5, location);
  // @ts-expect-error only views can be unmapped
  win32.RtUnmapViewOfSharedMemory(new Uint8Array(location.value!));
  void h;
}

export async function waits(h: HANDLE): Promise<void> {
  win32.RtWaitForSingleObjectEx(h, { value: 5n });
  win32.RtWaitForSingleObjectEx(h, null);
  win32.RtWaitForMultipleObjects(1, [h] as const, false, win32.INFINITE);
  // @ts-expect-error 64 bits do not fit a number
  win32.RtWaitForSingleObjectEx(h, { value: 5 });
  // @ts-expect-error a timeout is not optional
  win32.RtWaitForSingleObject(h);
  // @ts-expect-error bWaitAll is no 64-bit number
  win32.RtWaitForMultipleObjects(1, [h], 0n, 0);
  const { result: waited, lastError } = await win32.RtWaitForSingleObjectAsync(h, 0);
  same<typeof waited, number>();
  same<typeof lastError, number>();
  void [waited, lastError];
  // @ts-expect-error the outcome is not the number itself
  const result: number = await win32.RtWaitForMultipleObjectsAsync(1, [h], false, 0);
  void result;
}

export function asWrittenInC(h: HANDLE, location: Location): void {
  win32.RtCreateSharedMemory(win32.PAGE_READWRITE, null, 1, "name", null);
  win32.RtOpenSharedMemory(win32.PAGE_READWRITE, win32.FALSE, "name", location);
  win32.RtOpenMutex(win32.SYNCHRONIZE, win32.FALSE, "name");
  win32.RtOpenEvent(null, null, "name");
  win32.RtCreateEvent(0, win32.TRUE, win32.FALSE, null);
  win32.RtWaitForMultipleObjects(1, null, win32.TRUE, win32.INFINITE);
  win32.RtWaitForSingleObject(h, null);
  same<Parameters<typeof win32.RtOpenEvent>, [win32.DWORD, win32.BOOL, string | null]>();
}

export function others(h: HANDLE): void {
  const previous = { value: 0 };
  win32.RtReleaseSemaphore(h, 1, previous);
  win32.RtReleaseSemaphore(h, 1, null);
  // @ts-expect-error the previous count is not optional
  win32.RtReleaseSemaphore(h, 1);
  // @ts-expect-error there are no attributes
  win32.RtCreateMutex({}, false, null);
  same<ReturnType<typeof win32.describe>, string | null>();
  same<ReturnType<typeof win32.attach>, HANDLE | null>();
  same<ReturnType<typeof win32.RtCloseHandle>, boolean>();
  same<ReturnType<typeof win32.ExitProcess>, never>();
}
