// The namespace directory is emptied by somebody who knows nothing of it, while processes hold objects: their names are made anew,
// or everybody is told; nobody gets a second object of a name silently.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { namespaceDirectory } from "../support/namespace.js";
import { Peer, type Refusal } from "./peer.js";

let count = 0;
function freshDirectory(): string {
  const path = join(namespaceDirectory, `emptied-${++count}`);
  mkdirSync(path, { mode: 0o700 });
  return path;
}

const HOLD = `kept.job = rtshm.Mutex.openOrCreate("job"); kept.lock = await kept.job.acquire();
kept.memory = rtshm.SharedMemory.create("memory", { size: 8 }); return true;`;
const HOLD_MEMORY = `kept.memory = rtshm.SharedMemory.create("memory", { size: 8 }); return true;`;
const JOB = `return attempt(() => { const job = rtshm.Mutex.openOrCreate("job"); return [job.created, job.tryAcquire() !== undefined]; });`;
const OPEN_JOB = `return attempt(() => { rtshm.Mutex.open("job").close(); return true; })`;
const MEMORY = `return attempt(() => { const memory = rtshm.SharedMemory.openOrCreate("memory", { size: 8 }); memory.close(); return memory.created; });`;
const OTHER = `return attempt(() => { rtshm.SharedMemory.openOrCreate("other", { size: 8 }).close(); return true; });`;
const names = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.includes("~"))
    .sort();

const ways: Readonly<Record<string, (directory: string) => void>> = {
  "rm -rf of the directory": (directory) => rmSync(directory, { recursive: true }),
  "rm -rf of its contents": (directory) =>
    execFileSync("bash", ["-c", `rm -rf "${directory}"/* "${directory}"/.[!.]*`]),
  "find -type l -delete": (directory) => execFileSync("find", [directory, "-type", "l", "-delete"]),
  "find -mindepth 1 -delete": (directory) => execFileSync("find", [directory, "-mindepth", "1", "-delete"]),
  "rm .dispatcher~0": (directory) => rmSync(join(directory, ".dispatcher~0")),
  "rm of all links but the stamp": (directory) => execFileSync("find", [directory, "-name", "*~*", "-delete"]),
};

for (const [way, empty] of Object.entries(ways)) {
  test(`${way}: the holder that uses its name again puts all of its names back`, async () => {
    const directory = freshDirectory();
    const holder = Peer.start(directory);
    await holder.run(HOLD);
    const before = names(directory);
    empty(directory);
    assert.deepEqual(await holder.run(JOB), [false, false]);
    await holder.run(OTHER);
    assert.deepEqual(names(directory), before);
    const next = Peer.start(directory);
    assert.deepEqual(await next.run(JOB), [false, false]);
    assert.equal(await next.run(MEMORY), false);
    await holder.run("kept.lock.release();");
    assert.deepEqual(await next.run(JOB), [false, true], "they have one mutex and one dispatcher");
    await next.end();
    await holder.end();
    if (way !== "rm -rf of the directory") assert.deepEqual(names(directory), []);
  });

  test(`${way}: whoever comes first is refused, or finds what is held; never a second object that works`, async () => {
    const directory = freshDirectory();
    const [holder, second] = [Peer.start(directory), Peer.start(directory)];
    await holder.run(HOLD);
    await second.run(`kept.event = rtshm.Event.create("second"); return 1`);
    empty(directory);
    const next = Peer.start(directory);
    const early = await next.run<Refusal | [boolean, boolean]>(JOB);
    if (Array.isArray(early)) {
      // Only where nothing tells that anybody was here; then all are told as soon as they meet.
      if (early[0])
        assert.equal(way.startsWith("rm -rf of the directory") || way.startsWith("rm of all links"), true, way);
    } else assert.equal(early.code, "ERROR_ACCESS_DENIED");
    const mine = await holder.run<Refusal | [boolean, boolean]>(JOB);
    const theirs = await next.run<Refusal | [boolean, boolean]>(JOB);
    if (Array.isArray(early) && early[0]) {
      assert.equal((mine as Refusal).code, "ERROR_DUP_NAME", JSON.stringify(mine));
      assert.equal((theirs as Refusal).code, "ERROR_DUP_NAME", JSON.stringify(theirs));
      assert.match((mine as Refusal).message, /emptied/);
      assert.equal((await second.run<Refusal>(OPEN_JOB)).code, "ERROR_DUP_NAME");
      await holder.kill();
      assert.equal(await next.run(OPEN_JOB), true, "with one of the two gone, the name means the other");
    } else {
      assert.deepEqual(
        [mine, theirs],
        [
          [false, false],
          [false, false],
        ],
      );
      await holder.end();
    }
    await next.end();
    await second.end();
  });
}

test("a process that only has shared memory notices, too", async () => {
  for (const [way, empty] of Object.entries(ways)) {
    if (way === "rm .dispatcher~0") continue;
    const directory = freshDirectory();
    const holder = Peer.start(directory);
    await holder.run(HOLD_MEMORY);
    empty(directory);
    assert.equal(await holder.run(MEMORY), false, way);
    const next = Peer.start(directory);
    assert.equal(await next.run(MEMORY), false, way);
    await next.end();
    await holder.end();
  }
});

test("waits go on through an emptying, and between processes that both put their names back", async () => {
  const directory = freshDirectory();
  const [one, two] = [Peer.start(directory), Peer.start(directory)];
  await one.run(`kept.go = rtshm.Event.create("go"); kept.wait = kept.go.wait(); return 1`);
  await two.run(`kept.go = rtshm.Event.open("go"); return 1`);
  rmSync(directory, { recursive: true });
  await two.run(OTHER);
  await one.run(OTHER);
  assert.deepEqual(names(directory), [".dispatcher~0", ".dispatcher~1", "go~0", "go~1"]);
  await two.run(`rtshm.Event.open("go").set(); return 1`);
  await one.run(`await kept.wait; return 1`);
  await one.end();
  await two.end();
});
