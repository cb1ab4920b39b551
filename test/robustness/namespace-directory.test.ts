// The namespace directory is not what it should be, or goes away while it is used.
import { saidBy } from "./child.js";
import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { namespaceDirectory } from "../support/namespace.js";

const ATTEMPT = `
import { openExisting } from "#kernel/registry/registry";
for (const kind of Object.keys(makers)) say([...did(() => makers[kind]("x")), ...did(() => openers[kind]("y")), ...did(() => makers[kind](null))]);
let message = "";
try { openExisting("x", "open"); } catch (error) { message = error.code + " " + error.message; }
say(message);`;

let count = 0;
const freshPath = (): string => join(namespaceDirectory, `directory-${++count}`);

async function assertRefused(path: string, code: number, ...advice: RegExp[]): Promise<void> {
  const said = await saidBy(ATTEMPT, { env: { RTSHM_DIR: path } });
  const message = said.pop() as string;
  assert.equal(said.length, 4);
  for (const outcome of said) assert.deepEqual(outcome, [null, code, null, code, null, code]);
  for (const pattern of [...advice, /^ERROR_/]) assert.match(message, pattern);
  assert.ok(message.includes(path), message);
}

test("a symbolic link in the directory's place is refused and left alone, even one to a good directory", async () => {
  const [path, target] = [freshPath(), freshPath()];
  mkdirSync(target, { mode: 0o700 });
  symlinkSync(target, path);
  await assertRefused(path, 5, /symbolic link/, /RTSHM_DIR/);
  assert.deepEqual([existsSync(join(target, ".lock")), existsSync(path)], [false, true]);
});

test("a dangling symbolic link in the directory's place is refused and nothing made behind it", async () => {
  const [path, target] = [freshPath(), freshPath()];
  symlinkSync(target, path);
  await assertRefused(path, 5, /symbolic link/);
  assert.equal(existsSync(target), false);
});

test("a file in the directory's place is refused", async () => {
  const path = freshPath();
  writeFileSync(path, "precious");
  await assertRefused(path, 5, /file/, /RTSHM_DIR/);
  assert.equal(statSync(path).size, 8);
});

for (const mode of [0o777, 0o720, 0o1777])
  test(`a directory of mode ${mode.toString(8)} is refused, and the message says how to repair it`, async () => {
    const path = freshPath();
    mkdirSync(path);
    chmodSync(path, mode);
    await assertRefused(path, 5, /chmod 700/);
    assert.equal(statSync(path).mode & 0o7777, mode);
  });

test("a directory that a plain mkdir made becomes private, unless something is in it", async () => {
  for (const mode of [0o755, 0o750, 0o701]) {
    const [empty, used] = [freshPath(), freshPath()];
    for (const path of [empty, used]) {
      mkdirSync(path);
      chmodSync(path, mode);
    }
    writeFileSync(join(used, "file"), "");
    assert.deepEqual(await saidBy(`say(did(() => makers.event("x")));`, { env: { RTSHM_DIR: empty } }), [
      ["handle", 0],
    ]);
    assert.equal(statSync(empty).mode & 0o777, 0o700);
    await assertRefused(used, 5, /chmod 700/);
    assert.equal(statSync(used).mode & 0o777, mode);
  }
});

test("another user's directory is refused", { skip: process.getuid?.() !== 0 && "needs root" }, async () => {
  const path = freshPath();
  mkdirSync(path, { mode: 0o700 });
  chownSync(path, 12345, 12345);
  await assertRefused(path, 5, /another user/, /RTSHM_DIR/);
});

test("a directory that cannot be made, for its parent is missing, is an error that names it", async () => {
  await assertRefused(join(freshPath(), "below"), 3, /does not exist/);
});

test("a directory that cannot be made, for its parent is a file, is an error that names it", async () => {
  const path = freshPath();
  writeFileSync(path, "");
  await assertRefused(join(path, "below"), 3, /directory/);
});

test("a directory that cannot be made, for the file system is read-only, is an error that names it", async () => {
  await assertRefused("/proc/rtshm-test", 3, /cannot be made/);
});

test("a missing directory is made, for its user only, whatever the umask", async () => {
  for (const mask of ["000", "022", "077"]) {
    const path = freshPath();
    assert.deepEqual(
      await saidBy(`say(did(() => makers.event("x")));`, { env: { RTSHM_DIR: path }, shell: `umask ${mask}` }),
      [["handle", 0]],
      mask,
    );
    assert.equal(statSync(path).mode & 0o777, 0o700, mask);
  }
});

test("after the directory was removed under living processes, what they hold goes on and new names can be made", async () => {
  const path = freshPath();
  const said = await saidBy(
    `
const event = rt.RtCreateEvent(null, false, false, "old");
const mutex = rt.RtCreateMutex(null, true, "old mutex");
rmSync(process.env.RTSHM_DIR, { recursive: true });
say(did(() => rt.RtSetEvent(event)));
say(rt.RtWaitForSingleObject(event, 0));
say(did(() => rt.RtReleaseMutex(mutex)));
for (const kind of Object.keys(makers)) say([...did(() => makers[kind]("new " + kind)), ...did(() => openers[kind]("new " + kind))]);
say(did(() => rt.RtOpenEvent(0, false, "old")));
say(readdirSync(process.env.RTSHM_DIR).filter((name) => name.startsWith("old")).sort());
const fresh = rt.RtCreateEvent(null, false, true, "fresh");
say(rt.RtWaitForMultipleObjects(2, [event, fresh], false, 1000));
rmSync(process.env.RTSHM_DIR, { recursive: true });
say(did(() => rt.RtCloseHandle(event)));
say(did(() => rt.RtCloseHandle(fresh)));
say(did(() => rt.RtCloseHandle(mutex)));
const worker = new Worker(\`const rt = await import("rtshm/win32"); const { parentPort } = await import("node:worker_threads"); parentPort.postMessage([rt.RtCreateEvent(null, false, true, "in a worker") > 0, rt.GetLastError()]);\`.replace(/^/, ""), { eval: true });
worker.once("message", (message) => say(message));
worker.once("error", (error) => say(String(error)));`,
    { env: { RTSHM_DIR: path } },
  );
  const good = ["handle", 0, "handle", 0xabc];
  assert.deepEqual(said, [
    [true, 0xabc],
    0,
    [true, 0xabc],
    good,
    good,
    good,
    good,
    ["handle", 0xabc],
    ["old mutex~0".replace(" ", "%20"), "old~0"],
    1,
    [true, 0xabc],
    [true, 0xabc],
    [true, 0xabc],
    [true, 0],
  ]);
});
