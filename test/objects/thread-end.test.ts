// The end of a worker closes what it opened, however it ends, while the process lives on.
import { namespaceDirectory } from "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Event, Mutex, Semaphore, SharedMemory } from "rtshm";
import { freshName } from "../support/sides.js";
import type { Holding } from "./holding-thread.js";

const program = new URL("./holding-thread.js", import.meta.url);

async function start(holding: Holding): Promise<{ worker: Worker; described: string[]; ended: Promise<unknown> }> {
  const worker = new Worker(program, { workerData: holding });
  const ended = once(worker, "exit"); // it may end in the same turn as it speaks
  const [described] = (await once(worker, "message")) as [string[]];
  return { worker, described, ended };
}

const links = (): string[] => readdirSync(namespaceDirectory).filter((entry) => !entry.startsWith("."));
const descriptors = (): number => readdirSync("/proc/self/fd").length;
const mappings = (): number => readFileSync("/proc/self/maps", "utf8").match(/memfd:rtshm/g)?.length ?? 0;

for (const end of ["falls", "exits", "closes", "terminated"] as const) {
  test(`a worker that ${end === "terminated" ? "is terminated" : end} leaves no name, descriptor or mapping behind`, async () => {
    const name = freshName("worker");
    using kept = Event.create(freshName("kept")); // this thread is attached before and after
    const before = [descriptors(), mappings()];
    const { worker, described, ended } = await start({ name, end: end === "terminated" ? "stays" : end });
    if (end === "terminated") void worker.terminate();
    await ended;
    assert.deepEqual(
      links().filter((link) => link.includes("worker")),
      [],
    );
    assert.throws(() => SharedMemory.attach(described[1]!), { code: "ERROR_FILE_NOT_FOUND" });
    assert.throws(() => Event.open(`${name} event`), { code: "ERROR_FILE_NOT_FOUND" });
    assert.deepEqual([descriptors(), mappings()], before);
    assert.equal(kept.waitSync({ timeoutMs: 0 }), false);
  });
}

test("what another thread holds of the same objects lives on, and a mutex that the worker held is abandoned", async () => {
  const name = freshName("worker");
  for (const end of ["exits", "terminated"] as const) {
    using memory = SharedMemory.create(`${name} memory`, { size: 4096 });
    using mutex = Mutex.create(`${name} mutex`);
    using semaphore = Semaphore.create(`${name} semaphore`);
    const { worker, ended } = await start({ name, end: end === "exits" ? "exits" : "stays" });
    const lock = mutex.acquire();
    if (end === "terminated") void worker.terminate();
    await ended;
    assert.equal((await lock).abandoned, true);
    (await lock).release();
    for (const object of [memory, mutex, semaphore])
      assert.ok(
        links().some((link) => decodeURIComponent(link).startsWith(`${object.name!}~`)),
        object.name!,
      );
    SharedMemory.open(`${name} memory`).close();
    semaphore.release();
    assert.equal(semaphore.tryAcquire(), true);
  }
});

test("a wait for what a terminated worker held goes on through the other handle", async () => {
  const name = freshName("worker");
  using event = Event.create(`${name} event`);
  const pending = event.wait();
  const { worker, ended } = await start({ name, end: "stays" });
  void worker.terminate();
  await ended;
  using same = Event.open(`${name} event`);
  same.set();
  assert.equal(await pending, true);
});

test("exit listeners of a worker still use its objects", async () => {
  using event = Event.create(freshName("at exit"));
  for (const end of ["falls", "exits"] as const) {
    const { ended } = await start({ name: freshName("worker"), end, setAtExit: event.name! });
    await ended;
    assert.equal(event.waitSync({ timeoutMs: 0 }), true, end);
  }
});

/** Has a process that does not load the library start the program, do something, and print. */
function printedBy(end: Holding["end"], then: string): string {
  const code = `
    import { readdirSync } from "node:fs";
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    const links = () => readdirSync(process.env.RTSHM_DIR).filter((link) => !link.startsWith("."));
    const data = { name: "alone", end: ${JSON.stringify(end)} };
    const worker = new Worker(new URL(${JSON.stringify(program.href)}), { workerData: data, execArgv: [] });
    const ended = once(worker, "exit");
    await once(worker, "message");
    ${then}`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout;
}

test("a worker that ends by itself closes what it opened also where its process does not load the library", () => {
  for (const end of ["falls", "exits"] as const)
    assert.equal(printedBy(end, `await ended; console.log(links());`), "[]\n", end);
});

test("what a terminated worker held is given back by whoever opens an object next", () => {
  const then = `
    await worker.terminate();
    const { Event } = await import("rtshm");
    console.log(links().length, Event.create("alone event").created, links().length);
    process.exit();`;
  assert.equal(printedBy("stays", then), "6 true 1\n");
});

test("many workers that are terminated at any moment leave nothing", async () => {
  const before = descriptors();
  for (let i = 0; i < 12; i++) {
    const worker = new Worker(program, { workerData: { name: freshName("worker"), end: "stays" } satisfies Holding });
    const ended = once(worker, "exit");
    if (i % 3 !== 0) await once(worker, "message");
    void worker.terminate();
    await ended;
  }
  using event = Event.create(freshName("next"));
  assert.equal(event.created, true);
  event.close();
  assert.equal(descriptors(), before);
});
