// The descriptor string of an object, for those who have no name for it.
import { describeDescriptor } from "../kernel/index.js";
import { checkHandle } from "./arguments.js";
import { findHandle, handleFailure, type HANDLE } from "./handle-table.js";
import { fail } from "./last-error.js";

/**
 * A string that names the object behind a handle, with or without a name of its own, for `attach` in another thread or
 * process of the same user. Good as long as this process holds the object.
 * @returns null with last error 6 if the handle is not open
 */
export function describe(hObject: HANDLE): string | null {
  const local = findHandle(checkHandle("hObject", hObject));
  return local === undefined ? fail(handleFailure(), null) : describeDescriptor(local.descriptor, local.header);
}
