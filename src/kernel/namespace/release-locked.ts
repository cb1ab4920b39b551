// A reference given back under the namespace lock: the process's last one takes its link away before the descriptor is closed.
import { type finishRelease, releaseDescriptor, type DescriptorIndex } from "../process/descriptor-table.js";
import { ObjectType, type Header } from "../../protocol/object-header.js";
import { encodeName } from "../../protocol/name-encoding.js";
import { step } from "../../step.js";
import { DISPATCHER_BASE, ownSlot, readSlots, removeDeadNeighbours, removeSlot } from "./link-slots.js";
import type { LockedNamespace } from "./locked-namespace.js";
import { noteName } from "../process/own-names.js";

/** The file name of an object's links; undefined for an unnamed one. */
export function baseOf({ name, type }: Pick<Header, "name" | "type">): string | undefined {
  if (name === null) return undefined;
  return type === ObjectType.Dispatcher ? DISPATCHER_BASE : encodeName(name);
}

/**
 * Gives one reference back.
 * @param base the file name of the object's links; undefined for an unnamed one
 * @param giveBack `finishRelease` for the rest of a release in which a thread was terminated
 * @returns true if it was the process's last, and no other holder is left that the namespace knows
 */
export function releaseLocked(
  namespace: LockedNamespace,
  descriptor: DescriptorIndex,
  base: string | undefined,
  giveBack: typeof releaseDescriptor | typeof finishRelease = releaseDescriptor,
): boolean {
  let isLast = false;
  giveBack(descriptor, (fd) => {
    step("registry.closing");
    if (base === undefined) {
      isLast = true;
      return;
    }
    const slots = readSlots(namespace, base);
    const slot = ownSlot(slots, fd);
    if (slot >= 0) removeSlot(namespace, slots, slot);
    noteName(base, -1);
    step("registry.unlinked");
    if (slots.targets.length > 0) removeDeadNeighbours(namespace, slots, fd);
    isLast = slots.targets.length === 0;
  });
  return isLast;
}
