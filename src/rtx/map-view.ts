// Mapping the memory behind a handle: whole or a window, locked in memory on the rtss side.
import { descriptorFd, Advice, Mapping } from "../kernel/index.js";
import { ObjectType } from "../protocol/object-header.js";
import { checkHandle } from "./arguments.js";
import { ACCESS_LOCK, ACCESS_WRITE, findHandle, handleFailure, type HANDLE, type LocalHandle } from "./handle-table.js";
import { fail } from "./last-error.js";
import { addView } from "./views.js";

/** Views whose pages could not be locked in memory. */
const unlocked = new WeakSet<Mapping>();

// Node 20 cannot hold more in one ArrayBuffer: larger objects are reached through RtMapViewOfSharedMemory.
const LARGEST_BUFFER = Number(process.versions.node.split(".")[0]) < 22 ? 2 ** 32 : Infinity;

/** Maps a window of the object behind a handle. @throws RtError when that cannot be */
export function mapView(local: LocalHandle, offsetBytes: number, lengthBytes: number, writable: boolean): Mapping {
  const fd = descriptorFd(local.descriptor);
  const view = Mapping.create(fd, local.header.headerBytes + offsetBytes, lengthBytes, writable, local.header.name);
  if ((local.access & ACCESS_LOCK) !== 0) {
    view.advise(writable ? Advice.PopulateWrite : Advice.PopulateRead);
    if (view.advise(Advice.Lock) < 0) unlocked.add(view);
  }
  addView(local.views, view);
  return view;
}

/** Maps all of it; null where Node cannot hold so much in one buffer. @throws RtError when that cannot be */
export function mapWhole(local: LocalHandle): ArrayBuffer | null {
  const { sizeBytes } = local.header;
  if (sizeBytes > LARGEST_BUFFER) return null;
  return mapView(local, 0, sizeBytes, (local.access & ACCESS_WRITE) !== 0).buffer;
}

/** Whether all views that this thread has of a handle are locked in memory; null with last error 6 for a bad handle. */
export function isLocked(hObject: HANDLE): boolean | null {
  const local = findHandle(checkHandle("hObject", hObject));
  if (local?.type !== ObjectType.SharedMemory) return fail(handleFailure(), null);
  return (local.access & ACCESS_LOCK) !== 0 && [...local.views].every((view) => !unlocked.has(view));
}
