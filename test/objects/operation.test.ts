// Errors carry the operation that the program called, whatever it is made of; and a name that is not found says where it was looked for.
import { namespaceDirectory } from "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { failure } from "#errors/rt-error";
import { Event, Mutex, Ring, RtError, Semaphore, SharedMemory, Snapshot, waitAny, waitAnySync } from "rtshm";
import { struct, u32 } from "rtshm/struct";
import { freshName } from "../support/sides.js";

const Item = struct("Item", { number: u32 });

function operationOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof RtError)) throw error;
    assert.ok(error.message.startsWith(error.operation), error.message);
    assert.ok(error.stack!.includes(error.message), error.stack);
    return error.operation;
  }
  return "nothing was thrown";
}

async function operationLater(promise: Promise<unknown>): Promise<string> {
  const [result] = await Promise.allSettled([promise]);
  return operationOf(() => {
    if (result.status === "rejected") throw result.reason;
  });
}

/** From now on the kernel fails in all that it does with the object. */
function fail(object: object): void {
  const { waitable } = object as { waitable: Record<string, unknown> };
  for (const method of ["set", "reset", "pulse", "release", "notify", "tryTake", "isReady"])
    if (typeof waitable[method] === "function")
      waitable[method] = () => {
        throw failure("ERROR_BUSY");
      };
}

test("where the kernel fails, the operation that was called is named", async () => {
  const event = Event.createUnnamed();
  const mutex = Mutex.createUnnamed();
  const semaphore = Semaphore.createUnnamed({ maximum: 9 });
  const ring = Ring.createUnnamed({ item: Item, capacity: 4 });
  const snapshot = Snapshot.createUnnamed(Item);
  const lock = mutex.acquireSync();
  const writer = snapshot.writer();
  for (const object of [event, mutex, semaphore, ring, snapshot]) fail(object);
  const calls: Readonly<Record<string, () => unknown>> = {
    "event.set": () => event.set(),
    "event.reset": () => event.reset(),
    "event.pulse": () => event.pulse(),
    "event.waitSync": () => event.waitSync({ timeoutMs: 1 }),
    "mutex.release": () => lock.release(),
    "mutex.tryAcquire": () => mutex.tryAcquire(),
    "mutex.acquireSync": () => mutex.acquireSync({ timeoutMs: 1 }),
    "semaphore.release": () => semaphore.release(),
    "semaphore.acquireSync": () => semaphore.acquireSync({ timeoutMs: 1 }),
    "semaphore.tryAcquire": () => semaphore.tryAcquire(),
    waitAnySync: () => waitAnySync([event, semaphore], { timeoutMs: 1 }),
    "ring.tryPush": () => ring.tryPush({ number: 1 }),
    "ring.pushSync": () => ring.pushSync({ number: 1 }),
    "ring.tryPushBatch": () => ring.tryPushBatch([{ number: 1 }]),
    "ring.tryPop": () => ring.tryPop(),
    "ring.popSync": () => ring.popSync(),
    "ring.popBatchSync": () => ring.popBatchSync(1),
    "snapshotWriter.write": () => writer.write({ number: 1 }),
    "snapshotWriter.publish": () => writer.publish(),
    "snapshot.write": () => snapshot.write({ number: 1 }),
    "snapshot.update": () => snapshot.update(() => undefined),
  };
  for (const [operation, act] of Object.entries(calls)) assert.equal(operationOf(act), operation);
  const later: Readonly<Record<string, () => Promise<unknown>>> = {
    "event.wait": () => event.wait({ timeoutMs: 1 }),
    "mutex.acquire": () => mutex.acquire({ timeoutMs: 1 }),
    "mutex.run": () => mutex.run(() => undefined, { timeoutMs: 1 }),
    "semaphore.acquire": () => semaphore.acquire({ timeoutMs: 1 }),
    "ring.push": () => ring.push({ number: 1 }),
  };
  for (const [operation, act] of Object.entries(later)) assert.equal(await operationLater(act()), operation);
});

test("a wait that a close ends is told of by the operation that was called", async () => {
  const event = Event.createUnnamed();
  const mutex = Mutex.createUnnamed();
  const ring = Ring.createUnnamed({ item: Item, capacity: 4 });
  const snapshot = Snapshot.createUnnamed(Item);
  mutex.acquireSync();
  const waits = {
    "event.wait": event.wait(),
    "mutex.acquire": mutex.acquire(),
    "mutex.run": mutex.run(() => undefined),
    "event.waitAny": waitAny([event, mutex]),
    "ring.pop": ring.pop(),
    "ring.popBatch": ring.popBatch(2),
    "ring.waitReadable": ring.waitReadable(),
    "ring.items": ring.items().next(),
    "snapshot.changed": snapshot.changed(),
    "snapshot.changes": snapshot.changes().next(),
  };
  const operations = Promise.all(Object.values(waits).map(operationLater));
  for (const object of [event, mutex, ring, snapshot]) object.close();
  assert.deepEqual(await operations, Object.keys(waits));
});

test("the side of a ring and the right to write a snapshot are refused to the operation that was called", async () => {
  const name = freshName();
  using first = Ring.create(name, { item: Item, capacity: 4, producers: "one", consumers: "one" });
  using second = Ring.open(name, { item: Item });
  first.tryPush({ number: 1 });
  first.tryPop();
  assert.equal(
    operationOf(() => second.tryPush({ number: 1 })),
    "ring.tryPush",
  );
  assert.equal(
    operationOf(() => second.tryClaim()),
    "ring.tryClaim",
  );
  assert.equal(
    operationOf(() => second.pushBatchSync([{ number: 1 }])),
    "ring.pushBatchSync",
  );
  assert.equal(await operationLater(second.push({ number: 1 })), "ring.push");
  assert.equal(await operationLater(second.pop()), "ring.pop");
  assert.equal(await operationLater(second.items().next()), "ring.items");
  using writing = Snapshot.createUnnamed(Item);
  using other = Snapshot.attach(writing.describe(), Item);
  writing.write({ number: 1 });
  assert.equal(
    operationOf(() => other.write({ number: 1 })),
    "snapshot.write",
  );
  assert.equal(
    operationOf(() => other.writer()),
    "snapshot.writer",
  );
});

test("each way to an object says which it was, and not found says where it was looked for", () => {
  const opens = [Event.open, Mutex.open, Semaphore.open, SharedMemory.open, Ring.open] as ((name: string) => unknown)[];
  for (const open of opens)
    assert.throws(
      () => open("nobody's"),
      (error) => {
        assert.ok(error instanceof RtError);
        assert.match(error.operation, /^[a-zA-Z]+\.open$/);
        assert.ok(error.message.includes(namespaceDirectory), error.message);
        return error.code === "ERROR_FILE_NOT_FOUND";
      },
    );
  assert.equal(
    operationOf(() => Mutex.create("a\\b")),
    "mutex.create",
  );
  assert.equal(
    operationOf(() => Event.openOrCreate("a\\b")),
    "event.openOrCreate",
  );
  assert.equal(
    operationOf(() => Semaphore.attach("nonsense")),
    "semaphore.attach",
  );
  assert.equal(
    operationOf(() => Snapshot.openOrCreate("a\\b", Item)),
    "snapshot.openOrCreate",
  );
});

test("forty waits with one AbortSignal cause no warning, all end, and the signal keeps no listener of a wait that ended", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  using event = Event.createUnnamed();
  using ring = Ring.createUnnamed({ item: Item, capacity: 4 });
  const aborter = new AbortController();
  let listeners = 0;
  for (const [method, change] of [
    ["addEventListener", 1],
    ["removeEventListener", -1],
  ] as const) {
    const real = aborter.signal[method].bind(aborter.signal);
    aborter.signal[method] = (type: string, listener: () => void) => {
      listeners += change;
      real(type, listener);
    };
  }
  for (let i = 0; i < 50; i++) await event.wait({ signal: aborter.signal, timeoutMs: 0.1 });
  assert.equal(listeners, 0, "one that lives long collects nothing");
  const waits = Array.from({ length: 40 }, (_, i) =>
    i % 2 === 0 ? event.wait({ signal: aborter.signal }) : ring.pop({ signal: aborter.signal }),
  );
  assert.equal(listeners, 1);
  event.set();
  await waits[0];
  const reason = new Error("enough");
  aborter.abort(reason);
  const ends = await Promise.allSettled(waits.slice(1));
  assert.ok(ends.every((end) => end.status === "rejected" && end.reason === reason));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  assert.deepEqual(warnings, []);
});
