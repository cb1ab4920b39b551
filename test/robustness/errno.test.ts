// What the system refuses has a code of its own and says what to do: every call of the addon, every errno; and some for real.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemError } from "#errors/system-error";
import { Errno, native } from "#native/load";
import { namespaceDirectory } from "../support/namespace.js";
import { saidBy } from "./child.js";

type Name = keyof typeof Errno;

// From the manual pages of the system calls that each makes, for the file systems of Linux.
const opening: readonly Name[] =
  "EACCES EAGAIN EBADF EBUSY EDQUOT EEXIST EFAULT EFBIG EINTR EINVAL EIO EISDIR ELOOP EMFILE ENAMETOOLONG ENFILE ENODEV ENOENT ENOMEM ENOSPC ENOTDIR ENXIO EOPNOTSUPP EOVERFLOW EPERM EROFS ESTALE ETXTBSY".split(
    " ",
  ) as Name[];
const linking =
  "EACCES EBADF EBUSY EDQUOT EEXIST EFAULT EINVAL EIO EISDIR ELOOP EMLINK ENAMETOOLONG ENOENT ENOMEM ENOSPC ENOTDIR ENOTEMPTY EPERM EROFS ESTALE EXDEV".split(
    " ",
  ) as Name[];
const transferring =
  "EAGAIN EBADF EDQUOT EFAULT EFBIG EINTR EINVAL EIO EISDIR ENOSPC ENXIO EOVERFLOW EPERM ESPIPE".split(" ") as Name[];
const looking = "EACCES EBADF EFAULT EINVAL EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR EOVERFLOW ESTALE".split(
  " ",
) as Name[];
const mapping =
  "EACCES EAGAIN EBADF EBUSY EFBIG EHWPOISON EINVAL EIO ENFILE ENODEV ENOMEM ENOSPC ENOSYS EOVERFLOW EPERM ETXTBSY".split(
    " ",
  ) as Name[];
const sleeping = "EACCES EAGAIN EFAULT EINTR EINVAL ENFILE ENOMEM ENOSYS EPERM ESRCH ETIMEDOUT EDEADLK".split(
  " ",
) as Name[];
const locking = "EAGAIN EBADF EINTR EINVAL EIO ENAMETOOLONG ENOLCK EOPNOTSUPP ESTALE".split(" ") as Name[];
const making = [...transferring, ...mapping, "EMFILE", "ENAMETOOLONG", "EOPNOTSUPP"] as Name[];
const threads = [...mapping, ...sleeping] as Name[];

const calls: Readonly<Record<string, readonly Name[]>> = {
  processBlock: ["ENOMEM", "EOPNOTSUPP"],
  processId: [],
  threadId: [],
  userId: [],
  pageBytes: [],
  makeReachable: ["EINVAL", "EPERM"],
  exitNow: [],
  addAtThreadEnd: ["EINVAL", "ENOMEM"],
  memoryCreate: making,
  memoryBack: making,
  memoryMap: mapping,
  memoryUnmap: ["EINVAL", "EPERM"],
  memoryAdvise: mapping,
  directoryOpen: [...opening, "EMLINK"],
  directoryMode: ["EBADF", "EIO", "EPERM", "EROFS"],
  descriptorStat: looking,
  descriptorRead: transferring,
  descriptorWrite: transferring,
  descriptorClose: ["EBADF", "EDQUOT", "EINTR", "EIO", "ENOSPC"],
  lockOpen: opening,
  lockClose: ["EBADF", "EDQUOT", "EINTR", "EIO", "ENOSPC"],
  lockTake: locking,
  lockRelease: locking,
  linkRead: looking,
  linksRead: looking,
  linkAppend: linking,
  linkCreate: linking,
  linkRename: linking,
  linkRemove: linking,
  linkStat: looking,
  memoryOpen: [...opening, ...transferring],
  holderState: [...looking, "EMFILE", "ENFILE", "EPERM"],
  threadExists: [],
  threadIsOwn: [],
  threadAwaitEnd: [],
  futexHasMany: [],
  futexRefuseMany: [],
  futexWake: sleeping,
  futexWait: sleeping,
  setFaultCallback: [],
  takeFaults: [],
};
const rowOf = (call: string): readonly Name[] | undefined =>
  calls[call] ?? (call.startsWith("companion") ? threads : undefined);

test("every call of the addon has its errnos, and each of them a code and an advice that is not about something else", () => {
  for (const call of Object.keys(native)) {
    const names = rowOf(call);
    assert.ok(names !== undefined, `${call} has no row here`);
    for (const name of names) {
      const error = systemError(-Errno[name], "object", call);
      assert.notEqual(error.code, "ERROR_GEN_FAILURE", `${call}: ${name}`);
      assert.ok(error.message.includes(name === "EOPNOTSUPP" ? "SUP" : name), error.message);
      const isMemory = /memory|MEMORY/.test(error.message.replace(call, ""));
      const may = ["ENOMEM", "EAGAIN", "EFAULT", "EHWPOISON", "EOPNOTSUPP"].includes(name);
      assert.ok(!isMemory || may, `${call}: ${error.message}`);
    }
  }
});

test("an errno without a row is an unexpected answer with its name, and never said to be want of memory", () => {
  const known = new Set<number>(Object.values(Errno));
  const names = new Map<number, string>();
  for (const [name, number] of Object.entries(constants.errno)) {
    if (known.has(number)) continue;
    const { code, errno, message } = systemError(-number, null, "the call");
    assert.deepEqual([code, errno], ["ERROR_GEN_FAILURE", 31], name);
    if (!names.has(number)) names.set(number, name); // some have two
    assert.ok(message.includes(names.get(number)!), message);
    assert.doesNotMatch(message, /memory/i);
  }
  assert.equal(systemError(-4000, null, "the call").code, "ERROR_GEN_FAILURE");
});

test("the numbers are those of this system", () => {
  const system = constants.errno as Readonly<Record<string, number>>;
  for (const [name, number] of Object.entries(Errno)) if (name in system) assert.equal(system[name], number, name);
});

test("the codes that other programs rely on", () => {
  const code = (name: Name): number => systemError(-Errno[name], null, "").errno;
  assert.deepEqual(
    (
      ["ENOENT", "ENOTDIR", "EROFS", "ENOSPC", "ENAMETOOLONG", "EPERM", "EACCES", "EMFILE", "ENFILE", "ENOMEM"] as const
    ).map(code),
    [2, 3, 19, 112, 206, 5, 5, 4, 4, 8],
  );
});

const TRY = `
import { Event } from "rtshm";
let text = "";
try { Event.openOrCreate("x").close(); } catch (error) { text = error.message; }
say([...did(() => makers.event("x")), text]);`;

async function refusal(directory: string, shell = "true"): Promise<[unknown, number, string]> {
  const [said] = await saidBy(TRY, { env: { RTSHM_DIR: directory }, shell });
  return said as [unknown, number, string];
}

test("the parent of the directory is missing: 3, and the text names it", async () => {
  const [handle, code, text] = await refusal(join(namespaceDirectory, "no", "such", "parent"));
  assert.deepEqual([handle, code], [null, 3]);
  assert.ok(text.includes(join(namespaceDirectory, "no", "such")), text);
});

test("the path is too long: 206", async () => {
  const [handle, code] = await refusal(`/${"x/".repeat(2500)}`);
  assert.deepEqual([handle, code], [null, 206]);
});

test("a relative RTSHM_DIR is refused, because it would be another directory in each process: 87", async () => {
  const [handle, code, text] = await refusal("relative");
  assert.deepEqual([handle, code], [null, 87]);
  assert.match(text, /absolute/);
});

const canMount = spawnSync("unshare", ["-m", "true"]).status === 0;
const skip = !canMount && "needs the right to make namespaces";
const inMount = (options: string, directory: string): string =>
  `[ -n "$IN" ] || IN=1 exec unshare -m bash -c 'mount -t tmpfs -o ${options} none ${directory} && shift 0; exec "$0" "$@"' "$0" "$@"`;

test("the file system is read-only: 19", { skip }, async () => {
  const directory = join(namespaceDirectory, "read-only");
  mkdirSync(directory, { mode: 0o700 });
  for (const path of [directory, join(directory, "below")]) {
    const [handle, code, text] = await refusal(path, inMount("ro,mode=700", directory));
    assert.deepEqual([handle, code], [null, 19], text);
    assert.match(text, /read-only/);
  }
});

test("the file system is full: 112", { skip }, async () => {
  const directory = join(namespaceDirectory, "full");
  mkdirSync(directory, { mode: 0o700 });
  const [handle, code, text] = await refusal(directory, inMount("nr_inodes=4,mode=700", directory));
  assert.deepEqual([handle, code], [null, 112], text);
});
