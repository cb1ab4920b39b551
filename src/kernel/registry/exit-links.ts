// The links of a process that ends: the objects go with it anyway, but the links would stay until somebody asks for the names.
import { isMainThread } from "node:worker_threads";
import { descriptorFd, openDescriptors } from "../process/descriptor-table.js";
import { leave } from "../namespace/heal.js";
import { ownSlot, readSlots, removeDeadNeighbours, removeSlot } from "../namespace/link-slots.js";
import type { LockedNamespace } from "../namespace/locked-namespace.js";
import { lastChangeNs, withNamespace } from "../namespace/namespace.js";
import { baseOf } from "../namespace/release-locked.js";
import { headerOf } from "../namespace/object-memory.js";

/** A stopped process that holds the namespace lock must not hold up the end of others. */
const EXIT_PATIENCE_MS = 250;

let hasExitHook = false;

/** From now on, a normal end of the process removes its links. Workers end without it: what they opened through handles stays open. */
export function removeLinksAtExit(): void {
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

/** Takes the links of everything this process holds out of the namespace. */
function removeOwnLinks(): void {
  if (lastChangeNs() < 0n) return; // the directory is gone, and is not made anew for this
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
