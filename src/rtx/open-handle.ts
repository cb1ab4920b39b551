// From an opened object to a handle, with nothing left open when a step fails.
import { closeObject, mapWaitable, type Opened } from "../kernel/index.js";
import type { Header } from "../protocol/object-header.js";
import { isWaitable } from "../protocol/state-machines.js";
import { publishHandle, reserveHandle, unreserveHandle, type LocalHandle } from "./handle-table.js";

/**
 * Makes a handle, with the access that `accessFor` says, to what `open` opens. @throws RtError as `open` does, or when
 * the handle table is full
 */
export function openHandle(
  accessFor: (header: Header) => number,
  open: () => Opened,
): { local: LocalHandle; created: boolean } {
  const index = reserveHandle();
  let opened: Opened | undefined;
  try {
    opened = open();
    const { descriptor, header, created } = opened;
    const waitable = isWaitable(header.type) ? mapWaitable(descriptor, header) : undefined;
    return { local: publishHandle(index, descriptor, header, accessFor(header), waitable), created };
  } catch (error) {
    unreserveHandle(index);
    if (opened !== undefined) closeObject(opened.descriptor, opened.header.name);
    throw error;
  }
}
