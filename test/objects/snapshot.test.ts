// Snapshots: values and versions, copies, structs that differ, wrong arguments, hostile bytes.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedMemory, Snapshot } from "rtshm";
import { array, bytes, f64, struct, u8, utf8 } from "rtshm/struct";
import { FIRST_SLOT_BYTES, SLOT_COUNT, SnapshotWord, slotBytes, snapshotBytes } from "#protocol/snapshot-layout";
import { descriptorFd } from "#kernel/process/descriptor-table";
import { HEADER_BYTES, StateWord } from "#protocol/object-header";
import { Mapping } from "#kernel/memory/mapping";
import type { Opened } from "#kernel/open";
import { ERROR_INVALID_HANDLE } from "../support/api.js";
import { freshName, win32Side } from "../support/sides.js";
import { Sensor, failsWith, startPeer, value } from "./snapshot-peer.js";
import { internalsOf } from "../support/internals.js";

const ZERO = { x: 0, y: 0, count: 0 };

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
  const words = internalsOf(snapshot).memory.words;
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

test("words that lie give an answer or an error, never another object's bytes", () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  snapshot.write(value(1));
  const words = internalsOf(snapshot).memory.words;
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

test("a state word that lies costs time, and nobody hangs or is told what is not", async () => {
  for (const state of [1, -1, 0x7fff_ffff, -0x8000_0000, 0]) {
    using snapshot = Snapshot.createUnnamed(Sensor);
    internalsOf(snapshot).changeSignal.words[StateWord.state] = state;
    assert.equal(await snapshot.changed({ timeoutMs: 10 }), undefined);
    assert.equal(snapshot.changedSync({ timeoutMs: 5 }), undefined);
    const pending = snapshot.changed();
    assert.equal(snapshot.write(value(1)), 1);
    assert.equal(await pending, 1);
  }
});

test("an object whose size or struct does not fit a snapshot is refused", () => {
  const name = freshName();
  using shm = SharedMemory.create(name, { size: 24 });
  assert.throws(() => Snapshot.open(name, Sensor), failsWith("ERROR_INVALID_HANDLE", /sharedMemory, not snapshot/));
  assert.equal(shm.size, 24);
  using snapshot = Snapshot.create(freshName(), Sensor);
  const { descriptor } = (snapshot as unknown as { opened: Opened }).opened;
  const header = new DataView(Mapping.create(descriptorFd(descriptor), 0, HEADER_BYTES, true, null).buffer);
  header.setUint32(40, FIRST_SLOT_BYTES, true); // sizeBytes: rounded up to the same pages
  assert.throws(() => Snapshot.attach(snapshot.describe(), Sensor), failsWith("ERROR_FILE_CORRUPT", /128 bytes.*640/));
  header.setUint32(40, snapshotBytes(24), true);
  header.setBigUint64(88, 0n, true); // no struct
  assert.throws(() => Snapshot.attach(snapshot.describe(), Sensor), failsWith("ERROR_FILE_CORRUPT"));
});
