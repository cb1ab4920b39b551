// What a process does that finds a namespace directory other than it knew it: come in, take over, mend, or refuse. Under the
// namespace lock. The table is in docs/decisions/0020-the-stamp.md.
import { readdirSync } from "node:fs";
import { failure } from "../../errors/rt-error.js";
import { Errno, native } from "../../native/load.js";
import { LAYOUT_VERSION } from "../../protocol/object-header.js";
import { openDescriptors } from "../process/descriptor-table.js";
import { ProcessWord, processWords } from "../process/process-block.js";
import { heal } from "./heal.js";
import { removeSlot, readSlots } from "./link-slots.js";
import { isProvenGone } from "./link-target.js";
import type { LockedNamespace } from "./locked-namespace.js";
import { namespacePath, thisPlace } from "./namespace-directory.js";
import { openMemory } from "./object-memory.js";
import { readStamp, writeStamp, type Stamp } from "./stamp.js";

const LOCK_SH = 1;
const LOCK_EX = 2;

// Every process in the namespace has a shared lock on the directory itself. It tells systemd-tmpfiles too that the directory
// is in use, however old its files get.
function enterDirectory(directory: number): void {
  native.lockTake(directory, LOCK_SH, 0, -1, "", "", "");
  processWords[ProcessWord.entered] = 1;
}

/** Whether another process is in the namespace. */
export function isUsedByOthers(directory: number): boolean {
  const result = native.lockTake(directory, LOCK_EX, 0, -1, "", "", "");
  // To ask is to change one's own lock, if one has it already.
  if (processWords[ProcessWord.entered] === 1) enterDirectory(directory);
  else if (result === 0) native.lockRelease(directory);
  return result === -Errno.EAGAIN;
}

// The links of all names. `isDeserted`: nobody is in the namespace, so nobody holds anything.
function removeLinks(namespace: LockedNamespace, isDeserted: boolean): void {
  const bases = new Set<string>();
  for (const entry of readdirSync(`/proc/self/fd/${String(namespace.directory)}`, { withFileTypes: true }))
    if (entry.isSymbolicLink() && /~\d+$/.test(entry.name)) bases.add(entry.name.slice(0, entry.name.lastIndexOf("~")));
  for (const base of bases) {
    const slots = readSlots(namespace, base);
    for (let slot = slots.targets.length - 1; slot >= 0; slot--)
      if (isDeserted || isProvenGone(slots.targets[slot] ?? "", 0)) removeSlot(namespace, slots, slot);
  }
}

function refuse(detail: string): never {
  throw failure(
    "ERROR_ACCESS_DENIED",
    null,
    `the namespace directory ${namespacePath()} ${detail}. Nothing was changed`,
  );
}

// Another version writes no stamp, or another one: its objects say which it is.
function refuseVersionOfLinks(namespace: LockedNamespace): void {
  for (const name of readdirSync(`/proc/self/fd/${String(namespace.directory)}`)) {
    if (!/~\d+$/.test(name)) continue;
    const memory = openMemory(namespace.directory, name); // throws for another version, naming both
    if (typeof memory !== "number") native.descriptorClose(memory.fd);
  }
}

function refuseVersion(version: number): never {
  throw failure(
    "ERROR_FILE_CORRUPT",
    null,
    `the namespace directory ${namespacePath()} is used by programs of layout version ${String(version)}, this rtshm has ` +
      `${String(LAYOUT_VERSION)}: let all programs that share it use one rtshm version. Nothing was changed`,
  );
}

function refuseEmptied(namespace: LockedNamespace): never {
  refuseVersionOfLinks(namespace);
  return refuse(
    "was emptied from outside while processes used it (no stamp is there), and what they hold cannot be found by name: " +
      "they make their names anew when they next create, open or close something; let them, or end them",
  );
}

// For who comes to a directory whose stamp is not of here and now; returns when it may be taken over.
function judgeForeign(namespace: LockedNamespace, stamp: Stamp | undefined, pidNamespace: string, boot: string): void {
  if (!isUsedByOthers(namespace.directory)) {
    removeLinks(namespace, stamp !== undefined); // without a stamp nothing says that the links are not about processes of here
    return;
  }
  if (stamp === undefined) refuseEmptied(namespace);
  if (stamp.layoutVersion !== LAYOUT_VERSION) refuseVersion(stamp.layoutVersion);
  if (stamp.boot !== boot) {
    removeLinks(namespace, false);
    return;
  }
  if (stamp.pidNamespace !== pidNamespace)
    refuse(
      "is used by processes of another container (PID namespace), which cannot be seen from here: share their PID namespace " +
        "(--pid), or set RTSHM_DIR to another directory",
    );
}

/**
 * Judges the directory that was just locked, and makes it this process's.
 * @returns the text of its stamp, to be compared at each later locking
 * @throws RtError ERROR_ACCESS_DENIED when processes that cannot be seen from here use it, or when /proc does not show the
 *   processes of here; ERROR_FILE_CORRUPT when another layout version uses it. Nothing is changed then
 */
export function arrive(namespace: LockedNamespace): string {
  const place = thisPlace();
  native.makeReachable();
  const stamp = readStamp(namespace.directory);
  const isHere =
    stamp !== undefined &&
    stamp.layoutVersion === LAYOUT_VERSION &&
    stamp.boot === place.boot &&
    stamp.pidNamespace === place.pidNamespace;
  const isHolder = openDescriptors().length > 0;
  let text = stamp?.text ?? "";
  if (!isHere) {
    // Who holds something knows what was in the directory, and puts it back.
    if (stamp !== undefined || !isHolder) judgeForeign(namespace, stamp, place.pidNamespace, place.boot);
    text = writeStamp(namespace.directory, place);
  }
  enterDirectory(namespace.directory);
  if (isHolder) heal(namespace);
  return text;
}
