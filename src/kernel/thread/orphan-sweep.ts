// Frees the orphans (queues/orphans.ts) whose object died with all its holders, when there are many. The holders say
// which objects live. They are found by the dispatcher's links, because a process that holds an object with a queue
// holds the dispatcher too.
import { closeSync, openSync, readSync, readdirSync, readlinkSync } from "node:fs";
import { Word } from "../../protocol/dispatcher-layout.js";
import { HeaderOffset } from "../../protocol/object-header.js";
import { lock, unlock } from "../dispatcher/lock.js";
import { at } from "../dispatcher/words.js";
import { freeOrphans } from "../queues/orphans.js";
import { DISPATCHER_BASE, readSlots } from "../namespace/link-slots.js";
import { withNamespace } from "../namespace/namespace.js";

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

// undefined: the objects of some holder cannot be seen, so nothing is known to be dead.
function heldIds(): Set<string> | undefined {
  const held = new Set<string>();
  const targets = withNamespace((namespace) => readSlots(namespace, DISPATCHER_BASE).targets);
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

/** Frees them if there are more than 1024 orphans. Called by a thread that has just attached, outside all locks. */
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
