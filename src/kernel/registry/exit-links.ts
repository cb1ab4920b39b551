// The links of a process that ends. The objects end with it anyway, but its links would stay until another process uses
// the names.
import { isMainThread } from "node:worker_threads";
import { descriptorFd, openDescriptors } from "../process/descriptor-table.js";
import { leave } from "../namespace/heal.js";
import { ownSlot, readSlots, removeDeadNeighbours, removeSlot } from "../namespace/link-slots.js";
import type { LockedNamespace } from "../namespace/locked-namespace.js";
import { lastChangeNs, withNamespace } from "../namespace/namespace.js";
import { baseOf } from "../namespace/release-locked.js";
import { headerOf } from "../namespace/object-memory.js";

/** In milliseconds. A stopped process that holds the namespace lock must not hold up the end of others. */
const EXIT_PATIENCE_MS = 250;

let hasExitHook = false;

/**
 * From now on, a normal end of the process removes its links. A worker's end does not, because handles belong to the
 * process.
 */
export function removeLinksAtExit(): void {
  if (hasExitHook || !isMainThread) return;
  hasExitHook = true;
  process.once("exit", () => {
    try {
      removeOwnLinks();
    } catch {
      // the namespace is locked or gone: the next process that finds these links removes them
    }
  });
}

/** Removes the links of everything that this process holds from the namespace. */
function removeOwnLinks(): void {
  if (lastChangeNs() < 0n) return; // the directory is gone, and is not made again for this
  const remove = (namespace: LockedNamespace): void => {
    for (const descriptor of openDescriptors()) {
      const base = baseOf(headerOf(descriptor));
      if (base === undefined) continue;
      const fd = descriptorFd(descriptor);
      const slots = readSlots(namespace, base);
      const slot = ownSlot(slots, fd);
      if (slot >= 0) removeSlot(namespace, slots, slot);
      // Also those of the killed: the dispatcher is left by nobody before its end, and perhaps nobody comes any more.
      if (slots.targets.length > 0) removeDeadNeighbours(namespace, slots, fd);
    }
  };
  withNamespace(remove, EXIT_PATIENCE_MS);
  leave();
}
