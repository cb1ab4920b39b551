// From a name to an object and back: creating, finding through the holders' links, the last close, the links of the dead.
import { isMainThread } from "node:worker_threads";
import { Errno, native, AT_FDCWD } from "../native.js";
import {
  addDescriptor,
  descriptorFd,
  openDescriptors,
  releaseDescriptor,
  retainDescriptorOf,
  type DescriptorIndex,
} from "./descriptor-table.js";
import { ObjectType, type Header } from "./layout.js";
import {
  OWN_PREFIX,
  addSlot,
  ownTarget,
  readSlots,
  removeDeadNeighbours,
  removeSlot,
  slotName,
  type Slots,
} from "./link-slots.js";
import { encodeName } from "./name-encoding.js";
import { namespaceIdentity, withNamespace, type LockedNamespace } from "./namespace.js";
import { checkSealed, fileStat, headerOf, makeMemory, readHeader, type ObjectSpec } from "./object-memory.js";
import { RtError } from "./rt-error.js";
import { step } from "./step.js";
import { sweepOnce } from "./sweep.js";
import { systemError } from "./system-error.js";

/** A stopped process that holds the namespace lock must not hold up the end of others. */
const EXIT_PATIENCE_MS = 250;

const pid = native.processId();

/** An object this process now holds one more reference to. */
export interface Opened {
  readonly descriptor: DescriptorIndex;
  readonly header: Header;
  readonly created: boolean;
}

function belongs(header: Header, namespace: LockedNamespace, name: string): boolean {
  return (
    header.name === name && header.namespaceDevice === namespace.device && header.namespaceInode === namespace.inode
  );
}

// The object, if this very process already holds it: one descriptor an object is enough.
function findOwn(namespace: LockedNamespace, slots: Slots, name: string, operation: string): Opened | undefined {
  for (const target of slots.targets) {
    if (!target.startsWith(OWN_PREFIX)) continue;
    const descriptor = retainDescriptorOf(Number(target.slice(OWN_PREFIX.length)));
    if (descriptor === undefined) continue;
    const fd = descriptorFd(descriptor);
    native.descriptorStat(fd, fileStat);
    const header = readHeader(fd, operation);
    if (belongs(header, namespace, name)) return { descriptor, header, created: false };
    releaseDescriptor(descriptor, () => undefined);
  }
  return undefined;
}

// The first holder that lives; links of the dead on the way are taken out.
function findHolder(
  namespace: LockedNamespace,
  slots: Slots,
  name: string,
  operation: string,
): { fd: number; header: Header } | undefined {
  while (slots.targets.length > 0) {
    const fd = native.memoryOpen(namespace.directory, slotName(slots.base, 0), fileStat);
    if (fd === -Errno.EMFILE || fd === -Errno.ENFILE || fd === -Errno.ENOMEM)
      throw systemError(fd, operation, name, "the object cannot be opened");
    if (fd === -Errno.EACCES)
      throw new RtError(
        "ERROR_ACCESS_DENIED",
        operation,
        name,
        "its holder cannot be reached through /proc: it runs with other capabilities (setcap) or in another container",
      );
    if (fd >= 0) {
      try {
        checkSealed(operation);
        const header = readHeader(fd, operation);
        if (belongs(header, namespace, name)) return { fd, header };
      } catch (error) {
        native.descriptorClose(fd);
        throw error;
      }
      native.descriptorClose(fd);
    }
    removeSlot(namespace, slots, 0);
  }
  return undefined;
}

let hasExitHook = false;

// Workers end without the process: what they opened through handles stays open.
function removeLinksAtExit(): void {
  if (hasExitHook || !isMainThread) return;
  hasExitHook = true;
  process.once("exit", () => {
    try {
      removeOwnLinks();
    } catch {
      // the namespace is locked or gone: the links of the dead are removed by who finds them
    }
  });
}

function adopt(
  namespace: LockedNamespace | undefined,
  slots: Slots | undefined,
  found: { fd: number; header: Header },
  operation: string,
  created: boolean,
): Opened {
  let descriptor: DescriptorIndex;
  removeLinksAtExit();
  try {
    descriptor = addDescriptor(found.fd, operation);
  } catch (error) {
    native.descriptorClose(found.fd);
    throw error;
  }
  try {
    if (namespace !== undefined && slots !== undefined && found.header.name !== null)
      addSlot(namespace, slots, found.fd, operation, found.header.name);
  } catch (error) {
    releaseDescriptor(descriptor, () => undefined);
    throw error;
  }
  return { descriptor, header: found.header, created };
}

function find(namespace: LockedNamespace, base: string, name: string, operation: string): Opened | Slots {
  sweepOnce(namespace);
  const slots = readSlots(namespace, base);
  if (slots.targets.length === 0) return slots;
  const own = findOwn(namespace, slots, name, operation);
  if (own !== undefined) return own;
  const held = findHolder(namespace, slots, name, operation);
  step("registry.found");
  return held === undefined ? slots : adopt(namespace, slots, held, operation, false);
}

const isOpened = (result: Opened | Slots): result is Opened => "descriptor" in result;

/**
 * Opens the object of this name or makes it. `spec` is asked for only when there is none yet.
 * @param base the file name, when it is not the one of an object's name
 */
export function createOrOpen(name: string, operation: string, spec: () => ObjectSpec, base = encodeName(name)): Opened {
  return withNamespace(operation, (namespace) => {
    const found = find(namespace, base, name, operation);
    if (isOpened(found)) return found;
    const made = makeMemory(spec(), namespace, operation);
    step("registry.made");
    const opened = adopt(namespace, found, made, operation, true);
    step("registry.linked");
    return opened;
  });
}

/** A new object without a name: nobody finds it but through `describe`. */
export function createUnnamed(spec: ObjectSpec, operation: string): Opened {
  const made = makeMemory(spec, namespaceIdentity(operation), operation);
  return adopt(undefined, undefined, made, operation, true);
}

/** Opens an existing object; undefined when nobody holds the name. */
export function openExisting(name: string, operation: string): Opened | undefined {
  return withNamespace(operation, (namespace) => {
    const found = find(namespace, encodeName(name), name, operation);
    return isOpened(found) ? found : undefined;
  });
}

/**
 * Gives one reference back. The last one of the process takes its link away and closes the descriptor.
 * @returns true if no other holder is left that the namespace knows
 */
export function release(
  descriptor: DescriptorIndex,
  name: string | null,
  operation: string,
  base = name === null ? "" : encodeName(name),
): boolean {
  if (name === null) {
    let last = false;
    releaseDescriptor(descriptor, () => {
      last = true;
    });
    return last;
  }
  // The lock is taken before the count reaches zero: an opener in another thread must find a live entry or no link.
  return withNamespace(operation, (namespace) => {
    let last = false;
    releaseDescriptor(descriptor, (fd) => {
      step("registry.closing");
      const slots = readSlots(namespace, base);
      const slot = slots.targets.indexOf(ownTarget(fd));
      if (slot >= 0) removeSlot(namespace, slots, slot);
      step("registry.unlinked");
      if (slots.targets.length > 0) {
        native.descriptorStat(fd, fileStat);
        removeDeadNeighbours(namespace, slots, fileStat[1] ?? 0);
      }
      last = slots.targets.length === 0;
    });
    step("registry.closed");
    return last;
  });
}

/** A string with which any process or thread of the same user on this machine can attach to the object while we hold it. */
export function describeDescriptor(descriptor: DescriptorIndex, header: Header): string {
  return `rtshm:${String(pid)}:${String(descriptorFd(descriptor))}:${header.id}`;
}

const DESCRIPTION = /^rtshm:([1-9]\d{0,9}):(\d{1,9}):([0-9a-f]{32})$/;

/**
 * Opens what a descriptor string describes.
 * @returns undefined when the process or its object is gone
 * @throws RtError ERROR_INVALID_PARAMETER for a string that is none, or an object of another namespace
 */
export function attachDescription(description: string, operation: string): Opened | undefined {
  const [, holder, number, id] = DESCRIPTION.exec(description) ?? [];
  if (holder === undefined || number === undefined)
    throw new RtError("ERROR_INVALID_PARAMETER", operation, null, "this is not a descriptor string");
  return withNamespace(operation, (namespace) => {
    if (Number(holder) === pid) {
      const descriptor = retainDescriptorOf(Number(number));
      if (descriptor === undefined) return undefined;
      const header = headerOf(descriptor, operation);
      if (header.id === id) return { descriptor, header, created: false };
      releaseDescriptor(descriptor, () => undefined);
      return undefined;
    }
    const fd = native.memoryOpen(AT_FDCWD, `/proc/${holder}/fd/${number}`, fileStat);
    if (fd === -Errno.EMFILE || fd === -Errno.ENFILE || fd === -Errno.ENOMEM)
      throw systemError(fd, operation, null, "the object cannot be opened");
    if (fd < 0) return undefined;
    return attachFd(namespace, fd, id, operation);
  });
}

function attachFd(
  namespace: LockedNamespace,
  fd: number,
  id: string | undefined,
  operation: string,
): Opened | undefined {
  let header: Header;
  try {
    checkSealed(operation);
    header = readHeader(fd, operation);
    if (header.namespaceDevice !== namespace.device || header.namespaceInode !== namespace.inode)
      throw new RtError(
        "ERROR_INVALID_PARAMETER",
        operation,
        header.name,
        "the object belongs to another namespace: give both processes the same RTSHM_DIR",
      );
  } catch (error) {
    native.descriptorClose(fd);
    throw error;
  }
  if (header.id !== id) {
    native.descriptorClose(fd);
    return undefined;
  }
  if (header.name === null) return adopt(namespace, undefined, { fd, header }, operation, false);
  const found = find(namespace, encodeName(header.name), header.name, operation);
  if (isOpened(found)) {
    native.descriptorClose(fd);
    return found;
  }
  return adopt(namespace, found, { fd, header }, operation, false);
}

/**
 * Takes the links of everything this process holds out of the namespace. For the end of the process: the objects go with it
 * anyway, but the links would stay until somebody asks for the names.
 */
export function removeOwnLinks(): void {
  const remove = (namespace: LockedNamespace): void => {
    for (const fd of openDescriptors()) {
      native.descriptorStat(fd, fileStat);
      const { name, type } = readHeader(fd, "exit");
      if (name === null) continue;
      const slots = readSlots(namespace, type === ObjectType.Dispatcher ? name : encodeName(name));
      const slot = slots.targets.indexOf(ownTarget(fd));
      if (slot >= 0) removeSlot(namespace, slots, slot);
    }
  };
  withNamespace("exit", remove, EXIT_PATIENCE_MS);
}
