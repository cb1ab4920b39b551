// From a name to memory and back: creating, opening, the last close.
import { native } from "../../native/load.js";
import { finishRelease, releaseDescriptor, type DescriptorIndex } from "../process/descriptor-table.js";
import { noteName } from "./own-names.js";
import { adopt, find, isOpened, type Opened } from "./find-holder.js";
import { ownTarget, readSlots, removeDeadNeighbours, removeSlot } from "./link-slots.js";
import { encodeName } from "../../protocol/name-encoding.js";
import { namespaceIdentity, withNamespace } from "./namespace.js";
import { fileStat, makeMemory, type ObjectSpec } from "./object-memory.js";
import { step } from "../../step.js";

/**
 * Opens the object of this name or makes it. `spec` is asked for only when there is none yet.
 * @param base the file name, when it is not the one of an object's name
 */
export function createOrOpen(name: string, spec: () => ObjectSpec, base = encodeName(name)): Opened {
  return withNamespace((namespace) => {
    const found = find(namespace, base, name, false);
    if (isOpened(found)) return found;
    const made = makeMemory(spec(), namespace);
    step("registry.made");
    const opened = adopt(namespace, found, made, true);
    step("registry.linked");
    return opened;
  });
}

/** A new object without a name: nobody finds it but through its descriptor string. */
export function createUnnamed(spec: ObjectSpec): Opened {
  const made = makeMemory(spec, namespaceIdentity());
  return adopt(undefined, undefined, made, true);
}

/** Opens an existing object; undefined when nobody holds the name. */
export function openExisting(name: string): Opened | undefined {
  return withNamespace((namespace) => {
    const found = find(namespace, encodeName(name), name, true);
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
  base = name === null ? "" : encodeName(name),
): boolean {
  return releaseBy(releaseDescriptor, descriptor, name, base);
}

/** The rest of a `release` of the last reference in which a thread was terminated. */
export function finishInterruptedRelease(descriptor: DescriptorIndex, name: string | null): void {
  releaseBy(finishRelease, descriptor, name, name === null ? "" : encodeName(name));
}

function releaseBy(
  giveBack: typeof releaseDescriptor,
  descriptor: DescriptorIndex,
  name: string | null,
  base: string,
): boolean {
  if (name === null) {
    let last = false;
    giveBack(descriptor, () => {
      last = true;
    });
    return last;
  }
  // The lock is taken before the count reaches zero: an opener in another thread must find a live entry or no link.
  return withNamespace((namespace) => {
    let last = false;
    giveBack(descriptor, (fd) => {
      step("registry.closing");
      const slots = readSlots(namespace, base);
      const slot = slots.targets.indexOf(ownTarget(fd));
      if (slot >= 0) {
        removeSlot(namespace, slots, slot);
        noteName(base, -1);
      }
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
