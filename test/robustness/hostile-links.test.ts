// A process of the same user puts links of its own into the namespace directory: whatever they lead to is treated as absent or
// gives an error code; nothing crashes, hangs, or is harmed.
import { isLong, saidBy } from "./child.js";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { namespaceDirectory } from "../support/namespace.js";

let count = 0;
const freshDirectory = (): string => {
  const path = join(namespaceDirectory, `hostile-${++count}`);
  mkdirSync(path, { mode: 0o700 });
  return path;
};

// The victim: each type opens and creates under the name that the link is for, then uses what it got.
const VICTIM = `
const kind = process.env.KIND ?? "event";
say(did(() => openers[kind]("victim")));
say(did(() => makers[kind]("victim")));
const other = rt.RtCreateEvent(null, false, true, "other");
say(rt.RtWaitForSingleObject(other, 0));`;

/** Runs the victim with links victim~0, victim~1, ... to these targets; the attacker code may use them. */
async function attack(targets: readonly string[], before = "", kind = "event"): Promise<unknown[]> {
  const dir = freshDirectory();
  const links = targets
    .map((target, slot) => `symlinkSync(${target}, process.env.RTSHM_DIR + "/victim~${slot}");`)
    .join("\n");
  return saidBy(before + links + VICTIM, { env: { RTSHM_DIR: dir, KIND: kind }, limitMs: 15_000 });
}

const ABSENT = [[null, 2], ["handle", 0], 0];
const CORRUPT = [[null, 1392], [null, 1392], 0];

test("links to devices, directories, files and nothing are treated as absent, for every type", async () => {
  const file = join(namespaceDirectory, "precious");
  writeFileSync(file, "precious");
  const targets = [
    "/dev/null",
    "/dev/zero",
    "/tmp",
    file,
    "/nowhere/at/all",
    "victim~0",
    "/proc/self/mem",
    "/proc/self/fd/0",
  ];
  const said = await saidBy(
    `for (const kind of Object.keys(makers)) for (const target of ${JSON.stringify(targets)}) {
  symlinkSync(target, process.env.RTSHM_DIR + "/victim~0");
  say([kind, target, did(() => openers[kind]("victim"))]);
  rmSync(process.env.RTSHM_DIR + "/victim~0", { force: true });
  symlinkSync(target, process.env.RTSHM_DIR + "/victim~0");
  const handle = makers[kind]("victim");
  say([kind, target, rt.GetLastError(), rt.RtCloseHandle(handle)]);
  rmSync(process.env.RTSHM_DIR + "/victim~0", { force: true });
}`,
    { env: { RTSHM_DIR: freshDirectory() } },
  );
  assert.equal(said.length, 4 * 2 * targets.length);
  for (const [kind, target, outcome, closed] of said as [string, string, unknown, boolean | undefined][])
    assert.deepEqual([outcome, closed], closed === undefined ? [[null, 2], undefined] : [0, true], `${kind} ${target}`);
  assert.equal(readFileSync(file, "utf8"), "precious");
});

test("a link to a FIFO does not make anybody wait for its other end", async () => {
  const fifo = join(namespaceDirectory, "fifo");
  execFileSync("mkfifo", [fifo]);
  assert.deepEqual(await attack([JSON.stringify(fifo)]), ABSENT);
  assert.ok(statSync(fifo).isFIFO());
});

test("many bad links before each other are all passed over", async () => {
  assert.deepEqual(
    await attack(
      Array.from({ length: 300 }, (_, i) => JSON.stringify(i % 2 ? "/dev/null" : `/proc/999999999/fd/${i}`)),
    ),
    ABSENT,
  );
});

test("a directory or a file in a slot's place does not hang anybody", async () => {
  const dir = freshDirectory();
  mkdirSync(join(dir, "victim~0"));
  const said = await saidBy(VICTIM, { env: { RTSHM_DIR: dir } });
  assert.deepEqual(said[0], [null, 2]);
  assert.equal((said[1] as unknown[])[0], null, "a name that cannot be linked cannot be shared: no handle");
  assert.equal(said[2], 0);
  rmSync(join(dir, "victim~0"), { recursive: true });
});

// The attacker's memfd: made by a program in C, for JavaScript has no memfd_create, and kept open while the victim runs.
//   attacker sealed|unsealed BYTES_FROM_STDIN FILE_BYTES
const ATTACKER_IN_C = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
int main(int argc, char **argv) {
  static char bytes[8192];
  size_t length = 0, wanted = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
  int fd = memfd_create("attack", MFD_ALLOW_SEALING);
  for (ssize_t got; length < wanted && (got = read(0, bytes + length, wanted - length)) > 0;)
    length += (size_t)got;
  if (fd < 0 || write(fd, bytes, length) != (ssize_t)length || ftruncate(fd, strtoll(argv[3], NULL, 10)) != 0)
    return 1;
  if (strcmp(argv[1], "sealed") == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0)
    return 2;
  printf("%d %d", getpid(), fd);
  fflush(stdout);
  while (read(0, bytes, 1) > 0) {
  }
  return 0;
}`;

const attacker = join(mkdtempSync(join(tmpdir(), "rtshm-attacker-")), "attacker");
writeFileSync(`${attacker}.c`, ATTACKER_IN_C);
execFileSync(process.env["CC"] ?? "cc", ["-O", "-o", attacker, `${attacker}.c`]);
process.on("exit", () => rmSync(dirname(attacker), { recursive: true }));

const ATTACKER = `
import { spawn } from "node:child_process";
import { encodeHeader, fileBytesFor } from "#protocol/object-header";
import { statSync } from "node:fs";
const held = [];
async function memfd(bytes, fileBytes, how) {
  const child = spawn(${JSON.stringify(attacker)}, [how, String(bytes.length), String(fileBytes)], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.write(bytes);
  held.push(child);
  process.on("exit", () => child.kill("SIGKILL"));
  const [text] = await new Promise((resolve) => child.stdout.once("data", (data) => resolve([String(data)])));
  child.unref(); child.stdin.unref(); child.stdout.unref();
  const [pid, fd] = text.split(" ").map(Number);
  return "/proc/" + pid + "/fd/" + fd;
}
const { dev, ino } = statSync(process.env.RTSHM_DIR, { bigint: true });
const good = (type = 2, change = {}) => encodeHeader({ headerBytes: 4096, type, flags: 0, id: "00".repeat(16), sizeBytes: 0, createdNs: 1n, creatorPid: 1, namespaceDevice: dev, namespaceInode: ino, maximum: 5, name: "victim", structure: null, ...change }, 0);
`;

test("an unsealed memfd, which its maker could cut off, is refused", async () => {
  assert.deepEqual(await attack(["await memfd(good(), 4096, 'unsealed')"], ATTACKER), CORRUPT);
});

test("a memfd that is empty, shorter or longer than its header says is refused", async () => {
  for (const bytes of [0, 100, 4095, 4097, 8192, 2 ** 40])
    assert.deepEqual(await attack([`await memfd(good(), ${bytes}, 'sealed')`], ATTACKER), CORRUPT, `${bytes} bytes`);
});

test("a memfd of random bytes is refused", async () => {
  assert.deepEqual(await attack([`await memfd(Buffer.alloc(4096, 0xa7), 4096, 'sealed')`], ATTACKER), CORRUPT);
});

test("each field of the header damaged gives an error or another name, never a crash", async () => {
  const fields = [0, 4, 8, 12, 16, 20, 24, 40, 47, 56, 64, 72, 80, 84, 128, 131, 132, 136, 512];
  const values = isLong ? [0, 0x80, 0xff] : [0xff];
  for (const kind of isLong ? ["memory", "event", "mutex", "semaphore"] : ["memory", "semaphore"]) {
    const said = await saidBy(
      `${ATTACKER}
let i = 0;
for (const offset of ${JSON.stringify(fields)}) for (const value of ${JSON.stringify(values)}) {
  const bytes = good({ memory: 1, event: 2, mutex: 4, semaphore: 5 }["${kind}"], { sizeBytes: "${kind}" === "memory" ? 10 : 0 });
  bytes[offset] = value;
  const name = "v" + i++;
  const full = Buffer.from(bytes); full.write(name.padEnd(6, "x"), 512, "utf16le"); if (offset === 512) full[512] = value;
  symlinkSync(await memfd(full, fileBytesFor("${kind}" === "memory" ? 10 : 0), "sealed"), process.env.RTSHM_DIR + "/" + name.padEnd(6, "x") + "~0");
  const outcome = did(() => openers["${kind}"](name.padEnd(6, "x")));
  if (outcome[0] === "handle") { const h = openers["${kind}"](name.padEnd(6, "x")); if ("${kind}" !== "memory") { rt.RtWaitForSingleObject(h, 20); rt.RtReleaseMutex(h); rt.RtSetEvent(h); rt.RtReleaseSemaphore(h, 1, null); } rt.RtCloseHandle(h); }
  held.pop().kill("SIGKILL");
  say([offset, value, ...outcome]);
}`,
      { env: { RTSHM_DIR: freshDirectory() } },
    );
    assert.equal(said.length, fields.length * values.length);
    const corrupt = said.filter((line) => (line as unknown[])[3] === 1392).length;
    assert.ok(corrupt >= 6, `${kind}: only ${corrupt} refused`);
    for (const line of said as [number, number, unknown, number][]) {
      const [offset, value, handle, error] = line;
      const fine = (handle === null && [2, 5, 6, 1392].includes(error)) || (handle === "handle" && error === 0xabc);
      assert.ok(fine, `${kind} offset ${offset} value ${value}: ${String(handle)}, ${error}`);
    }
  }
});

test("an object of layout version 1 is refused with a code", async () => {
  assert.deepEqual(
    await attack(["await memfd((() => { const b = good(); b[4] = 1; return b; })(), 4096, 'sealed')"], ATTACKER),
    CORRUPT,
  );
});
