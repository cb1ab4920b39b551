// Links that killed processes left under names that nobody asks for any more: a process removes them when it enters the namespace.
import { opendirSync } from "node:fs";
import { readSlots, removeSlot } from "./link-slots.js";
import { namespacePath, type LockedNamespace } from "./namespace.js";
import { ProcessWord, processWords } from "../process/process-block.js";

/** So many links are looked at, not more: a namespace may hold very many objects. */
const LINKS_LOOKED_AT = 2000;

function bases(): Set<string> {
  const found = new Set<string>();
  const directory = opendirSync(namespacePath, { bufferSize: 256 });
  try {
    for (let i = 0; i < LINKS_LOOKED_AT; i++) {
      const entry = directory.readSync();
      if (entry === null) break;
      const end = entry.name.lastIndexOf("~");
      if (end > 0 && entry.isSymbolicLink()) found.add(entry.name.slice(0, end));
    }
  } finally {
    directory.closeSync();
  }
  return found;
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Does so once in the life of the process. A directory that cannot be listed is left as it is. */
export function sweepOnce(namespace: LockedNamespace): void {
  if (Atomics.exchange(processWords, ProcessWord.swept, 1) !== 0) return;
  try {
    const gone = new Map<number, boolean>();
    for (const base of bases()) {
      const slots = readSlots(namespace, base);
      for (let slot = slots.targets.length - 1; slot >= 0; slot--) {
        const pid = Number(/^\/proc\/(\d+)\/fd\/\d+$/.exec(slots.targets[slot] ?? "")?.[1] ?? 0);
        if (pid === 0) continue; // not one of ours: who opens the name judges it
        if (!gone.has(pid)) gone.set(pid, isGone(pid));
        if (gone.get(pid) === true) removeSlot(namespace, slots, slot);
      }
    }
  } catch {
    // dead links do no harm but take room
  }
}
