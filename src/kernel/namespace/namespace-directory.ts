// The directory of the names: where it is, that it is this user's own, and that its links can be judged from here.
import { lstatSync, readFileSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { dirname, isAbsolute } from "node:path";
import { environment } from "../../environment.js";
import { failure } from "../../errors/rt-error.js";
import { systemError } from "../../errors/system-error.js";
import { Errno, StatField, native, newStat, type Stat } from "../../native/load.js";

const S_IFMT = 0o170_000;
const S_IFDIR = 0o040_000;

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
      `RTSHM_DIR is ${JSON.stringify(directory)}, which means another directory in each process: set it to an absolute path`,
    );
  return (path = directory ?? `/tmp/rtshm-${String(native.userId())}`);
}

function refuse(detail: string): never {
  throw failure("ERROR_ACCESS_DENIED", null, `the namespace directory ${namespacePath()} ${detail}`);
}

// What a plain mkdir made for us: others may look into it, and there is nothing to be seen yet.
function makePrivate(fd: number, mode: number): boolean {
  if ((mode & 0o022) !== 0 || readdirSync(`/proc/self/fd/${String(fd)}`).length > 0) return false;
  return native.directoryMode(fd, 0o700) >= 0;
}

function checkDirectory(fd: number, stat: Stat): void {
  const result = native.descriptorStat(fd, stat);
  if (result < 0) throw systemError(result, null, namespacePath());
  const mode = Number(stat[StatField.mode]);
  const user = Number(stat[StatField.user]);
  if ((mode & S_IFMT) !== S_IFDIR) refuse("is not a directory");
  if (user !== native.userId())
    refuse(
      `belongs to another user (${String(user)}), whose programs may be using it: ` +
        "run as that user, or set RTSHM_DIR to a directory of your own",
    );
  if ((mode & 0o077) !== 0 && !makePrivate(fd, mode))
    refuse(`can be used by other users: run \`chmod 700 ${namespacePath()}\`, or set RTSHM_DIR`);
}

function isThere(file: string): boolean {
  try {
    lstatSync(file);
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens the directory, made if it is missing.
 * @throws RtError ERROR_ACCESS_DENIED when it is not this user's own and private; ERROR_PATH_NOT_FOUND when it cannot be made
 *   where it should be
 */
export function openDirectory(): number {
  const fd = native.directoryOpen(namespacePath(), 1);
  if ((fd === -Errno.ELOOP || fd === -Errno.ENOTDIR) && isThere(namespacePath()))
    refuse("is a symbolic link or a file: set RTSHM_DIR to a real directory");
  if (fd === -Errno.ENOENT)
    throw failure(
      "ERROR_PATH_NOT_FOUND",
      null,
      `the namespace directory ${namespacePath()} cannot be made: ${dirname(namespacePath())} does not exist`,
    );
  if (fd === -Errno.ENOTDIR)
    throw systemError(fd, null, `the namespace directory ${namespacePath()} cannot be made`, "ERROR_PATH_NOT_FOUND");
  if (fd < 0) throw systemError(fd, null, `the namespace directory ${namespacePath()} cannot be opened`);
  try {
    checkDirectory(fd, newStat());
  } catch (error) {
    native.descriptorClose(fd);
    throw error;
  }
  return fd;
}

/** Whose processes this process can see: the machine since its boot, and the PID namespace in it. */
export interface Place {
  readonly boot: string;
  readonly pidNamespace: string;
}

function seen(what: string, read: () => string): string {
  try {
    return read();
  } catch (error) {
    throw failure(
      "ERROR_ACCESS_DENIED",
      null,
      `${what} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}), and without it a holder that ` +
        "lives cannot be told from a dead one: mount /proc (mount -t proc proc /proc). Nothing was changed",
    );
  }
}

/** Where this process is. @throws RtError ERROR_ACCESS_DENIED when /proc is missing, or shows the processes of another place */
export function thisPlace(): Place {
  const shown = seen("/proc/self", () => readlinkSync("/proc/self"));
  if (Number(shown) !== native.processId())
    throw failure(
      "ERROR_ACCESS_DENIED",
      null,
      "/proc shows the processes of another PID namespace: mount this one's (mount -t proc proc /proc). Nothing was changed",
    );
  const boot = seen("/proc/sys/kernel/random/boot_id", () =>
    readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
  );
  const pidNamespace = seen("/proc/self/ns/pid", () => {
    const { dev, ino } = statSync("/proc/self/ns/pid", { bigint: true });
    return `${String(dev)}:${String(ino)}`;
  });
  return { boot, pidNamespace };
}
