// The namespace and its lock: one thread at a time of one user's processes uses the names.
import { readFileSync } from "node:fs";
import { Errno, StatField, native, newStat } from "../../native/load.js";
import { ProcessWord, processWords } from "../process/process-block.js";
import { failure } from "../../errors/rt-error.js";
import { systemError } from "../../errors/system-error.js";
import { LOCK_BOUND_MS } from "../../protocol/timing.js";
import { arrive } from "./arrive.js";
import { isDispatcherBarred } from "./heal.js";
import { DISPATCHER_BASE, slotName } from "./link-slots.js";
import type { LockedNamespace, NamespaceIdentity } from "./locked-namespace.js";
import { namespacePath, openDirectory } from "./namespace-directory.js";
import { STAMP } from "./stamp.js";

const LOCK_EX = 2;
const LOCK_SLICE_MS = 50;

const stat = newStat();

// One descriptor for all threads. It stays open until the process ends, or the directory was removed.
function processDirectory(): number {
  const known = Atomics.load(processWords, ProcessWord.directory);
  if (known !== 0) return known - 1;
  const fd = openDirectory();
  const other = Atomics.compareExchange(processWords, ProcessWord.directory, 0, fd + 1);
  if (other === 0) return fd;
  native.descriptorClose(fd);
  return other - 1;
}

interface State extends LockedNamespace {
  /** The stamp's text as this thread saw it last. Empty at first, so that the first locking reads it. */
  stamp: string;
}

let state: State | undefined;

function enter(): State {
  if (state !== undefined) return state;
  const directory = processDirectory();
  native.descriptorStat(directory, stat);
  const [device = 0n, inode = 0n] = stat;
  // A flock belongs to the open file, so each thread opens the file for itself. With one open file, the threads would
  // not exclude each other.
  const lock = native.lockOpen(directory, ".lock");
  if (lock < 0 && lock !== -Errno.ENOENT)
    throw systemError(lock, null, `the lock file of ${namespacePath()} cannot be opened`);
  if (lock < 0) {
    replaceDirectory(directory);
    return enter();
  }
  state = { directory, lock, device, inode, stamp: "" };
  return state;
}

// The directory was removed, and its names with it. The next one starts empty.
function replaceDirectory(old: number): void {
  if (state !== undefined) native.lockClose(state.lock);
  state = undefined;
  Atomics.compareExchange(processWords, ProcessWord.directory, old + 1, 0);
}

function lockHolder(inode: bigint): string {
  try {
    const line = readFileSync("/proc/locks", "utf8")
      .split("\n")
      .find((text) => text.includes("FLOCK") && text.includes(`:${String(inode)} `) && !text.includes("->"));
    const pid = line?.split(/\s+/)[4];
    return pid === undefined ? "" : ` by process ${pid}`;
  } catch {
    return "";
  }
}

// The dispatcher's link can be removed alone. While this process holds the dispatcher, the link must be there.
function canary(): string {
  const holds = processWords[ProcessWord.dispatcher] !== 0 && !isDispatcherBarred();
  return holds ? slotName(DISPATCHER_BASE, 0) : "";
}

function arriveAt(current: State): State {
  try {
    current.stamp = arrive(current);
    return current;
  } catch (error) {
    native.lockRelease(current.lock);
    throw error;
  }
}

function acquire(boundMs: number): State {
  const startMs = performance.now();
  for (;;) {
    const current = enter();
    const { directory, lock, stamp } = current;
    const result = native.lockTake(lock, LOCK_EX, LOCK_SLICE_MS, directory, STAMP, stamp, canary());
    if (result === -Errno.EAGAIN) {
      if (performance.now() - startMs < boundMs) continue;
      native.descriptorStat(current.lock, stat);
      const holder = lockHolder(stat[StatField.inode] ?? 0n);
      throw failure(
        "ERROR_BUSY",
        null,
        `the namespace ${namespacePath()} has been locked${holder} for ${String(boundMs / 1000)} seconds: let that process go on (SIGCONT) or end it`,
      );
    }
    if (result === 0) return current;
    if (result > 0) return arriveAt(current);
    if (result !== -Errno.ESTALE) throw systemError(result, null, `the lock of ${namespacePath()}`);
    replaceDirectory(current.directory);
  }
}

/**
 * Which namespace this process uses. Makes the directory if it is missing. Takes the lock only at this thread's first
 * use.
 */
export function namespaceIdentity(): NamespaceIdentity {
  return state === undefined || state.stamp === "" ? withNamespace((namespace) => namespace) : state;
}

/**
 * When a link was last made or removed in the namespace directory, in nanoseconds since 1970.
 * @returns -1 when the directory was removed, or when this thread has not used it yet
 */
export function lastChangeNs(): bigint {
  if (state === undefined || native.descriptorStat(state.directory, stat) < 0 || stat[StatField.links] === 0n)
    return -1n;
  return stat[StatField.changedNs] ?? -1n;
}

let depth = 0;

/**
 * Runs `work` with the namespace lock held. A nested call runs under the lock of the outer one. The kernel drops the
 * lock if the process dies.
 * @param boundMs how long another process may keep it, in milliseconds; ten seconds when left out
 * @throws RtError ERROR_BUSY when another process keeps it longer, naming that process; ERROR_ACCESS_DENIED when the
 *   directory is not this user's own, or is used by processes that cannot be seen from here
 */
export function withNamespace<Result>(work: (namespace: LockedNamespace) => Result, boundMs = LOCK_BOUND_MS): Result {
  if (depth > 0 && state !== undefined) return work(state);
  const locked = acquire(boundMs);
  depth++;
  try {
    return work(locked);
  } finally {
    depth--;
    native.lockRelease(locked.lock);
  }
}
