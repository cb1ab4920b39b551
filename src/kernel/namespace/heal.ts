// The links of what this process holds, made again where somebody removed them. Under the namespace lock.
import { native } from "../../native/load.js";
import { HeaderOffset, ObjectType, encodeNamespace, type Header } from "../../protocol/object-header.js";
import { closeUnheld, descriptorFd, fillHold, openDescriptors, retainDescriptor } from "../process/descriptor-table.js";
import { ProcessWord, processWords } from "../process/process-block.js";
import { addBar, addSlot, noteDispatcher, ownSlot, readSlots, removeSlot, slotName, type Slots } from "./link-slots.js";
import { isBar } from "./link-target.js";
import type { LockedNamespace } from "./locked-namespace.js";
import { baseOf, releaseLocked } from "./release-locked.js";
import { headerOf, openMemory } from "./object-memory.js";

/** Whether this process's waits go through a dispatcher that other processes of the namespace do not find. */
export function isDispatcherBarred(): boolean {
  return processWords[ProcessWord.dispatcherBarred] === 1;
}

let isLeaving = false;

/** The process ends: its links have been removed, and must not be made again. */
export function leave(): void {
  isLeaving = true;
}

// Whether the name leads to another object, which lives.
function hasRival(namespace: LockedNamespace, slots: Slots, header: Header): boolean {
  return slots.targets.some((target, slot) => {
    if (isBar(target)) return false;
    try {
      const memory = openMemory(namespace.directory, slotName(slots.base, slot));
      if (typeof memory === "number") return false;
      closeUnheld(memory.fd);
      return memory.header.id !== header.id && memory.header.name === header.name;
    } catch {
      return true; // damaged, or of another version: something is there
    }
  });
}

// An object belongs to the directory that has its name, which may be a new one.
function moveTo(namespace: LockedNamespace, fd: number, header: Header): void {
  if (header.namespaceDevice === namespace.device && header.namespaceInode === namespace.inode) return;
  native.descriptorWrite(fd, encodeNamespace(namespace.device, namespace.inode), HeaderOffset.namespaceDevice);
}

function healName(namespace: LockedNamespace, fd: number, header: Header): void {
  const { name, type } = header;
  const base = baseOf(header);
  if (name === null || base === undefined) return;
  const isDispatcher = type === ObjectType.Dispatcher;
  const slots = readSlots(namespace, base);
  const own = ownSlot(slots, fd);
  if (own >= 0 && !isBar(slots.targets[own] ?? "")) return;
  const isBarred = hasRival(namespace, slots, header) || (isDispatcherBarred() && type !== ObjectType.SharedMemory);
  if (isDispatcher) {
    processWords[ProcessWord.dispatcherBarred] = isBarred ? 1 : 0;
    if (isBarred) return;
    noteDispatcher(namespace, true);
  }
  if (isBarred && own >= 0) return;
  if (own >= 0) removeSlot(namespace, slots, own);
  if (isBarred) addBar(namespace, slots, fd, name);
  else addSlot(namespace, slots, fd, name);
}

/**
 * Checks that every object of this process can be found by its name, and makes missing links again. If another process
 * has made an object of the same name meanwhile, the name is barred: it opens nothing until one of the two objects is
 * gone. If that other object is the dispatcher, the names of all waitable objects are barred.
 * @throws RtError when the directory cannot be written
 */
export function heal(namespace: LockedNamespace): void {
  if (isLeaving) return;
  const before = fillHold(-1);
  const held: { fd: number; header: Header; index: number }[] = [];
  try {
    for (const index of openDescriptors())
      if (retainDescriptor(index)) held.push({ fd: descriptorFd(index), header: headerOf(index), index });
    held.sort(
      (a, b) => Number(b.header.type === ObjectType.Dispatcher) - Number(a.header.type === ObjectType.Dispatcher),
    );
    for (const { fd, header } of held) {
      moveTo(namespace, fd, header);
      healName(namespace, fd, header);
    }
  } finally {
    for (const { index, header } of held) releaseLocked(namespace, index, baseOf(header));
    fillHold(before);
  }
}
