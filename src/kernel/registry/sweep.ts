// Links that killed processes left under names that nobody asks for any more: a process removes them when it enters the namespace.
import { opendirSync } from "node:fs";
import { native } from "../../native/load.js";
import { parseTarget } from "../namespace/link-target.js";
import { readSlots, removeSlot } from "../namespace/link-slots.js";
import type { LockedNamespace } from "../namespace/locked-namespace.js";
import { ProcessWord, processWords } from "../process/process-block.js";

/** How many links are looked at, at most: a namespace may hold very many objects. */
const LINKS_LOOKED_AT = 2000;

function bases(namespace: LockedNamespace): Set<string> {
  const found = new Set<string>();
  const directory = opendirSync(`/proc/self/fd/${String(namespace.directory)}`, { bufferSize: 256 });
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

/** Does so once in the life of the process. A directory that cannot be listed is left as it is. */
export function sweepOnce(namespace: LockedNamespace): void {
  if (Atomics.exchange(processWords, ProcessWord.swept, 1) !== 0) return;
  try {
    const gone = new Map<number, boolean>();
    for (const base of bases(namespace)) {
      const slots = readSlots(namespace, base);
      for (let slot = slots.targets.length - 1; slot >= 0; slot--) {
        const tid = parseTarget(slots.targets[slot] ?? "")?.tid;
        if (tid === undefined) continue; // not a holder's: whoever opens the name judges it
        if (!gone.has(tid)) gone.set(tid, native.threadExists(tid) === 0);
        if (gone.get(tid) === true) removeSlot(namespace, slots, slot);
      }
    }
  } catch {
    // dead links do no harm but take room
  }
}
