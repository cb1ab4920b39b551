// From a name to the object that somebody holds: this process itself, or another one that lives. Under the namespace lock.
import { Errno, native } from "../../native/load.js";
import {
  addDescriptor,
  closeUnheld,
  descriptorsOfHash,
  releaseDescriptor,
  retainDescriptor,
  retainDescriptorOf,
  type DescriptorIndex,
} from "../process/descriptor-table.js";
import { removeLinksAtExit } from "./exit-links.js";
import { mayHoldName, nameHash, noteName } from "../process/own-names.js";
import { ObjectType, type Header } from "../../protocol/object-header.js";
import { heal, isDispatcherBarred } from "../namespace/heal.js";
import { addSlot, checkBars, readSlots, removeSlot, slotName, type Slots } from "../namespace/link-slots.js";
import type { LockedNamespace } from "../namespace/locked-namespace.js";
import { isBar, isProvenGone, ownDescriptorIn } from "../namespace/link-target.js";
import { headerOf, openMemory, type OpenMemory } from "../namespace/object-memory.js";
import { failure } from "../../errors/rt-error.js";
import { step } from "../../step.js";
import { sweepOnce } from "./sweep.js";
import { baseOf, releaseLocked } from "../namespace/release-locked.js";
import { isShortage, systemError } from "../../errors/system-error.js";

/** An object this process now holds one more reference to. */
export interface Opened {
  readonly descriptor: DescriptorIndex;
  readonly header: Header;
  readonly created: boolean;
  /** The process held it before. */
  readonly wasHeld: boolean;
}

function belongs(header: Header, namespace: LockedNamespace, name: string): boolean {
  return (
    header.name === name && header.namespaceDevice === namespace.device && header.namespaceInode === namespace.inode
  );
}

/** The header of an entry that was just retained, and is not any more when it is damaged. */
export function headerOfRetained(descriptor: DescriptorIndex): Header {
  try {
    return headerOf(descriptor);
  } catch (error) {
    releaseDescriptor(descriptor, () => undefined);
    throw error;
  }
}

// The object, if this very process already holds it: one descriptor an object is enough.
function findOwn(namespace: LockedNamespace, slots: Slots, name: string): Opened | undefined {
  for (const target of slots.targets) {
    const fd = ownDescriptorIn(target);
    const descriptor = fd === undefined ? undefined : retainDescriptorOf(fd);
    if (descriptor === undefined) continue;
    const header = headerOfRetained(descriptor);
    if (belongs(header, namespace, name)) return { descriptor, header, created: false, wasHeld: true };
    releaseLocked(namespace, descriptor, baseOf(header));
  }
  return undefined;
}

/** A link that leads to no object of the name: "dead" is proven, and the link may go; else the holder cannot be seen. */
type NotOpened = "dead" | "unreachable" | "barred";

/** How often a link is followed whose descriptor came into being meanwhile. */
const FOLLOWED_AT_MOST = 3;

function judge(namespace: LockedNamespace, slot: string, refusal: number): NotOpened {
  const target = native.linkRead(namespace.directory, slot);
  if (typeof target === "string" && isBar(target)) return "barred"; // the slow way tells whether its holder lives
  return typeof target === "number" || isProvenGone(target, refusal) ? "dead" : "unreachable";
}

/** Opens what a link leads to, if that is the object of this name. */
function openHolder(namespace: LockedNamespace, base: string, slot: number, name: string): OpenMemory | NotOpened {
  const link = slotName(base, slot);
  for (let i = 0; i < FOLLOWED_AT_MOST; i++) {
    const memory = openMemory(namespace.directory, link);
    if (typeof memory !== "number") {
      if (belongs(memory.header, namespace, name)) return memory;
      closeUnheld(memory.fd);
      return "dead";
    }
    if (isShortage(memory)) throw systemError(memory, name, "the object cannot be opened");
    const verdict = judge(namespace, link, memory);
    if (verdict === "dead" || memory !== -Errno.ENOENT) return verdict;
  }
  return "unreachable";
}

// Objects that are waited for need the dispatcher that the others use.
function checkDispatcher(namespace: LockedNamespace, { fd, header }: OpenMemory): void {
  if (header.type === ObjectType.SharedMemory) return;
  heal(namespace); // the other dispatcher may be gone by now
  if (!isDispatcherBarred()) return;
  closeUnheld(fd);
  throw failure(
    "ERROR_DUP_NAME",
    header.name,
    "since the namespace directory was emptied from outside its processes are two groups that cannot wait for each other: " +
      "end those that were started before",
  );
}

/**
 * Makes an open memfd an object of this process, with a link if it has a name. On failure the memfd is closed.
 * @param slots the links of the name as far as they are known: ours comes behind
 */
export function adopt(
  namespace: LockedNamespace | undefined,
  slots: Slots | undefined,
  found: OpenMemory,
  created: boolean,
): Opened {
  let descriptor: DescriptorIndex;
  if (namespace !== undefined && isDispatcherBarred()) checkDispatcher(namespace, found);
  removeLinksAtExit();
  try {
    descriptor = addDescriptor(found.fd, slots === undefined ? 0 : nameHash(slots.base));
  } catch (error) {
    closeUnheld(found.fd);
    throw error;
  }
  try {
    if (namespace !== undefined && slots !== undefined && found.header.name !== null) {
      addSlot(namespace, slots, found.fd, found.header.name);
      noteName(slots.base, 1);
    }
  } catch (error) {
    releaseDescriptor(descriptor, () => undefined);
    throw error;
  }
  return { descriptor, header: found.header, created, wasHeld: false };
}

/**
 * Opens the object of a name if anybody holds it; links of the dead on the way are taken out.
 * @param isExpected the name is probably held, by others: then no link is read before the first is followed
 * @returns the object, or the links there are (none that lives)
 * @throws RtError ERROR_ACCESS_DENIED when no holder can be reached, and at least one may live
 */
export function find(namespace: LockedNamespace, base: string, name: string, isExpected: boolean): Opened | Slots {
  sweepOnce(namespace);
  const mayBeOwn = mayHoldName(base);
  if (isExpected && !mayBeOwn) {
    const held = openHolder(namespace, base, 0, name);
    step("registry.found");
    if (typeof held === "object") return adopt(namespace, { base, targets: [""] }, held, false);
  }
  const slots = readSlots(namespace, base);
  checkBars(namespace, slots, name);
  if (!mayBeOwn) return findOther(namespace, slots, name);
  const own = findOwn(namespace, slots, name);
  if (own !== undefined) return own;
  if (!isHeld(namespace, base, name)) return findOther(namespace, slots, name);
  // This process has the object, but not its link: somebody took that away, and perhaps others.
  heal(namespace);
  const healed = readSlots(namespace, base);
  checkBars(namespace, healed, name);
  return findOwn(namespace, healed, name) ?? findOther(namespace, healed, name);
}

// By the descriptors themselves. Rare: a link of this process is missing, or another name has the same hash.
function isHeld(namespace: LockedNamespace, base: string, name: string): boolean {
  return descriptorsOfHash(nameHash(base)).some((descriptor) => {
    if (!retainDescriptor(descriptor)) return false;
    const header = headerOfRetained(descriptor);
    releaseLocked(namespace, descriptor, baseOf(header));
    return header.name === name;
  });
}

function findOther(namespace: LockedNamespace, slots: Slots, name: string): Opened | Slots {
  let unreachable = 0;
  while (unreachable < slots.targets.length) {
    const held = openHolder(namespace, slots.base, unreachable, name);
    step("registry.found");
    if (typeof held === "object") return adopt(namespace, slots, held, false);
    if (held === "dead") removeSlot(namespace, slots, unreachable);
    else unreachable++;
  }
  if (unreachable === 0) return slots;
  throw failure(
    "ERROR_ACCESS_DENIED",
    name,
    "no holder of the object can be reached through /proc: each runs with other capabilities (setcap) or as another user",
  );
}

/** Whether `find` gave an object. */
export const isOpened = (result: Opened | Slots): result is Opened => "descriptor" in result;
