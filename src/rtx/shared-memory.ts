// Shared memory: create, open, views, and what each side may do with them.
import { PAGE_BYTES, closeObject, createObject, openObject, attachObject, type Opened } from "../kernel/index.js";
import { FLAG_READ_ONLY, ObjectType, type Header } from "../protocol/object-header.js";
import { failure } from "../errors/rt-error.js";
import {
  checkBool,
  checkDword,
  checkHandle,
  checkNameType,
  checkObject,
  nameToCreate,
  nameToOpen,
  type BOOL,
  type DWORD,
} from "./arguments.js";
import { closeLocal } from "./close-handle.js";
import {
  ERROR_ACCESS_DENIED,
  ERROR_ALREADY_EXISTS,
  ERROR_INVALID_ADDRESS,
  ERROR_INVALID_PARAMETER,
  ERROR_SUCCESS,
  PAGE_READONLY,
  PAGE_READWRITE,
  SHM_MAP_READ,
  SHM_MAP_WRITE,
} from "./constants.js";
import {
  ACCESS_LOCK,
  ACCESS_READ,
  ACCESS_WRITE,
  endHandle,
  findHandle,
  handleFailure,
  type HANDLE,
} from "./handle-table.js";
import { fail, guarded, SetLastError } from "./last-error.js";
import { mapView, mapWhole } from "./map-view.js";
import { openHandle } from "./open-handle.js";
import { isRtss, type Side } from "./side.js";
import { dropView } from "./views.js";

/** An out parameter: receives the mapped bytes. */
export interface Location {
  /** The bytes; null: none. */
  value: ArrayBuffer | null;
}

/**
 * The functions of one side. What each does is told where the side exports it (win32.ts, rtss.ts), because the sides
 * differ.
 */
export interface SharedMemoryFunctions {
  readonly RtCreateSharedMemory: (
    flProtect: DWORD,
    MaximumSizeHigh: DWORD,
    MaximumSizeLow: DWORD,
    lpName: string | null,
    location: Location | null,
  ) => HANDLE | null;
  readonly RtOpenSharedMemory: (
    DesiredAccess: DWORD,
    bInheritHandle: BOOL,
    lpName: string | null,
    location: Location | null,
  ) => HANDLE | null;
  readonly RtUnmapSharedMemory: (location: Location | null) => boolean;
  readonly RtMapViewOfSharedMemory: (
    hObject: HANDLE,
    DesiredAccess: DWORD,
    dwOffsetHigh: DWORD,
    dwOffsetLow: DWORD,
    dwNumberOfBytes: DWORD,
  ) => ArrayBuffer | null;
  readonly RtUnmapViewOfSharedMemory: (view: ArrayBuffer | null) => boolean;
  readonly attach: (descriptor: string, location?: Location | null) => HANDLE | null;
}

function checkLocation(location: Location | null): void {
  if (location !== null) checkObject("location", location);
}

/** Makes them for one side. */
export function sharedMemoryOf(side: Side): SharedMemoryFunctions {
  const rtss = isRtss(side);

  // The access that flProtect asks for, or undefined for a value that is none.
  function protectAccess(flProtect: number): number | undefined {
    if (rtss) return ACCESS_READ | ACCESS_WRITE | ACCESS_LOCK;
    if (flProtect === PAGE_READONLY) return ACCESS_READ;
    return flProtect === PAGE_READWRITE || flProtect === 0 ? ACCESS_READ | ACCESS_WRITE : undefined;
  }

  function mapAccess(DesiredAccess: number): number | undefined {
    if (rtss) return ACCESS_READ | ACCESS_WRITE | ACCESS_LOCK;
    if (DesiredAccess === SHM_MAP_READ) return ACCESS_READ;
    // Programs in the field pass a page's protection here, and an access of Win32's file mappings.
    return (DesiredAccess & (SHM_MAP_WRITE | PAGE_READWRITE)) !== 0 ? ACCESS_READ | ACCESS_WRITE : undefined;
  }

  function isAllowed(header: Header, access: number): boolean {
    return rtss || (access & ACCESS_WRITE) === 0 || (header.flags & FLAG_READ_ONLY) === 0;
  }

  function openAndMap(
    accessFor: (header: Header) => number,
    location: Location | null | undefined,
    open: () => Opened,
  ): { handle: HANDLE; created: boolean } {
    const { local, created } = openHandle(accessFor, () => {
      const opened = open();
      if (
        opened.created ||
        opened.header.type !== ObjectType.SharedMemory ||
        isAllowed(opened.header, accessFor(opened.header))
      )
        return opened;
      closeObject(opened.descriptor, opened.header.name);
      throw failure("ERROR_ACCESS_DENIED", opened.header.name, "the object was created PAGE_READONLY");
    });
    try {
      if (local.type === ObjectType.SharedMemory && location !== null && location !== undefined)
        location.value = mapWhole(local);
    } catch (error) {
      endHandle(local.value, closeLocal);
      throw error;
    }
    return { handle: local.value as HANDLE, created };
  }

  return {
    RtCreateSharedMemory(flProtect, MaximumSizeHigh, MaximumSizeLow, lpName, location) {
      const protection = checkDword("flProtect", flProtect);
      const high = checkDword("MaximumSizeHigh", MaximumSizeHigh);
      const low = checkDword("MaximumSizeLow", MaximumSizeLow);
      checkNameType(lpName);
      checkLocation(location);
      const access = protectAccess(protection);
      const sizeBytes = high * 2 ** 32 + low;
      if (access === undefined || sizeBytes === 0) return fail(ERROR_INVALID_PARAMETER, null);
      return guarded(null, () => {
        const name = nameToCreate(lpName);
        const spec = { sizeBytes, readOnly: access === ACCESS_READ };
        const { handle, created } = openAndMap(
          () => access,
          location,
          () => createObject("sharedMemory", name, spec),
        );
        SetLastError(created ? ERROR_SUCCESS : ERROR_ALREADY_EXISTS);
        return handle;
      });
    },

    RtOpenSharedMemory(DesiredAccess, bInheritHandle, lpName, location) {
      const desired = checkDword("DesiredAccess", DesiredAccess);
      checkBool("bInheritHandle", bInheritHandle);
      checkNameType(lpName);
      checkLocation(location);
      const access = mapAccess(desired);
      if (access === undefined) return fail(ERROR_INVALID_PARAMETER, null);
      return guarded(null, () => {
        const name = nameToOpen(lpName);
        return openAndMap(
          () => access,
          location,
          () => openObject("sharedMemory", name),
        ).handle;
      });
    },

    RtUnmapSharedMemory(location) {
      if (location === null) return fail(ERROR_INVALID_ADDRESS, false);
      const { value } = checkObject("location", location);
      if (value === null || !(value instanceof ArrayBuffer)) return fail(ERROR_INVALID_ADDRESS, false);
      if (!dropView(value)) return fail(ERROR_INVALID_ADDRESS, false);
      location.value = null;
      return true;
    },

    RtMapViewOfSharedMemory(hObject, DesiredAccess, dwOffsetHigh, dwOffsetLow, dwNumberOfBytes) {
      const desired = checkDword("DesiredAccess", DesiredAccess);
      const offset = checkDword("dwOffsetHigh", dwOffsetHigh) * 2 ** 32 + checkDword("dwOffsetLow", dwOffsetLow);
      const wantedBytes = checkDword("dwNumberOfBytes", dwNumberOfBytes);
      const handle = checkHandle("hObject", hObject);
      const access = mapAccess(desired);
      if (access === undefined || offset % PAGE_BYTES !== 0) return fail(ERROR_INVALID_PARAMETER, null);
      const local = findHandle(handle);
      if (local?.type !== ObjectType.SharedMemory) return fail(handleFailure(), null);
      const wanted = access & (ACCESS_READ | ACCESS_WRITE);
      if ((wanted & ~local.access) !== 0) return fail(ERROR_ACCESS_DENIED, null);
      const length = wantedBytes === 0 ? local.header.sizeBytes - offset : wantedBytes;
      if (length <= 0 || offset + length > local.header.sizeBytes) return fail(ERROR_ACCESS_DENIED, null);
      return guarded(null, () => {
        const writable = (wanted & ACCESS_WRITE) !== 0;
        return mapView(local, offset, length, writable).buffer;
      });
    },

    RtUnmapViewOfSharedMemory(view) {
      if (view === null) return fail(ERROR_INVALID_ADDRESS, false);
      return dropView(checkObject("view", view)) || fail(ERROR_INVALID_ADDRESS, false);
    },

    attach(descriptor, location) {
      if (typeof descriptor !== "string")
        throw new TypeError(`descriptor must be a string, not ${typeof descriptor as string}`);
      if (location !== undefined) checkLocation(location);
      return guarded(null, () => {
        const full = ACCESS_READ | ACCESS_WRITE | (rtss ? ACCESS_LOCK : 0);
        const accessFor = (header: Header): number => (isAllowed(header, full) ? full : ACCESS_READ);
        return openAndMap(accessFor, location, () =>
          attachObject(["sharedMemory", "event", "mutex", "semaphore"], descriptor),
        ).handle;
      });
    },
  };
}
