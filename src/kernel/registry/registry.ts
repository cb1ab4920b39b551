// From a name to memory and back: creating, opening, the last close.
import {
  finishRelease,
  releaseDescriptor,
  releaseUnlessLast,
  type DescriptorIndex,
} from "../process/descriptor-table.js";
import { adopt, find, isOpened, type Opened } from "./find-holder.js";
import { isUsedByOthers } from "../namespace/arrive.js";
import { forgetKnown, noteKnown, retainKnown } from "./known-names.js";
import { DISPATCHER_BASE, isDispatcherNoted, noteDispatcher } from "../namespace/link-slots.js";
import { encodeName } from "../../protocol/name-encoding.js";
import { namespaceIdentity, withNamespace } from "../namespace/namespace.js";
import { headerOf, makeMemory, type ObjectSpec } from "../namespace/object-memory.js";
import type { LockedNamespace } from "../namespace/locked-namespace.js";
import { releaseLocked } from "../namespace/release-locked.js";
import { failure } from "../../errors/rt-error.js";
import { step } from "../../step.js";

/**
 * Opens the object of this name or makes it. `spec` is asked for only when there is none yet.
 * @param base the file name, when it is not the one of an object's name
 */
export function createOrOpen(name: string, spec: () => ObjectSpec, base?: string): Opened {
  const known = base === undefined ? retainKnown(name, releaseRetained) : undefined;
  if (known !== undefined) return known;
  const file = base ?? encodeName(name);
  return withNamespace((namespace) => {
    const found = find(namespace, file, name, false);
    if (isOpened(found)) {
      if (base === undefined && found.wasHeld) noteKnown(name, found);
      return found;
    }
    if (file === DISPATCHER_BASE) checkNoOtherDispatcher(namespace);
    const made = makeMemory(spec(), namespace);
    step("registry.made");
    const opened = adopt(namespace, found, made, true);
    step("registry.linked");
    if (file === DISPATCHER_BASE) noteDispatcher(namespace, true);
    return opened;
  });
}

// A second dispatcher would split the namespace: who waits through one is not seen by who signals through the other.
function checkNoOtherDispatcher(namespace: LockedNamespace): void {
  if (!isDispatcherNoted(namespace) || !isUsedByOthers(namespace.directory)) return;
  throw failure(
    "ERROR_ACCESS_DENIED",
    null,
    "the dispatcher's link was removed from the namespace directory while processes use it: they make it anew when they next " +
      "create, open or close something; let them, or end them",
  );
}

// A reference that was not wanted: the object is asked for its name, because it is not the one that was known.
function releaseRetained(descriptor: DescriptorIndex): void {
  release(descriptor, headerOf(descriptor).name);
}

/** A new object without a name: nobody finds it but through its descriptor string. */
export function createUnnamed(spec: ObjectSpec): Opened {
  const made = makeMemory(spec, namespaceIdentity());
  return adopt(undefined, undefined, made, true);
}

/** Opens an existing object; undefined when nobody holds the name. */
export function openExisting(name: string): Opened | undefined {
  const known = retainKnown(name, releaseRetained);
  if (known !== undefined) return known;
  return withNamespace((namespace) => {
    const found = find(namespace, encodeName(name), name, true);
    if (!isOpened(found)) return undefined;
    if (found.wasHeld) noteKnown(name, found);
    return found;
  });
}

/**
 * Gives one reference back. The last one of the process takes its link away and closes the descriptor.
 * @returns true if no other holder is left that the namespace knows
 */
export function release(descriptor: DescriptorIndex, name: string | null, base?: string): boolean {
  if (name !== null && releaseUnlessLast(descriptor)) {
    step("registry.closed");
    return false;
  }
  return releaseBy(releaseDescriptor, descriptor, name, base);
}

/** The rest of a `release` of the last reference in which a thread was terminated. */
export function finishInterruptedRelease(descriptor: DescriptorIndex, name: string | null): void {
  releaseBy(finishRelease, descriptor, name);
}

function releaseBy(
  giveBack: typeof releaseDescriptor,
  descriptor: DescriptorIndex,
  name: string | null,
  base?: string,
): boolean {
  if (name === null) {
    let last = false;
    giveBack(descriptor, () => {
      last = true;
    });
    return last;
  }
  const file = base ?? encodeName(name);
  if (base === undefined) forgetKnown(name);
  // The lock is taken before the count reaches zero: an opener in another thread must find a live entry or no link.
  return withNamespace((namespace) => {
    const isLast = releaseLocked(namespace, descriptor, file, giveBack);
    step("registry.closed");
    return isLast;
  });
}
