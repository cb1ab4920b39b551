// Words of rings and snapshots that are damaged while somebody waits, and headers damaged under who holds the object: the error reaches who asked,
// and nothing stays behind of what failed.
import { namespaceDirectory } from "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { Event, Ring, RtError, Semaphore, Snapshot, waitAny, waitAnySync } from "rtshm";
import { struct, u32 } from "rtshm/struct";
import { RingWord } from "#protocol/ring-layout";
import { SnapshotWord } from "#protocol/snapshot-layout";
import { HeaderOffset } from "#protocol/object-header";
import { pendingCount } from "#kernel/waits/pending-waits";
import { headerOf, wordsOf } from "../data/ring-bytes.js";
import { internalsOf, setCondition } from "../support/internals.js";
import { freshName } from "../support/sides.js";

const OPTIONS = { messageBytes: 8, capacity: 4 };
const isDamage = (error: unknown): boolean => error instanceof RtError && error.code === "ERROR_FILE_CORRUPT";

test("a wait under way that finds its ring damaged rejects with that, and leaves no place in a queue", async () => {
  using ring = Ring.createUnnamed(OPTIONS);
  using semaphore = Semaphore.createUnnamed();
  const { words, unmap } = wordsOf(ring);
  const before = pendingCount();
  const waits = [ring.pop(), ring.waitReadable({ timeoutMs: 60_000 }), waitAny([semaphore, ring])];
  assert.equal(pendingCount(), before + 3);
  words[RingWord.tail] = 77;
  words[RingWord.head] = 99;
  for (const wait of waits) await assert.rejects(wait, isDamage);
  assert.equal(pendingCount(), before);
  semaphore.release();
  assert.equal(semaphore.tryAcquire(), true, "nobody took it along");
  unmap();
});

test("damage that is found when the wait is in the queue leaves no place there, blocking or not", async () => {
  using ring = Ring.createUnnamed(OPTIONS);
  using event = Event.createUnnamed();
  const before = pendingCount();
  setCondition(ring, () => {
    if (pendingCount() === before) return false;
    event.set(); // granted, when the wait is for it too
    throw new RtError("ERROR_FILE_CORRUPT", "test", null);
  });
  await assert.rejects(ring.waitReadable(), isDamage);
  assert.throws(() => ring.popSync(), isDamage);
  assert.equal(event.waitSync({ timeoutMs: 0 }), true);
  assert.throws(() => waitAnySync([event, ring]), isDamage);
  assert.equal(event.waitSync({ timeoutMs: 0 }), true, "what was granted is put back");
  assert.equal(pendingCount(), before);
});

test("damage that is found when the wait has ended is that wait's error", async () => {
  using ring = Ring.createUnnamed(OPTIONS);
  using event = Event.createUnnamed();
  let isDamaged = false;
  setCondition(ring, () => {
    if (isDamaged) throw new RtError("ERROR_FILE_CORRUPT", "test", null);
    return false;
  });
  const before = pendingCount();
  const wait = waitAny([ring, event]);
  isDamaged = true;
  ring.tryClaim()?.abandon(); // wakes it
  await assert.rejects(wait, isDamage);
  assert.equal(pendingCount(), before);
});

test("a version that no writer reaches is waited on from like any other", async () => {
  using snapshot = Snapshot.createUnnamed(struct("Value", { number: u32 }));
  const { words } = internalsOf(snapshot).memory;
  words[SnapshotWord.published] = 1;
  words[SnapshotWord.versionHigh + 1] = 0x7fff_ffff;
  assert.deepEqual(snapshot.read(), { number: 0 });
  assert.equal(await snapshot.changed({ timeoutMs: 1 }), undefined);
  assert.equal(snapshot.changedSync({ timeoutMs: 1 }), undefined);
});

test("an open that is refused because the header is damaged keeps nothing of the object", () => {
  const name = freshName("header");
  const ring = Ring.create(name, OPTIONS);
  const description = ring.describe();
  const { words, unmap } = headerOf(ring);
  const at = HeaderOffset.layoutVersion / 4;
  const version = words[at]!;
  words[at] = 99;
  assert.throws(() => Ring.open(name), isDamage);
  assert.throws(() => Ring.attach(description), isDamage);
  words[at] = version;
  unmap();
  ring.close();
  assert.deepEqual(
    readdirSync(namespaceDirectory).filter((link) => link.startsWith("header")),
    [],
  );
  using again = Ring.openOrCreate(name, OPTIONS);
  assert.equal(again.created, true);
});
