// The links of a name: one numbered slot for each process that holds the object. Under the namespace lock.
import { Errno, native } from "../../native/load.js";
import type { LockedNamespace } from "./namespace.js";
import { systemError } from "../../errors/system-error.js";

const NEIGHBOURS_CHECKED = 8;

const pid = native.processId();
const stat = new Float64Array(7);

/** The holders of a name, as the directory has them. */
export interface Slots {
  readonly base: string;
  /** Link targets by slot number, without a gap; behind them there may be more. */
  readonly targets: string[];
}

/** The file name of a slot. */
export const slotName = (base: string, slot: number): string => `${base}~${String(slot)}`;
/** Where a link of this process points to. */
export const ownTarget = (fd: number | ""): string => `/proc/${String(pid)}/fd/${String(fd)}`;

/** All slots of a name: they are numbered without a gap, so the first missing one ends the list. */
export function readSlots(namespace: LockedNamespace, base: string): Slots {
  const targets: string[] = [];
  for (;;) {
    const target = native.linkRead(namespace.directory, slotName(base, targets.length));
    if (typeof target === "number") return { base, targets };
    targets.push(target);
  }
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
  let result: number;
  let slot = slots.targets.length;
  do result = native.linkCreate(ownTarget(fd), namespace.directory, slotName(slots.base, slot));
  while (
    result === -Errno.EEXIST &&
    typeof native.linkRead(namespace.directory, slotName(slots.base, slot++)) === "string"
  );
  if (result < 0) throw systemError(result, name, "the name cannot be written to the namespace directory");
}

/** What every target of this process begins with. */
export const OWN_PREFIX = ownTarget("");

/** Removes links of processes that were killed, by who leaves; more than a few are left to those who open the name. */
export function removeDeadNeighbours(namespace: LockedNamespace, slots: Slots, inode: number): void {
  for (let slot = Math.min(slots.targets.length, NEIGHBOURS_CHECKED) - 1; slot >= 0; slot--) {
    const result = native.linkStat(namespace.directory, slotName(slots.base, slot), stat);
    if (result < 0 ? result === -Errno.ENOENT : stat[1] !== inode) removeSlot(namespace, slots, slot);
  }
}
