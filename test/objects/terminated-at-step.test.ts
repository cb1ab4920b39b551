// A worker that is terminated in the middle of opening or closing an object, at each named step: nothing of it stays in the process.
import { namespaceDirectory } from "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Event, Ring, SharedMemory } from "rtshm";
import { freshName } from "../support/sides.js";

const descriptors = (): number => readdirSync("/proc/self/fd").length;
const links = (): string[] => readdirSync(namespaceDirectory).filter((link) => link !== ".lock" && link !== ".stamp");

// In place of the kill at the step: says that it is there, and stays until it is terminated.
const PROGRAM = `
  const { workerData: { there, kind, name } } = require("node:worker_threads");
  process.kill = () => { for (Atomics.store(there, 0, 1);;); };
  import("rtshm").then(({ Event, Ring, SharedMemory }) => {
    const open = {
      event: () => Event.openOrCreate(name),
      ring: () => Ring.openOrCreate(name, { messageBytes: 8, capacity: 4 }),
      memory: () => SharedMemory.openOrCreate(name, { size: 8 }),
    };
    open[kind]().close();
  });`;

async function terminateAt(step: string, data: { kind: string; name: string }): Promise<void> {
  const there = new Int32Array(new SharedArrayBuffer(4));
  const env = { ...process.env, RTSHM_STEP: step };
  const worker = new Worker(PROGRAM, { eval: true, env, workerData: { ...data, there } });
  while (there[0] === 0) await turn();
  const ended = once(worker, "exit");
  void worker.terminate();
  await ended;
}

const makers = {
  event: (name: string) => Event.openOrCreate(name),
  ring: (name: string) => Ring.openOrCreate(name, { messageBytes: 8, capacity: 4 }),
  memory: (name: string) => SharedMemory.openOrCreate(name, { size: 8 }),
};
const kinds = Object.keys(makers) as (keyof typeof makers)[];

for (const step of ["made", "linked", "closing", "unlinked", "closed"])
  test(`a worker terminated at registry.${step} leaves no descriptor and no link`, async () => {
    const keep = Event.create(freshName("keep"));
    const before = [descriptors(), links().length];
    for (const kind of kinds) {
      const name = freshName(kind);
      await terminateAt(`registry.${step}`, { kind, name });
      makers[kind](freshName("next")).close(); // who opens next collects, if the thread's end did not
      assert.deepEqual([descriptors(), links().length], before, kind);
      using again = makers[kind](name);
      assert.equal(again.created, true);
    }
    keep.close();
    assert.deepEqual(links(), [".dispatcher~0"], "the process keeps the dispatcher until it ends, and nothing else");
  });

test("what others of the process hold lives on when a worker is terminated at the close of its own handle", async () => {
  using keep = Event.create(freshName("keep"));
  for (const kind of kinds) {
    const name = freshName(kind);
    const held = makers[kind](name);
    const before = [descriptors(), links().length];
    await terminateAt("registry.closed", { kind, name });
    makers[kind](freshName("next")).close();
    assert.deepEqual([descriptors(), links().length], before, kind);
    const again = makers[kind](name);
    assert.equal(again.created, false, `${kind} is there as long as it is held`);
    again.close();
    held.close();
    using next = makers[kind](name);
    assert.equal(next.created, true);
  }
  assert.equal(keep.isClosed, false);
});
