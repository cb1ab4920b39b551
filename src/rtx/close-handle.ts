// Ending a handle: its views, its object, and what is no handle at all.
import { closeObject } from "../kernel/index.js";
import { checkHandle } from "./arguments.js";
import { endHandle, handleFailure, type HANDLE, type LocalHandle } from "./handle-table.js";
import { fail, guarded } from "./last-error.js";

/** Gives the object behind an ended handle up. */
export function closeLocal(local: LocalHandle): void {
  closeObject(local.descriptor, local.header.name, local.waitable);
}

const PSEUDO_HANDLES = new Set([-1, -2, 0xffff_ffff, 0xffff_fffe]);

/**
 * Ends a handle, in every thread of the process, and detaches its views. The object goes with its last handle.
 * @returns false with last error 6 if it is not open. Pseudo-handles (-1, -2): true, no effect
 */
export function RtCloseHandle(hObject: HANDLE): boolean {
  const value = checkHandle("hObject", hObject);
  if (PSEUDO_HANDLES.has(value)) return true;
  return guarded(false, () => endHandle(value, closeLocal) || fail(handleFailure(), false));
}
