// The links of a process that ends: the objects go with it anyway, but the links would stay until somebody asks for the names.
import { isMainThread } from "node:worker_threads";
import { descriptorFd, openDescriptors } from "../process/descriptor-table.js";
import { ObjectType } from "../../protocol/object-header.js";
import { ownSlot, readSlots, removeSlot } from "./link-slots.js";
import { encodeName } from "../../protocol/name-encoding.js";
import { withNamespace, type LockedNamespace } from "./namespace.js";
import { headerOf } from "./object-memory.js";

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
  const remove = (namespace: LockedNamespace): void => {
    for (const descriptor of openDescriptors()) {
      const { name, type } = headerOf(descriptor);
      if (name === null) continue;
      const slots = readSlots(namespace, type === ObjectType.Dispatcher ? name : encodeName(name));
      const slot = ownSlot(slots, descriptorFd(descriptor));
      if (slot >= 0) removeSlot(namespace, slots, slot);
    }
  };
  withNamespace(remove, EXIT_PATIENCE_MS);
}
