// What happens when a program copies, sends, prints or makes an object by hand: the sensible thing, or an error with a sentence. Never a
// copy of what it is made of, and never something that looks like an object and is none.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker, isMainThread } from "node:worker_threads";
import { test } from "node:test";
import { Event, Mutex, Ring, RtError, Semaphore, SharedMemory, Snapshot } from "rtshm";
import { struct, u32 } from "rtshm/struct";
import { freshName } from "../support/sides.js";

const Item = struct("Item", { number: u32 });
const SAID = ["handle", "name", "created"];

if (process.argv[2] !== "child" && isMainThread) {
  const snapshot = Snapshot.createUnnamed(Item);
  const ring = Ring.createUnnamed({ item: Item, capacity: 4 });
  const mutex = Mutex.createUnnamed();
  const lock = mutex.acquireSync();
  const objects: Readonly<Record<string, [object: object, keys: readonly string[]]>> = {
    Event: [Event.createUnnamed(), [...SAID, "manualReset"]],
    Mutex: [mutex, SAID],
    Semaphore: [Semaphore.createUnnamed(), [...SAID, "maximum"]],
    SharedMemory: [SharedMemory.createUnnamed(Item), SAID],
    Ring: [ring, SAID],
    Snapshot: [snapshot, [...SAID, "type"]],
  };
  const parts: Readonly<Record<string, object>> = {
    lock,
    writer: snapshot.writer(),
    copy: snapshot.copy(),
    claim: ring.tryClaim()!,
  };
  const all = [...Object.values(objects).map(([object]) => object), ...Object.values(parts)];

  test("keys, spreading and JSON show what an object is, not what it is made of", () => {
    for (const [name, [object, keys]] of Object.entries(objects)) {
      assert.deepEqual(Object.keys(object), keys, name);
      assert.deepEqual(Object.keys({ ...object }), keys, name);
      assert.deepEqual(JSON.parse(JSON.stringify(object)), { name: null, created: true, isClosed: false });
    }
    snapshot.write({ number: 7 });
    const copy = snapshot.copy();
    assert.equal(JSON.stringify({ copy, claim: parts["claim"] }), '{"copy":{"number":7},"claim":{"length":1}}');
  });

  test("cloning and sending are refused with a sentence", () => {
    const { port1, port2 } = new MessageChannel();
    const refused = { name: "DataCloneError", message: /stays in its thread: (send|open|acquire) / };
    for (const object of all) {
      assert.throws(() => structuredClone(object), refused);
      assert.throws(() => structuredClone({ ...object }), refused);
      assert.throws(() => port1.postMessage({ object }), refused);
      assert.throws(() => new Worker("0", { eval: true, workerData: object }), refused);
    }
    port1.close();
    port2.close();
  });

  test("process.send refuses what is sent as advanced, and sends as JSON what the object is", async () => {
    const child = fork(fileURLToPath(import.meta.url), ["child"], { serialization: "advanced" });
    assert.throws(() => child.send(mutex), /stays in its thread/);
    child.kill();
    await once(child, "exit");
    const plain = fork(fileURLToPath(import.meta.url), ["child"]);
    plain.send(mutex);
    const [answer] = (await once(plain, "message")) as [unknown];
    assert.deepEqual(answer, { name: null, created: true, isClosed: false });
    plain.kill();
    await once(plain, "exit");
  });

  test("new says how objects are made", () => {
    for (const Class of [Event, Mutex, Semaphore, SharedMemory, Ring, Snapshot] as unknown as (new (
      name?: string,
    ) => unknown)[])
      for (const make of [() => new Class(), () => new Class("a name")])
        assert.throws(make, { name: "TypeError", message: new RegExp(`${Class.name}\\.create, open, openOrCreate`) });
  });

  test("openOrCreate refuses an existing event or semaphore that is another than the options say", () => {
    const isRefused = (error: unknown): boolean =>
      error instanceof RtError && error.code === "ERROR_INVALID_DATA" && /creator: .*; you: /.test(error.message);
    const name = freshName();
    using event = Event.create(name, { manualReset: true });
    assert.throws(() => Event.openOrCreate(name, { manualReset: false }), isRefused);
    for (const options of [{}, { manualReset: true }, { signalled: true }]) Event.openOrCreate(name, options).close();
    assert.equal(event.waitSync({ timeoutMs: 0 }), false, "signalled is for a new one");
    const other = freshName();
    using semaphore = Semaphore.create(other, { initial: 1, maximum: 3 });
    assert.throws(() => Semaphore.openOrCreate(other, { maximum: 9 }), isRefused);
    for (const options of [{}, { maximum: 3 }, { initial: 3 }]) Semaphore.openOrCreate(other, options).close();
    assert.deepEqual([semaphore.tryAcquire(), semaphore.tryAcquire()], [true, false]);
  });
} else if (process.argv[2] === "child") process.on("message", (message) => process.send?.(message));
