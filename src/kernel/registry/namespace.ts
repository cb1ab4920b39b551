// The namespace directory and its lock: where the names of one user's objects are, and who may look at them now.
import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { environment } from "../../environment.js";
import { Errno, StatField, native, newStat } from "../../native/load.js";
import { ProcessWord, processWords } from "../process/process-block.js";
import { failure } from "../../errors/rt-error.js";
import { systemError } from "../../errors/system-error.js";

const LOCK_SH = 1;
const LOCK_EX = 2;
const S_IFMT = 0o170_000;
const S_IFDIR = 0o040_000;
const LOCK_SLICE_MS = 50;
const LOCK_BOUND_MS = 10_000;

const stat = newStat();

let path: string | undefined;

/**
 * Where this process's objects have their names: `RTSHM_DIR`, or `/tmp/rtshm-<uid>`. Judged at the first use, when a server
 * that started as another user has become the one it runs as.
 * @throws RtError ERROR_INVALID_PARAMETER when `RTSHM_DIR` is not an absolute path
 */
export function namespacePath(): string {
  if (path !== undefined) return path;
  const { directory } = environment();
  if (directory !== undefined && !isAbsolute(directory))
    throw failure(
      "ERROR_INVALID_PARAMETER",
      null,
      `RTSHM_DIR is ${JSON.stringify(directory)}, which would be another directory in each process: set it to an absolute path`,
    );
  return (path = directory ?? `/tmp/rtshm-${String(native.userId())}`);
}

function refuse(detail: string): never {
  throw failure("ERROR_ACCESS_DENIED", null, `the namespace directory ${namespacePath()} ${detail}`);
}

function checkDirectory(fd: number): void {
  const result = native.descriptorStat(fd, stat);
  if (result < 0) throw systemError(result, null, namespacePath());
  const mode = Number(stat[StatField.mode]);
  if ((mode & S_IFMT) !== S_IFDIR) refuse("is not a directory");
  if (Number(stat[StatField.user]) !== native.userId())
    refuse("belongs to another user: remove it, or set RTSHM_DIR to a directory of your own");
  if ((mode & 0o077) !== 0)
    refuse(`can be used by other users: run \`chmod 700 ${namespacePath()}\`, or set RTSHM_DIR`);
}

function openDirectory(): number {
  const fd = native.directoryOpen(namespacePath(), 1);
  if (fd === -Errno.ELOOP || fd === -Errno.ENOTDIR)
    refuse("is a symbolic link or a file: remove it, or set RTSHM_DIR to a real directory");
  if (fd < 0) throw systemError(fd, null, `the namespace directory ${namespacePath()} cannot be opened`);
  try {
    checkDirectory(fd);
  } catch (error) {
    native.descriptorClose(fd);
    throw error;
  }
  // A shared lock tells systemd-tmpfiles that the directory is in use, however old its files get.
  native.lockTake(fd, LOCK_SH, 0);
  return fd;
}

// One descriptor for all threads; it stays open until the process ends.
function processDirectory(): number {
  const known = Atomics.load(processWords, ProcessWord.directory);
  if (known !== 0) return known - 1;
  const fd = openDirectory();
  const other = Atomics.compareExchange(processWords, ProcessWord.directory, 0, fd + 1);
  if (other === 0) return fd;
  native.descriptorClose(fd);
  return other - 1;
}

interface State {
  readonly directory: number;
  readonly lock: number;
  readonly device: bigint;
  readonly inode: bigint;
}

let state: State | undefined;

function enter(): State {
  if (state !== undefined) return state;
  const directory = processDirectory();
  native.descriptorStat(directory, stat);
  const [device = 0n, inode = 0n] = stat;
  // flock belongs to the open file: each thread opens it for itself, or they would not exclude each other.
  const lock = native.lockOpen(directory, ".lock");
  if (lock < 0 && lock !== -Errno.ENOENT)
    throw systemError(lock, null, `the lock file of ${namespacePath()} cannot be opened`);
  if (lock < 0) {
    replaceDirectory(directory);
    return enter();
  }
  state = { directory, lock, device, inode };
  return state;
}

// Somebody removed the directory: its names are gone with it; the next one starts empty.
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

function acquire(boundMs: number): State {
  const startMs = performance.now();
  for (;;) {
    const current = enter();
    const result = native.lockTake(current.lock, LOCK_EX, LOCK_SLICE_MS);
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
    if (result !== -Errno.ESTALE) throw systemError(result, null, `the lock of ${namespacePath()}`);
    replaceDirectory(current.directory);
  }
}

/** What tells a namespace from every other: its directory's device and inode. */
export interface NamespaceIdentity {
  readonly device: bigint;
  readonly inode: bigint;
}

/** The namespace while its lock is held: what registry.ts works on. */
export interface LockedNamespace extends NamespaceIdentity {
  readonly directory: number;
}

/** Which namespace this process uses; makes the directory if need be. Takes no lock. */
export function namespaceIdentity(): NamespaceIdentity {
  return enter();
}

/**
 * When the namespace directory was last changed, in nanoseconds since 1970: by whoever made or removed a link in it.
 * @returns -1 when it was removed, or when this thread has not used it yet
 */
export function lastChangeNs(): bigint {
  if (state === undefined || native.descriptorStat(state.directory, stat) < 0 || stat[StatField.links] === 0n)
    return -1n;
  return stat[StatField.changedNs] ?? -1n;
}

let depth = 0;

/**
 * Runs `work` with the namespace lock held; nested calls hold it once. The kernel drops the lock if the process dies.
 * @param boundMs how long another process may keep it; ten seconds when left out
 * @throws RtError ERROR_BUSY when another process keeps it longer, naming it; ERROR_ACCESS_DENIED when the directory
 *   is not this user's own, or a symbolic link
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
