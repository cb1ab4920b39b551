// Each operation of the classes in five situations: normal, while somebody waits, after close, after the owner's death, during exit.
import { namespaceDirectory } from "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { SharedObject } from "rtshm";
import { freshName } from "../support/sides.js";
import { namesOf, openObjects, operations, outcomeOf, type Objects } from "./operations.js";

const program = fileURLToPath(new URL("./operations-program.js", import.meta.url));
const closeAll = (objects: Objects): void => Object.values(objects).forEach((object: SharedObject) => object.close());
const sayings = (text: string): unknown[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

test("normally", async () => {
  for (const operation of operations) {
    const objects = openObjects(namesOf(freshName()));
    assert.deepEqual(await outcomeOf(operation, objects), operation.ready, operation.name);
    closeAll(objects);
  }
});

test("while somebody waits: it satisfies who it is meant for, and disturbs nobody else", async () => {
  for (const operation of operations) {
    const names = namesOf(freshName());
    const [mine, theirs] = [openObjects(names), openObjects(names)];
    theirs.event.reset();
    theirs.semaphore.acquireSync();
    const lock = theirs.mutex.acquireSync();
    theirs.ring.tryPop();
    for (const { snapshot } of [mine, theirs]) snapshot.read();
    const waits = {
      event: theirs.event.wait(),
      semaphore: theirs.semaphore.acquire(),
      mutex: theirs.mutex.acquire(),
      ring: theirs.ring.pop(),
      snapshot: theirs.snapshot.changed(),
    };
    const over = new Set<string>();
    for (const [name, wait] of Object.entries(waits)) void wait.then(() => over.add(name));
    assert.deepEqual(await outcomeOf(operation, mine), operation.idle, operation.name);
    if (operation.satisfies !== undefined) await waits[operation.satisfies];
    assert.deepEqual([...over], operation.satisfies === undefined ? [] : [operation.satisfies], operation.name);
    closeAll(mine);
    theirs.event.set();
    theirs.semaphore.release();
    theirs.ring.tryPush({ count: 9 });
    theirs.snapshot.write({ count: 9 });
    lock.release();
    await Promise.all(Object.values(waits));
    closeAll(theirs);
  }
});

test("after close: an error with a code, which does nothing to another handle of the object", async () => {
  for (const operation of operations) {
    const names = namesOf(freshName());
    const [closed, kept] = [openObjects(names), openObjects(names)];
    closeAll(closed);
    const expected = "closed" in operation ? operation.closed : "ERROR_INVALID_HANDLE";
    assert.deepEqual(await outcomeOf(operation, closed), expected, operation.name);
    assert.equal(kept.event.waitSync({ timeoutMs: 0 }), true);
    assert.equal(kept.semaphore.tryAcquire(), true);
    assert.equal(kept.memory.view.count, 7);
    assert.deepEqual(kept.ring.tryPop(), { count: 7 });
    assert.deepEqual(kept.snapshot.read(), { count: 7 });
    kept.mutex.acquireSync().release();
    closeAll(kept);
  }
});

test("after the death of the process that made the objects, owned the mutex, wrote the snapshot and had a slot of the ring in its hands", async (t) => {
  const label = freshName();
  const owner = spawn(process.execPath, [program, label, "own"], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => owner.kill("SIGKILL"));
  await once(owner.stdout, "data");
  const all = operations.map((operation) => ({
    operation,
    objects: openObjects(namesOf(`${label} ${operation.name}`)),
  }));
  owner.kill("SIGKILL");
  await once(owner, "exit");
  for (const { operation, objects } of all) {
    assert.equal(objects.event.created, false);
    const expected = operation.ready === "locked" ? "abandoned" : operation.ready;
    assert.deepEqual(await outcomeOf(operation, objects), expected, operation.name);
    closeAll(objects);
  }
});

// What an exit listener gets: results of calls that do not wait for the event loop.
const atExit = operations.map(({ awaits, ready }) => (awaits === true ? "promise" : (ready ?? null)));

test("in an exit listener of a process, which leaves no name behind", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, freshName()], { encoding: "utf8" });
  assert.equal(stderr, "");
  assert.deepEqual(sayings(stdout), [atExit]);
  assert.equal(status, 0);
  assert.deepEqual(
    readdirSync(namespaceDirectory).filter((entry) => !entry.startsWith(".")),
    [],
  );
});

test("in an exit listener of a worker, which leaves no name behind", async () => {
  const worker = new Worker(program, { workerData: freshName() });
  const ended = once(worker, "exit"); // it ends in the turn in which it speaks
  const [said] = (await once(worker, "message")) as unknown[];
  assert.deepEqual(said, atExit);
  await ended;
  assert.deepEqual(
    readdirSync(namespaceDirectory).filter((entry) => !entry.startsWith(".")),
    [],
  );
});
