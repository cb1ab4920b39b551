// Snapshots: values and versions, the one writer, copies, waits, what is refused, stopped and hostile neighbours.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Event, RtError, SharedMemory, Snapshot, waitAny, waitAnySync, type SharedObject } from "rtshm";
import { array, bytes, f64, struct, u8, utf8 } from "rtshm/struct";
import { FIRST_SLOT_BYTES, SLOT_COUNT, SnapshotWord, slotBytes, snapshotBytes } from "#data/snapshot-layout";
import { descriptorFd } from "#kernel/descriptor-table";
import { HEADER_BYTES } from "#kernel/layout";
import { Mapping } from "#kernel/mapping";
import type { Opened } from "#kernel/objects";
import { ERROR_INVALID_HANDLE } from "../support/api.js";
import { freshName, win32Side } from "../support/sides.js";
import { Sensor, startPeer, startWorkerPeer, type Peer } from "./snapshot-peer.js";
import { internalsOf } from "../support/internals.js";

const ZERO = { x: 0, y: 0, count: 0 };
const value = (n: number) => ({ x: n, y: -n, count: n });

const failsWith =
  (code: string, message = /./) =>
  (error: unknown) =>
    error instanceof RtError && error.code === code && message.test(error.message);

/** The shared bytes of a snapshot, behind its back. */
function dataOf(snapshot: SharedObject, type = Sensor): Int32Array {
  const { descriptor } = (snapshot as unknown as { opened: Opened }).opened;
  const sizeBytes = snapshotBytes(type.sizeBytes);
  return new Int32Array(Mapping.create(descriptorFd(descriptor), HEADER_BYTES, sizeBytes, true, "test", null).buffer);
}

test("before the first value a snapshot has version 0 and reads as zeros", () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  assert.equal(snapshot.version, 0);
  assert.deepEqual(snapshot.read(), ZERO);
  assert.equal(snapshot.copy().version, 0);
});

test("each value written is read whole, with versions that count from 1, also through another handle", () => {
  const name = freshName();
  using writing = Snapshot.create(name, Sensor);
  using reading = Snapshot.open(name, Sensor);
  const copy = reading.copy();
  const raw = new Uint8Array(Sensor.sizeBytes);
  for (let n = 1; n <= 3 * SLOT_COUNT; n++) {
    assert.equal(writing.write(value(n)), n);
    assert.deepEqual([reading.version, writing.version], [n, n]);
    assert.deepEqual([reading.read(), writing.read()], [value(n), value(n)]);
    assert.equal(reading.readInto(copy), n);
    assert.deepEqual([copy.version, copy.view.x, copy.get()], [n, n, value(n)]);
    assert.equal(reading.readInto(raw), n);
    assert.deepEqual(Sensor.read(raw.buffer), value(n));
  }
});

test("a copy stays as it is until it is refreshed, and says whether there was something newer", () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  const copy = snapshot.copy();
  assert.equal(copy.refresh(), false);
  snapshot.write(value(1));
  snapshot.write(value(2));
  assert.equal(copy.view.count, 0);
  assert.equal(copy.refresh(), true);
  assert.deepEqual([copy.version, copy.get()], [2, value(2)]);
  copy.view.count = 77;
  assert.equal(copy.refresh(), false);
  assert.equal(snapshot.read().count, 2, "stores to a copy are private");
});

test("update begins with the last value, whoever wrote it, and publishes nothing when it throws", () => {
  const name = freshName();
  using first = Snapshot.create(name, Sensor);
  first.write(value(5));
  const kept: unknown[] = [];
  assert.equal(
    first.update((view) => {
      kept.push(view);
      view.x += 1;
    }),
    2,
  );
  assert.deepEqual(first.read(), { ...value(5), x: 6 });
  const fails = (view: { x: number; y: number }): void => {
    view.y = 99;
    throw new Error("half-way");
  };
  assert.throws(() => first.update(fails), /half-way/);
  assert.deepEqual([first.version, first.read()], [2, { ...value(5), x: 6 }]);
  first.update(() => undefined);
  assert.equal(first.read().y, -5, "what the failed change stored is not in the next value");
  (kept[0] as { x: number }).x = 1234;
  assert.equal(first.read().x, 6, "a view kept from an update cannot change what was published");
  first.close();
  using second = Snapshot.openOrCreate(name, Sensor);
  assert.equal(second.created, true);
});

test("a value that does not fit is refused whole, and is not in the next one", () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  snapshot.write(value(1));
  const wrong: [unknown, RegExp][] = [
    [{ x: 1, y: 2 }, /Sensor\.count is missing/],
    [{ ...value(2), z: 1 }, /Sensor\.z does not exist/],
    [{ ...value(2), count: "2" }, /Sensor\.count is a u32: it must be a number/],
    [null, /must be an object/],
  ];
  for (const [bad, message] of wrong) assert.throws(() => snapshot.write(bad as never), message);
  assert.deepEqual([snapshot.version, snapshot.read()], [1, value(1)]);
  // Passes the check, then fails half-way: a value that is not the same each time it is looked at.
  let looks = 0;
  const sly = {
    x: 7,
    y: 7,
    get count(): number {
      if (++looks > 1) throw new Error("sly");
      return 7;
    },
  };
  assert.throws(() => snapshot.write(sly), /sly/);
  snapshot.update((view) => (view.count = 3));
  assert.deepEqual(snapshot.read(), { ...value(1), count: 3 });
});

test("a writer's draft is published when it is said so, and use inside update is refused", () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  using writer = snapshot.writer();
  writer.view.x = 4;
  assert.equal(snapshot.read().x, 0);
  assert.equal(writer.publish(), 1);
  assert.equal(snapshot.read().x, 4);
  assert.throws(() => writer.update(() => writer.write(value(1))), /write inside update/);
  const later: () => unknown = async () => undefined;
  assert.throws(() => writer.update(later), /must be done when it returns/);
  assert.deepEqual([snapshot.version, snapshot.read().x], [1, 4]);
  assert.throws(
    () => writer.update(() => writer.close()),
    failsWith("ERROR_INVALID_HANDLE", /the writer is closed/),
    "closed by the function",
  );
  assert.equal(snapshot.version, 1);
  assert.equal(snapshot.write(value(2)), 2, "the handle claims it again");
  assert.throws(() => snapshot.update(() => snapshot.close()), failsWith("ERROR_INVALID_HANDLE"));
});

test("a snapshot lives as long as any process holds it, and is none of the Rt functions' objects", async (t) => {
  const name = freshName();
  const snapshot = Snapshot.create(name, Sensor);
  const peer = await startPeer(t, name);
  snapshot.write(value(1));
  snapshot.close();
  const again = Snapshot.open(name, Sensor);
  assert.deepEqual([again.version, again.read()], [1, value(1)]);
  const { rt } = win32Side;
  for (const open of ["RtOpenEvent", "RtOpenMutex", "RtOpenSemaphore"] as const)
    assert.deepEqual([rt[open](0x1f0003, false, name), rt.GetLastError()], [null, ERROR_INVALID_HANDLE]);
  assert.equal(rt.attach(again.describe()), null);
  again.close();
  await peer.kill();
  assert.throws(() => Snapshot.open(name, Sensor), failsWith("ERROR_FILE_NOT_FOUND"));
});

test("one writer: a second is refused, in this thread, in another one and in another process, saying who writes", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  using other = Snapshot.open(name, Sensor);
  const peer = await startPeer(t, name);
  const thread = await startWorkerPeer(t, name);
  const writer = snapshot.writer();
  const own = failsWith("ERROR_SHARING_VIOLATION", /this thread writes it already/);
  assert.throws(() => snapshot.writer(), own);
  assert.throws(() => other.writer(), own);
  assert.throws(() => other.write(value(1)), own);
  assert.match(await peer.write(1), new RegExp(`ERROR_SHARING_VIOLATION.*process ${process.pid} writes it`));
  assert.match(await thread.write(1), /ERROR_SHARING_VIOLATION.*another thread of this process writes it/);
  assert.equal(writer.write(value(1)), 1);
  writer.close();
  writer.close();
  assert.throws(() => writer.write(value(2)), failsWith("ERROR_INVALID_HANDLE"));
  assert.throws(() => writer.view, failsWith("ERROR_INVALID_HANDLE"));
  assert.equal(await peer.write(2), "2");
  assert.throws(() => other.write(value(1)), failsWith("ERROR_SHARING_VIOLATION", new RegExp(`process ${peer.pid} `)));
  assert.deepEqual(other.read(), value(2));
  await peer.close();
  assert.equal(await thread.write(3), "3", "closing the handle ends the claim");
});

test("a writer that was killed, or whose thread was ended, is replaced, and versions go on", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  const ends: ((peer: Peer) => Promise<void>)[] = [(peer) => peer.kill(), (peer) => peer.exit(), (peer) => peer.kill()];
  for (const [i, end] of ends.entries()) {
    const peer = i === 2 ? await startWorkerPeer(t, name) : await startPeer(t, name);
    const version = await peer.write(10 + i);
    assert.throws(() => snapshot.writer(), failsWith("ERROR_SHARING_VIOLATION"));
    await end(peer);
    assert.deepEqual(snapshot.read(), value(10 + i));
    using writer = snapshot.writer();
    assert.equal(
      writer.update((view) => (view.x += 0.5)),
      Number(version) + 1,
    );
    assert.deepEqual(snapshot.read(), { ...value(10 + i), x: 10.5 + i });
  }
});

test("of many that find a dead writer one replaces it", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  const peers = await Promise.all(Array.from({ length: 3 }, () => startPeer(t, name)));
  const dead = await startPeer(t, name);
  await dead.write(1);
  await dead.kill();
  const answers = await Promise.all(peers.map((peer) => peer.write(2)));
  assert.equal(answers.filter((answer) => answer === "2").length, 1, answers.join("\n"));
  assert.equal(answers.filter((answer) => answer.startsWith("ERROR_SHARING_VIOLATION")).length, 2);
  assert.equal(snapshot.version, 2);
});

test("changed resolves when the version is another than since, at once or later, from any process", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  const peer = await startPeer(t, name);
  const pending = snapshot.changed();
  assert.equal(await peer.write(1), "1");
  assert.equal(await pending, 1);
  assert.equal(await snapshot.changed(), 1, "it was not read yet");
  assert.equal(await snapshot.changed({ since: 0 }), 1);
  snapshot.read();
  assert.equal(await snapshot.changed({ timeoutMs: 5 }), undefined);
  assert.equal(await snapshot.changed({ since: 7 }), 1, "any other version counts");
  const both = [snapshot.changed({ since: 1 }), snapshot.changed()];
  await peer.write(2);
  assert.deepEqual(await Promise.all(both), [2, 2]);
  assert.equal(await peer.write(3), "3");
  assert.deepEqual([snapshot.changedSync({ since: 2 }), snapshot.changedSync()], [3, 3]);
  snapshot.read();
  assert.equal(snapshot.changedSync({ timeoutMs: 3 }), undefined);
  void peer.write(4);
  assert.equal(snapshot.changedSync(), 4);
});

test("waits of different handles, threads and processes are all told of one value", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  using other = Snapshot.open(name, Sensor);
  const peers = [await startPeer(t, name), await startWorkerPeer(t, name), await startPeer(t, name)];
  for (let n = 1; n <= 50; n++) {
    const waits = [...peers.map((peer) => peer.changed(n - 1)), other.changed({ since: n - 1 }).then(String)];
    snapshot.write(value(n));
    assert.deepEqual(await Promise.all(waits), Array(4).fill(String(n)));
  }
});

test("a wait whose version is already here is not fooled by the wake-up for it", async () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  const early = snapshot.changed({ since: 0 });
  snapshot.write(value(1));
  const late = snapshot.changed({ since: 1, timeoutMs: 30 });
  assert.equal(await early, 1);
  assert.equal(await late, undefined);
  // The wake-up of those who wait, without anything new.
  const fooled = snapshot.changed({ since: 1, timeoutMs: 60_000 });
  await turn();
  internalsOf(snapshot).changeSignal.notify();
  await turn();
  snapshot.write(value(2));
  assert.equal(await fooled, 2);
});

test("changes() gives the newest value each time and ends with the signal's reason or with the snapshot", async () => {
  const name = freshName();
  const snapshot = Snapshot.create(name, Sensor);
  using writing = Snapshot.open(name, Sensor);
  writing.write(value(1));
  const controller = new AbortController();
  const reason = new Error("enough");
  const seen: number[] = [];
  const loop = (async () => {
    for await (const { count } of snapshot.changes({ signal: controller.signal })) seen.push(count);
  })();
  for (let n = 2; n <= 9; n += 2) {
    while (seen.at(-1) !== n - 1) await turn();
    writing.write(value(n)); // in one turn: this one is missed
    writing.write(value(n + 1));
  }
  while (seen.at(-1) !== 9) await turn();
  assert.deepEqual(seen, [1, 3, 5, 7, 9]);
  controller.abort(reason);
  await assert.rejects(loop, (error) => error === reason);
  const next = snapshot.changes({ since: 9 }).next();
  await turn();
  snapshot.close();
  await assert.rejects(next, failsWith("ERROR_INVALID_HANDLE"));
});

test("waitAny: a snapshot is signalled while it has a value that the handle has not read", async () => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  using writing = Snapshot.open(name, Sensor);
  using stop = Event.createUnnamed();
  assert.equal(waitAnySync([stop, snapshot], { timeoutMs: 0 }).timedOut, true);
  const pending = waitAny([stop, snapshot]);
  writing.write(value(1));
  assert.equal((await pending).index, 1);
  assert.equal(waitAnySync([stop, snapshot]).index, 1, "until it is read");
  snapshot.read();
  assert.equal((await waitAny([stop, snapshot], { timeoutMs: 5 })).timedOut, true);
});

test("an aborted wait rejects with the signal's reason, one that closing ends with ERROR_INVALID_HANDLE", async () => {
  const snapshot = Snapshot.createUnnamed(Sensor);
  const controller = new AbortController();
  const reason = new Error("no longer");
  const aborted = snapshot.changed({ signal: controller.signal });
  const closed = [snapshot.changed(), snapshot.changed({ since: 0, timeoutMs: 60_000 }), waitAny([snapshot])];
  controller.abort(reason);
  await assert.rejects(aborted, (error) => error === reason);
  await assert.rejects(snapshot.changed({ signal: controller.signal }), (error) => error === reason);
  snapshot.close();
  for (const wait of closed) await assert.rejects(wait, failsWith("ERROR_INVALID_HANDLE"));
});

test("another struct than the creator's is refused with both sides, and nothing stays open", () => {
  const name = freshName();
  const snapshot = Snapshot.create(name, Sensor);
  const Other = struct("Sensor", { x: f64, y: f64, count: f64 });
  const says = failsWith(
    "ERROR_INVALID_DATA",
    /creator: Sensor of 24 bytes; you: Sensor of 24.*"16 u32 count" there, "16 f64 count" here/,
  );
  assert.throws(() => Snapshot.open(name, Other), says);
  assert.throws(() => Snapshot.openOrCreate(name, Other), says);
  assert.throws(() => Snapshot.attach(snapshot.describe(), Other), says);
  snapshot.close();
  assert.throws(() => Snapshot.open(name, Sensor), failsWith("ERROR_FILE_NOT_FOUND"));
});

test("wrong arguments are refused before anything happens", async () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  const Other = struct("Other", { x: f64 });
  using other = Snapshot.createUnnamed(Other);
  const wrong: [() => unknown, RegExp][] = [
    [() => Snapshot.create(freshName(), undefined as never), /type must be a struct/],
    [() => Snapshot.create(freshName(), { size: 8 } as never), /type must be a struct/],
    [() => snapshot.readInto(other.copy() as never), /target must be a copy of a Sensor, not of a Other/],
    [() => snapshot.readInto(new Uint8Array(8)), /target must have 24 bytes, as Sensor has, not 8/],
    [() => snapshot.readInto({} as never), /target must be what copy\(\) gave, or a Uint8Array/],
    [() => snapshot.changed({ since: -1 }), /since must be an integer from 0/],
    [() => snapshot.changed({ since: "1" as unknown as number }), /since must be a number, not string "1"/],
    [() => snapshot.changed({ before: 1 } as object), /no option before: there are signal, ref, timeoutMs, since/],
    [() => snapshot.changedSync({ since: 0.5 }), /since must be an integer/],
    [() => snapshot.changed({ timeoutMs: -1 }), /timeoutMs must be 0 or more/],
  ];
  for (const [call, message] of wrong) await assert.rejects(async () => call(), message);
});

test("structs of any size and alignment go through unchanged", () => {
  for (const length of [1, 7, 64, 127, 128, 129, 1000, 100_000]) {
    const Blob = struct("Blob", { data: bytes(length) });
    using snapshot = Snapshot.createUnnamed(Blob);
    const data = Uint8Array.from({ length }, (_, i) => i * 7 + length);
    snapshot.write({ data });
    assert.deepEqual(snapshot.read().data, data);
    assert.equal(slotBytes(length) % 128, 0);
  }
  const Mixed = struct("Mixed", { name: utf8(10), flags: array(u8, 3), nested: Sensor });
  using snapshot = Snapshot.createUnnamed(Mixed);
  const mixed = { name: "Müller", flags: [1, 2, 3], nested: value(3) };
  snapshot.write(mixed);
  assert.deepEqual(snapshot.read(), mixed);
});

test("versions go on beyond 32 bits", async () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  const words = dataOf(snapshot);
  words[SnapshotWord.published] = -6;
  for (let slot = 0; slot < SLOT_COUNT; slot++) words[SnapshotWord.versionHigh + slot] = 4;
  const start = 4 * 2 ** 32 + 2 ** 32 - 6;
  assert.equal(snapshot.version, start);
  const copy = snapshot.copy();
  for (let n = 1; n <= 20; n++) {
    const since = snapshot.version;
    const pending = snapshot.changed({ since });
    assert.equal(snapshot.write(value(n)), start + n);
    assert.deepEqual([snapshot.version, await pending, snapshot.read()], [start + n, start + n, value(n)]);
    assert.equal(copy.refresh(), true);
    assert.deepEqual([copy.version, copy.view.count], [start + n, n]);
  }
  assert.equal(await snapshot.changed({ since: snapshot.version - 2 ** 32 }), start + 20, "the high word counts");
});

test("words that lie give an answer or an error, never another object's bytes", () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  snapshot.write(value(1));
  const words = dataOf(snapshot);
  for (const published of [1, -1, 0x7fff_ffff, -0x8000_0000, 0x1234_5677])
    for (const high of [0, -1, 0x7fff_ffff]) {
      words[SnapshotWord.published] = published;
      for (let slot = 0; slot < SLOT_COUNT; slot++) words[SnapshotWord.versionHigh + slot] = high;
      assert.ok(snapshot.version >= 0);
      assert.ok([0, 1].includes(snapshot.read().count));
      snapshot.write(value(1));
    }
  words[SnapshotWord.writer] = 0x3fff_ffff; // somebody else, who does not exist
  assert.throws(() => snapshot.write(value(9)), failsWith("ERROR_SHARING_VIOLATION", /name another writer/));
  words[SnapshotWord.writer] = -1;
  using second = Snapshot.attach(snapshot.describe(), Sensor);
  assert.equal(second.writer().isClosed, false, "a writer that does not exist is replaced");
});

test("an object whose size or struct does not fit a snapshot is refused", () => {
  const name = freshName();
  using shm = SharedMemory.create(name, { size: 24 });
  assert.throws(() => Snapshot.open(name, Sensor), failsWith("ERROR_INVALID_HANDLE", /sharedMemory, not snapshot/));
  assert.equal(shm.size, 24);
  using snapshot = Snapshot.create(freshName(), Sensor);
  const { descriptor } = (snapshot as unknown as { opened: Opened }).opened;
  const header = new DataView(Mapping.create(descriptorFd(descriptor), 0, HEADER_BYTES, true, "test", null).buffer);
  header.setUint32(40, FIRST_SLOT_BYTES, true); // sizeBytes: rounded up to the same pages
  assert.throws(() => Snapshot.attach(snapshot.describe(), Sensor), failsWith("ERROR_FILE_CORRUPT", /128 bytes.*640/));
  header.setUint32(40, snapshotBytes(24), true);
  header.setBigUint64(88, 0n, true); // no struct
  assert.throws(() => Snapshot.attach(snapshot.describe(), Sensor), failsWith("ERROR_FILE_CORRUPT"));
});

test("a writer stopped in the middle of a value holds up nobody, and what it wrote before is read at the first attempt", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  for (const step of ["snapshot.slot", "snapshot.copied"]) {
    const version = snapshot.version;
    const peer = await startPeer(t, name, { RTSHM_STEP: `${step}:stop:2` });
    assert.equal(await peer.write(version + 1), String(version + 1));
    void peer.write(version + 2);
    await peer.stopped();
    for (let i = 0; i < 1000; i++) assert.equal(snapshot.read().count, version + 1);
    assert.throws(() => snapshot.writer(), failsWith("ERROR_SHARING_VIOLATION"), "it lives");
    const pending = snapshot.changed({ since: version + 1 });
    peer.signal("SIGCONT");
    assert.equal(await pending, version + 2);
    assert.deepEqual(snapshot.read(), value(version + 2));
    await peer.kill();
  }
});

test("a process stopped inside the dispatcher lock does not hold up the writer", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  const waiter = await startPeer(t, name);
  const told = waiter.changed(0);
  await waiter.hasBegun();
  const holder = await startPeer(t, name, { RTSHM_STEP: "wait.enqueued:stop" });
  void holder.changed(0);
  await holder.stopped();
  for (let n = 1; n <= 100; n++) assert.equal(snapshot.write(value(n)), n);
  assert.deepEqual(snapshot.read(), value(100));
  holder.signal("SIGCONT");
  assert.equal(await told, "100");
});

const program = (wait: string): string => `
  import { Snapshot } from "rtshm";
  import { struct, u32 } from "rtshm/struct";
  const snapshot = Snapshot.createUnnamed(struct("S", { a: u32 }));
  ${wait}
  console.log("waiting");
`;

async function endingOf(t: { after: (end: () => void) => void }, wait: string): Promise<"ended" | "alive"> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program(wait)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  return Promise.race([
    ended.then(() => "ended" as const),
    new Promise<"alive">((resolve) => setTimeout(() => resolve("alive"), 500)),
  ]);
}

test("a wait keeps the process alive, unless the snapshot or the wait is unref'd", async (t) => {
  assert.equal(await endingOf(t, "snapshot.changed();"), "alive");
  assert.equal(await endingOf(t, "snapshot.unref().changed();"), "ended");
  assert.equal(await endingOf(t, "snapshot.changed({ ref: false });"), "ended");
  assert.equal(await endingOf(t, "snapshot.changes().next();"), "alive");
});
