// The links of a name: one numbered slot for each process that holds the object. Under the namespace lock.
import { StatField, native, newStat } from "../../native/load.js";
import { failure, type RtError } from "../../errors/rt-error.js";
import { barOf, isBar, isProvenGone, ownDescriptorIn, ownTarget, parseTarget } from "./link-target.js";
import type { LockedNamespace } from "./locked-namespace.js";
import { systemError } from "../../errors/system-error.js";

const NEIGHBOURS_CHECKED = 8;
/** The name of a link that is about to replace a slot. */
const SPARE = ".spare";
/** The file name of the dispatcher's links. No object has it, because a leading dot is escaped there. */
export const DISPATCHER_BASE = ".dispatcher";

const stat = newStat();

/** The holders of a name, as the directory lists them. */
export interface Slots {
  readonly base: string;
  /** Link targets by slot number, without a gap. There may be more slots behind them. */
  readonly targets: string[];
}

/** The file name of a slot. */
export const slotName = (base: string, slot: number): string => `${base}~${String(slot)}`;

/** All slots of a name. They are numbered without a gap, so the first missing one ends the list. */
export function readSlots(namespace: LockedNamespace, base: string): Slots {
  const targets = native.linksRead(namespace.directory, base, 0);
  return { base, targets: typeof targets === "number" ? [] : targets };
}

/** The slot of this process, which holds the object by descriptor `fd`; -1: it has none. */
export function ownSlot(slots: Slots, fd: number): number {
  const slot = slots.targets.indexOf(ownTarget(fd));
  return slot >= 0 ? slot : slots.targets.findIndex((target) => ownDescriptorIn(target) === fd);
}

function removeOne(namespace: LockedNamespace, slots: Slots, slot: number): void {
  const last = slots.targets.length - 1;
  if (slot === last) native.linkRemove(namespace.directory, slotName(slots.base, slot));
  else native.linkRename(namespace.directory, slotName(slots.base, last), slotName(slots.base, slot));
  const moved = slots.targets.pop();
  if (slot !== last && moved !== undefined) slots.targets[slot] = moved;
}

/** Removes a slot. The last slot moves into its place. */
export function removeSlot(namespace: LockedNamespace, slots: Slots, slot: number): void {
  removeOne(namespace, slots, slot);
  const bar = slots.targets.findIndex(isBar);
  if (bar > 0) bringForward(namespace, slots, bar);
  if (slots.base === DISPATCHER_BASE && slots.targets.length === 0) noteDispatcher(namespace, false);
}

// A bar must be the first slot, because an opener follows the first. The slot that was there is copied before it is
// replaced: a process that is killed in between leaves that link twice, which does no harm.
function bringForward(namespace: LockedNamespace, slots: Slots, bar: number): void {
  const [first = ""] = slots.targets;
  if (native.linkAppend(first, namespace.directory, slots.base, slots.targets.length) < 0) return;
  replaceSlot(namespace, slots, 0, slots.targets[bar] ?? "");
  slots.targets.push(first);
  removeOne(namespace, slots, bar);
}

function replaceSlot(namespace: LockedNamespace, slots: Slots, slot: number, target: string): void {
  native.linkRemove(namespace.directory, SPARE);
  const made = native.linkCreate(target, namespace.directory, SPARE);
  const result = made < 0 ? made : native.linkRename(namespace.directory, SPARE, slotName(slots.base, slot));
  if (result < 0) throw systemError(result, null, "a link of the namespace directory cannot be replaced");
  slots.targets[slot] = target;
}

/** Adds this process with a bar. The name opens nothing while the process holds its object. */
export function addBar(namespace: LockedNamespace, slots: Slots, fd: number, name: string): void {
  const bar = barOf(ownTarget(fd));
  const [first] = slots.targets;
  const isFirst = first === undefined || isBar(first);
  const result = native.linkAppend(isFirst ? bar : first, namespace.directory, slots.base, slots.targets.length);
  if (result < 0) throw systemError(result, name, "the name cannot be written to the namespace directory");
  slots.targets.push(isFirst ? bar : first);
  if (!isFirst) replaceSlot(namespace, slots, 0, bar);
}

/**
 * Removes the bars of dead holders.
 * @throws RtError ERROR_DUP_NAME when a barred holder lives
 */
export function checkBars(namespace: LockedNamespace, slots: Slots, name: string): void {
  for (let slot = slots.targets.length - 1; slot >= 0; slot--) {
    const target = slots.targets[slot] ?? "";
    if (!isBar(target)) continue;
    if (!isProvenGone(target, 0)) throw duplicate(name, parseTarget(target)?.tid);
    removeSlot(namespace, slots, slot);
  }
}

/** The error for a name that two objects have, because the directory was emptied. */
export function duplicate(name: string, tid: number | undefined): RtError {
  return failure(
    "ERROR_DUP_NAME",
    name,
    `since the namespace directory was emptied from outside there are two objects of this name; process ${String(tid)} ` +
      "holds one of them: end it, or close the object there",
  );
}

/**
 * Notes in the lock file whether the namespace has a dispatcher, because its link alone can be removed from outside.
 */
export function noteDispatcher(namespace: LockedNamespace, exists: boolean): void {
  native.descriptorWrite(namespace.lock, Buffer.from([exists ? 1 : 0]), 0);
}

/** Whether the namespace had a dispatcher whose end nobody noted. */
export function isDispatcherNoted(namespace: LockedNamespace): boolean {
  const note = Buffer.alloc(1);
  return native.descriptorRead(namespace.lock, note, 0) === 1 && note[0] === 1;
}

/**
 * Adds this process, as the holder by descriptor `fd`, in the first free slot behind the known ones.
 * @throws RtError when the directory cannot be written
 */
export function addSlot(namespace: LockedNamespace, slots: Slots, fd: number, name: string): void {
  const result = native.linkAppend(ownTarget(fd), namespace.directory, slots.base, slots.targets.length);
  if (result < 0) throw systemError(result, name, "the name cannot be written to the namespace directory");
}

/**
 * Removes the first few links of killed processes, when this process leaves the name. More are left to the next opener.
 */
export function removeDeadNeighbours(namespace: LockedNamespace, slots: Slots, fd: number): void {
  native.descriptorStat(fd, stat);
  const inode = stat[StatField.inode];
  for (let slot = Math.min(slots.targets.length, NEIGHBOURS_CHECKED) - 1; slot >= 0; slot--) {
    const result = native.linkStat(namespace.directory, slotName(slots.base, slot), stat);
    if (result >= 0 && stat[StatField.inode] === inode) continue;
    if (result >= 0 || isProvenGone(slots.targets[slot] ?? "", result)) removeSlot(namespace, slots, slot);
  }
}
