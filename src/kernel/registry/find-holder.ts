// From a name to the object that somebody holds: this process itself, or another one that lives. Under the namespace lock.
import { Errno, native } from "../../native/load.js";
import {
  addDescriptor,
  closeUnheld,
  noteAt,
  releaseDescriptor,
  retainDescriptorOf,
  type DescriptorIndex,
} from "../process/descriptor-table.js";
import { removeLinksAtExit } from "./exit-links.js";
import { mayHoldName, noteName } from "./own-names.js";
import type { Header } from "../../protocol/object-header.js";
import { OWN_PREFIX, addSlot, readSlots, removeSlot, slotName, type Slots } from "./link-slots.js";
import type { LockedNamespace } from "./namespace.js";
import { checkSealed, fileStat, headerOf, readHeader } from "./object-memory.js";
import { HoldWord, holdWords } from "../process/process-block.js";
import { failure } from "../../errors/rt-error.js";
import { step } from "../../step.js";
import { sweepOnce } from "./sweep.js";
import { systemError } from "../../errors/system-error.js";

/** An object this process now holds one more reference to. */
export interface Opened {
  readonly descriptor: DescriptorIndex;
  readonly header: Header;
  readonly created: boolean;
}

/** An open memfd whose header was read. */
export interface Found {
  readonly fd: number;
  readonly header: Header;
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
    if (!target.startsWith(OWN_PREFIX)) continue;
    const descriptor = retainDescriptorOf(Number(target.slice(OWN_PREFIX.length)));
    if (descriptor === undefined) continue;
    const header = headerOfRetained(descriptor);
    if (belongs(header, namespace, name)) return { descriptor, header, created: false };
    releaseDescriptor(descriptor, () => undefined);
  }
  return undefined;
}

/** Opens what a link leads to, if that is the object of this name; undefined for a link of the dead. */
function openHolder(namespace: LockedNamespace, base: string, name: string): Found | undefined {
  const fd = native.memoryOpen(namespace.directory, slotName(base, 0), fileStat);
  if (noteAt >= 0 && fd >= 0) holdWords[noteAt + HoldWord.unheld] = fd + 1;
  if (fd === -Errno.EMFILE || fd === -Errno.ENFILE || fd === -Errno.ENOMEM)
    throw systemError(fd, name, "the object cannot be opened");
  if (fd === -Errno.EACCES)
    throw failure(
      "ERROR_ACCESS_DENIED",
      name,
      "its holder cannot be reached through /proc: it runs with other capabilities (setcap) or in another container",
    );
  if (fd < 0) return undefined;
  try {
    checkSealed();
    const header = readHeader(fd);
    if (belongs(header, namespace, name)) return { fd, header };
  } catch (error) {
    closeUnheld(fd);
    throw error;
  }
  closeUnheld(fd);
  return undefined;
}

/**
 * Makes an open memfd an object of this process, with a link if it has a name. On failure the memfd is closed.
 * @param slots the links of the name as far as they are known: ours comes behind
 */
export function adopt(
  namespace: LockedNamespace | undefined,
  slots: Slots | undefined,
  found: Found,
  created: boolean,
): Opened {
  let descriptor: DescriptorIndex;
  removeLinksAtExit();
  try {
    descriptor = addDescriptor(found.fd);
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
  return { descriptor, header: found.header, created };
}

/**
 * Opens the object of a name if anybody holds it; links of the dead on the way are taken out.
 * @param isExpected the name is probably held, by others: then no link is read before the first is followed
 * @returns the object, or the links there are (none that lives)
 */
export function find(namespace: LockedNamespace, base: string, name: string, isExpected: boolean): Opened | Slots {
  sweepOnce(namespace);
  const mayBeOwn = mayHoldName(base);
  if (isExpected && !mayBeOwn) {
    const held = openHolder(namespace, base, name);
    step("registry.found");
    if (held !== undefined) return adopt(namespace, { base, targets: [""] }, held, false);
  }
  const slots = readSlots(namespace, base);
  const own = mayBeOwn ? findOwn(namespace, slots, name) : undefined;
  if (own !== undefined) return own;
  while (slots.targets.length > 0) {
    const held = openHolder(namespace, base, name);
    step("registry.found");
    if (held !== undefined) return adopt(namespace, slots, held, false);
    removeSlot(namespace, slots, 0);
  }
  return slots;
}

/** Whether `find` gave an object. */
export const isOpened = (result: Opened | Slots): result is Opened => "descriptor" in result;
