// Frees the entries of objects that died with all their holders, once there are many. Which objects live is asked of their holders: every
// process that holds an object which can be waited for holds the dispatcher too, and its link says so.
import { closeSync, openSync, readSync, readdirSync, readlinkSync } from "node:fs";
import { Word } from "../../protocol/dispatcher-layout.js";
import { HeaderOffset } from "../../protocol/object-header.js";
import { lock, unlock } from "../dispatcher/lock.js";
import { at } from "../dispatcher/words.js";
import { freeOrphans } from "../queues/orphans.js";
import { readSlots } from "../namespace/link-slots.js";
import { withNamespace } from "../namespace/namespace.js";
import { DISPATCHER_FILE } from "./dispatcher-hold.js";

const MANY = 1024;

function addIdOf(path: string, held: Set<string>): void {
  if (!readlinkSync(path).startsWith("/memfd:rtshm:")) return;
  const fd = openSync(path, "r");
  try {
    const words = new Int32Array(2);
    if (readSync(fd, new Uint8Array(words.buffer), 0, 8, HeaderOffset.id) === 8) held.add(words.join(" "));
  } finally {
    closeSync(fd);
  }
}

// undefined: some holder's objects cannot be seen, so nothing is known to be dead.
function heldIds(): Set<string> | undefined {
  const held = new Set<string>();
  const targets = withNamespace((namespace) => readSlots(namespace, DISPATCHER_FILE).targets);
  for (const target of targets) {
    const folder = target.slice(0, target.lastIndexOf("/"));
    try {
      for (const fd of readdirSync(folder)) {
        try {
          addIdOf(`${folder}/${fd}`, held);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOENT") return undefined; // ENOENT: closed meanwhile
        }
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") return undefined; // ENOENT: the process has ended
    }
  }
  return held;
}

/** Does so if there are more than 1024 orphans. By a thread that has just been attached, outside all locks. */
export function sweepOrphans(): void {
  if (at(Word.orphans) <= MANY) return;
  const held = heldIds();
  if (held === undefined) return;
  lock();
  try {
    freeOrphans((id0, id1) => held.has(`${String(id0)} ${String(id1)}`));
  } finally {
    unlock();
  }
}
