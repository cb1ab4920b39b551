// The links of a name: one numbered slot for each process that holds the object. Under the namespace lock.
import { StatField, native, newStat } from "../../native/load.js";
import { isProvenGone, ownDescriptorIn, ownTarget } from "./link-target.js";
import type { LockedNamespace } from "./namespace.js";
import { systemError } from "../../errors/system-error.js";

const NEIGHBOURS_CHECKED = 8;

const stat = newStat();

/** The holders of a name, as the directory has them. */
export interface Slots {
  readonly base: string;
  /** Link targets by slot number, without a gap; behind them there may be more. */
  readonly targets: string[];
}

/** The file name of a slot. */
export const slotName = (base: string, slot: number): string => `${base}~${String(slot)}`;

/** All slots of a name: they are numbered without a gap, so the first missing one ends the list. */
export function readSlots(namespace: LockedNamespace, base: string): Slots {
  const targets = native.linksRead(namespace.directory, base, 0);
  return { base, targets: typeof targets === "number" ? [] : targets };
}

/** The slot of this process, which holds the object by descriptor `fd`; -1: there is none. */
export function ownSlot(slots: Slots, fd: number): number {
  const slot = slots.targets.indexOf(ownTarget(fd));
  return slot >= 0 ? slot : slots.targets.findIndex((target) => ownDescriptorIn(target) === fd);
}

/** Takes a slot out; the last one moves into its place. */
export function removeSlot(namespace: LockedNamespace, slots: Slots, slot: number): void {
  const last = slots.targets.length - 1;
  if (slot === last) native.linkRemove(namespace.directory, slotName(slots.base, slot));
  else native.linkRename(namespace.directory, slotName(slots.base, last), slotName(slots.base, slot));
  const moved = slots.targets.pop();
  if (slot !== last && moved !== undefined) slots.targets[slot] = moved;
}

/**
 * Adds this process, as the holder by descriptor `fd`, in the first free slot behind those known.
 * @throws RtError when the directory cannot be written
 */
export function addSlot(namespace: LockedNamespace, slots: Slots, fd: number, name: string): void {
  const result = native.linkAppend(ownTarget(fd), namespace.directory, slots.base, slots.targets.length);
  if (result < 0) throw systemError(result, name, "the name cannot be written to the namespace directory");
}

/** Removes links of processes that were killed, by who leaves; more than a few are left to those who open the name. */
export function removeDeadNeighbours(namespace: LockedNamespace, slots: Slots, fd: number): void {
  native.descriptorStat(fd, stat);
  const inode = stat[StatField.inode];
  for (let slot = Math.min(slots.targets.length, NEIGHBOURS_CHECKED) - 1; slot >= 0; slot--) {
    const result = native.linkStat(namespace.directory, slotName(slots.base, slot), stat);
    if (result >= 0 && stat[StatField.inode] === inode) continue;
    if (result >= 0 || isProvenGone(slots.targets[slot] ?? "", result)) removeSlot(namespace, slots, slot);
  }
}
