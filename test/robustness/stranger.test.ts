// Processes that cannot see the others: another PID namespace, no usable /proc, another boot. They are refused with a reason, and
// what they do not see they leave alone.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { namespaceDirectory } from "../support/namespace.js";
import { Peer, type Refusal } from "./peer.js";

const canUnshare = spawnSync("unshare", ["-pmf", "--mount-proc", "true"]).status === 0;
const skip = !canUnshare && "needs the right to make namespaces";

let count = 0;
function freshDirectory(): string {
  const path = join(namespaceDirectory, `stranger-${++count}`);
  mkdirSync(path, { mode: 0o700 });
  return path;
}

const entries = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name !== ".lock")
    .map((name) => `${name} ${readlinkSync(join(directory, name))}`)
    .sort();

const HOLD = `kept.job = rtshm.Mutex.openOrCreate("job"); kept.lock = await kept.job.acquire();
kept.memory = rtshm.SharedMemory.create("memory", { size: 8 }); return true;`;
const TRY = `return attempt(() => { const job = rtshm.Mutex.openOrCreate("job"); return [job.created, job.tryAcquire() !== undefined]; });`;
const TRY_MEMORY = `return attempt(() => { const memory = rtshm.SharedMemory.openOrCreate("memory", { size: 8 }); memory.close(); return memory.created; });`;

async function assertRefused(directory: string, wrap: readonly string[], reason: RegExp): Promise<void> {
  const before = entries(directory);
  const stranger = Peer.start(directory, wrap);
  for (const attempt of [TRY_MEMORY, TRY, TRY]) {
    const { code, message } = await stranger.run<Refusal>(attempt);
    assert.equal(code, "ERROR_ACCESS_DENIED", message);
    assert.match(message, reason);
  }
  await stranger.end();
  assert.deepEqual(entries(directory), before, "nothing was changed");
  const friend = Peer.start(directory);
  assert.deepEqual(await friend.run(TRY), [false, false]);
  await friend.end();
}

test(
  "from another PID namespace an object that is held is refused, and nothing of it is removed",
  { skip },
  async () => {
    const directory = freshDirectory();
    const holder = Peer.start(directory);
    assert.equal(await holder.run(HOLD), true);
    await assertRefused(directory, ["unshare", "-pmf", "--mount-proc"], /PID namespace.*--pid.*RTSHM_DIR/);
    assert.equal(await holder.run("return kept.lock.isHeld && kept.job.isOwned !== false"), true);
    await holder.end();
  },
);

test("from inside a PID namespace whose directory is used outside, and the other way round", { skip }, async () => {
  const directory = freshDirectory();
  const inner = Peer.start(directory, ["unshare", "-pmf", "--mount-proc"]);
  assert.equal(await inner.run(HOLD), true);
  const outer = Peer.start(directory);
  assert.equal((await outer.run<Refusal>(TRY)).code, "ERROR_ACCESS_DENIED");
  await inner.end();
  assert.deepEqual(await outer.run(TRY), [true, true], "when nobody is in it any more it can be taken over");
  await outer.end();
});

test("where /proc is that of another PID namespace, the reason says so", { skip }, async () => {
  const directory = freshDirectory();
  const holder = Peer.start(directory);
  await holder.run(HOLD);
  await assertRefused(directory, ["unshare", "-pf"], /\/proc shows the processes of another PID namespace.*mount/);
  await holder.end();
});

test("without /proc, also when it is unmounted later, nothing is taken for dead", { skip }, async () => {
  const directory = freshDirectory();
  const holder = Peer.start(directory);
  await holder.run(HOLD);
  await assertRefused(
    directory,
    ["unshare", "-m", "bash", "-c", 'umount -l /proc; exec "$0" "$@"'],
    /\/proc\/self cannot be read.*mount/,
  );
  const late = Peer.start(directory, ["unshare", "-m"]);
  assert.deepEqual(await late.run(TRY), [false, false]);
  const before = entries(directory);
  await late.run(`const { execSync } = await import("node:child_process"); execSync("umount -l /proc");`);
  const memory = await late.run<Refusal>(TRY_MEMORY);
  assert.equal(memory.code, "ERROR_ACCESS_DENIED", JSON.stringify(memory));
  assert.deepEqual(entries(directory), before);
  await late.kill();
  await holder.end();
});

test("a stamp of another boot, with nobody there: the links go, whatever they say, and a new stamp comes", async () => {
  const directory = freshDirectory();
  const first = Peer.start(directory);
  await first.run(HOLD);
  await first.kill();
  const stamp = readlinkSync(join(directory, ".stamp"));
  rmSync(join(directory, ".stamp"));
  symlinkSync(stamp.replace(/boot=\S+/, "boot=00000000-0000-0000-0000-000000000000"), join(directory, ".stamp"));
  symlinkSync("/proc/1/fd/0", join(directory, "init~0")); // of a process of that boot whose number another one has now
  const next = Peer.start(directory);
  assert.deepEqual(await next.run(TRY), [true, true]);
  assert.match(readlinkSync(join(directory, ".stamp")), new RegExp(/boot=\S+/.exec(stamp)![0]));
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.includes("~")),
    [".dispatcher~0", "job~0"],
  );
  await next.end();
});

test("a stamp that says another boot although somebody is there does not cost a holder its links", async () => {
  const directory = freshDirectory();
  const holder = Peer.start(directory);
  await holder.run(HOLD);
  const stamp = readlinkSync(join(directory, ".stamp"));
  rmSync(join(directory, ".stamp"));
  symlinkSync(stamp.replace(/boot=\S+/, "boot=00000000-0000-0000-0000-000000000000"), join(directory, ".stamp"));
  const next = Peer.start(directory);
  assert.deepEqual(await next.run(TRY), [false, false]);
  await next.end();
  await holder.end();
});

test("another layout version in the stamp is refused while it is used, both named, and taken over after", async () => {
  const directory = freshDirectory();
  const holder = Peer.start(directory);
  await holder.run(HOLD);
  const stamp = readlinkSync(join(directory, ".stamp"));
  symlinkSync(stamp.replace("layout=2", "layout=77"), join(directory, "s"));
  renameSync(join(directory, "s"), join(directory, ".stamp"));
  const before = entries(directory);
  const next = Peer.start(directory);
  const { code, message } = await next.run<Refusal>(TRY);
  assert.equal(code, "ERROR_FILE_CORRUPT");
  assert.match(message, /version 77.* 2/);
  assert.deepEqual(entries(directory), before);
  await holder.kill();
  assert.deepEqual(await next.run(TRY), [true, true]);
  await next.end();
});

test(
  "a holder that cannot be seen is not taken for dead: not behind hidepid, nor when its descriptors are closed to others",
  { skip: (skip || process.getuid?.() !== 0) && "needs root" },
  async () => {
    const asUser = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const behind = ["unshare", "-m", "bash", "-c", 'mount -t proc -o hidepid=2 proc /proc; exec "$0" "$@"', ...asUser];
    for (const wrap of [asUser, behind]) {
      const directory = mkdtempSync("/tmp/rtshm-test-");
      chownSync(directory, 65534, 65534);
      // The directory is the user's, and its holder a process that has more rights than the user's others.
      const hidden = Peer.start(directory);
      await hidden.run(
        `process.seteuid(65534); kept.memory = rtshm.SharedMemory.create("memory", { size: 8 }); process.seteuid(0);`,
      );
      const before = entries(directory);
      const blind = Peer.start(directory, wrap);
      for (let i = 0; i < 2; i++) {
        const refused = await blind.run<Refusal>(TRY_MEMORY);
        assert.equal(refused.code, "ERROR_ACCESS_DENIED", JSON.stringify(refused));
        assert.match(refused.message, /no holder of the object can be reached/);
      }
      assert.deepEqual(entries(directory), before);
      // A second link, of one that can be reached: the next slot is looked at.
      const open = Peer.start(directory, asUser);
      const [, target] = before.find((entry) => entry.startsWith("memory~0"))!.split(" ");
      rmSync(join(directory, "memory~0"));
      assert.equal(
        await open.run(`kept.memory = rtshm.SharedMemory.create("memory", { size: 8 }); return true;`),
        true,
      );
      renameSync(join(directory, "memory~0"), join(directory, "memory~1"));
      symlinkSync(target!, join(directory, "memory~0"));
      assert.equal(await blind.run(TRY_MEMORY), false);
      await open.end();
      await hidden.kill();
      assert.equal(await blind.run(TRY_MEMORY), true, "once they are dead, that is proven");
      await blind.end();
      rmSync(directory, { recursive: true });
    }
  },
);
