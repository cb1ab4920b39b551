// Descriptor strings: how another process, or another thread, reaches an object that it cannot or need not find by name.
import { AT_FDCWD, native } from "../../native/load.js";
import {
  closeUnheld,
  descriptorFd,
  releaseDescriptor,
  retainDescriptorOf,
  type DescriptorIndex,
} from "../process/descriptor-table.js";
import { adopt, find, headerOfRetained, isOpened, type Opened } from "./find-holder.js";
import type { Header } from "../../protocol/object-header.js";
import { encodeName } from "../../protocol/name-encoding.js";
import type { LockedNamespace } from "../namespace/locked-namespace.js";
import { withNamespace } from "../namespace/namespace.js";
import { isOwnThread } from "../namespace/link-target.js";
import { openMemory, type OpenMemory } from "../namespace/object-memory.js";
import { failure } from "../../errors/rt-error.js";
import { isShortage, systemError } from "../../errors/system-error.js";

const pid = native.processId();

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
export function attachDescription(description: string): Opened | undefined {
  const [, holder, number, id] = DESCRIPTION.exec(description) ?? [];
  if (holder === undefined || number === undefined)
    throw failure("ERROR_INVALID_PARAMETER", null, "this is not a descriptor string");
  return withNamespace((namespace) => {
    if (isOwnThread(Number(holder))) return attachOwn(Number(number), id);
    const memory = openMemory(AT_FDCWD, `/proc/${holder}/fd/${number}`);
    if (typeof memory === "number" && isShortage(memory))
      throw systemError(memory, null, "the object cannot be opened");
    return typeof memory === "number" ? undefined : attachMemory(namespace, memory, id);
  });
}

function attachOwn(number: number, id: string | undefined): Opened | undefined {
  const descriptor = retainDescriptorOf(number);
  if (descriptor === undefined) return undefined;
  const header = headerOfRetained(descriptor);
  if (header.id === id) return { descriptor, header, created: false, wasHeld: true };
  releaseDescriptor(descriptor, () => undefined);
  return undefined;
}

function checkNamespace(namespace: LockedNamespace, header: Header): void {
  if (header.namespaceDevice !== namespace.device || header.namespaceInode !== namespace.inode)
    throw failure(
      "ERROR_INVALID_PARAMETER",
      header.name,
      "the object belongs to another namespace: give both processes the same RTSHM_DIR",
    );
}

function attachMemory(namespace: LockedNamespace, memory: OpenMemory, id: string | undefined): Opened | undefined {
  const { fd, header } = memory;
  try {
    checkNamespace(namespace, header);
  } catch (error) {
    closeUnheld(fd);
    throw error;
  }
  if (header.id !== id) {
    closeUnheld(fd);
    return undefined;
  }
  if (header.name === null) return adopt(namespace, undefined, memory, false);
  const found = find(namespace, encodeName(header.name), header.name, false);
  if (isOpened(found)) {
    closeUnheld(fd);
    return found;
  }
  return adopt(namespace, found, memory, false);
}
