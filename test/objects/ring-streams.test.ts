// Rings as streams, of Node's kind and of the web's: chunks are messages; a reader that does not take leaves them in the ring, a
// full ring stops the writer; ends and errors.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Ring, RtError } from "rtshm";
import { struct, u32 } from "rtshm/struct";

const Item = struct("Item", { number: u32 });
const itemOf = (number: number) => ({ number });
type ItemRing = ReturnType<typeof makeRing>;
const makeRing = () => Ring.createUnnamed({ item: Item, capacity: 8 });
const numbers = Array.from({ length: 200 }, (_, number) => itemOf(number));

const isClosed = (error: unknown): boolean => error instanceof RtError && error.code === "ERROR_INVALID_HANDLE";

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

test("a pipeline through two rings carries every message once, in order", async () => {
  using first = Ring.createUnnamed({ item: Item, capacity: 4, producers: "one", consumers: "one" });
  using second = Ring.createUnnamed({ item: Item, capacity: 2 });
  const got: unknown[] = [];
  const ending = new AbortController();
  const through = pipeline(first.toReadable(), second.toWritable(), { signal: ending.signal });
  const end = new Writable({
    objectMode: true,
    write(value, _encoding, done) {
      got.push(value);
      done(got.length === numbers.length ? new Error("enough") : null);
    },
  });
  const out = pipeline(second.toReadable(), end);
  await pipeline(Readable.from(numbers), first.toWritable());
  await assert.rejects(out, /enough/);
  ending.abort();
  await assert.rejects(through, { name: "AbortError" });
  assert.deepEqual(got, numbers);
  assert.deepEqual([first.length, second.length], [0, 0]);
});

test("web streams do the same", async () => {
  using ring = Ring.createUnnamed({ item: Item, capacity: 4 });
  const writer = ring.toWritableStream().getWriter();
  const writing = (async () => {
    for (const item of numbers) {
      await writer.ready;
      await writer.write(item);
    }
  })();
  const reader = ring.toReadableStream().getReader();
  for (const item of numbers) assert.deepEqual(await reader.read(), { done: false, value: item });
  await writing;
  await writer.close();
  await reader.cancel();
  assert.equal(ring.tryPush(itemOf(1)), true, "the ring outlives its streams");
});

test("a reader that does not read leaves the messages in the ring", async () => {
  using ring = Ring.createUnnamed({ item: Item, capacity: 8 });
  ring.tryPushBatch(numbers.slice(0, 8));
  const readable = ring.toReadable();
  readable.on("readable", () => undefined); // interested, takes nothing
  await turns(20);
  assert.ok(ring.length >= 7, `${String(ring.length)} are left`);
  readable.destroy();
  const web = ring.toReadableStream();
  await turns(20);
  const before = ring.length;
  assert.ok(before >= 7);
  const reader = web.getReader();
  await reader.read();
  await turns(20);
  assert.equal(ring.length, before - 1);
});

for (const [kind, open] of Object.entries({
  "a stream of Node's kind": (ring: ItemRing) => ring.toReadable(),
  "a web stream": (ring: ItemRing) => ring.toReadableStream(),
  "the ring itself": (ring: ItemRing) => ring.items(),
}))
  test(`a loop over ${kind} that is left has taken what it was given, and no more`, async () => {
    using ring = makeRing();
    ring.tryPushBatch(numbers.slice(0, 5));
    const got: unknown[] = [];
    for await (const item of open(ring)) {
      got.push(item);
      await turns(3); // what reads ahead does it now
      if (got.length === 2) break;
    }
    await turns(3);
    assert.deepEqual(got, numbers.slice(0, 2));
    assert.deepEqual(ring.tryPopBatch(), numbers.slice(2, 5));
  });

test("a full ring stops the writers, and room lets them go on", async () => {
  using ring = Ring.createUnnamed({ item: Item, capacity: 2 });
  const writable = ring.toWritable();
  let written = 0;
  for (let number = 0; number < 4; number++) writable.write(itemOf(number), () => written++);
  assert.equal(writable.writableNeedDrain, true);
  await turns(20);
  assert.deepEqual([written, ring.length], [2, 2]);
  const drained = once(writable, "drain");
  for (let number = 0; number < 4; number++) assert.deepEqual(await ring.pop(), itemOf(number));
  await drained;
  const writer = ring.toWritableStream().getWriter();
  void writer.write(itemOf(1));
  void writer.write(itemOf(2));
  const third = writer.write(itemOf(3));
  assert.equal(await Promise.race([third, turns(20).then(() => "stopped")]), "stopped");
  ring.tryPop();
  await third;
});

test("a stream that is destroyed or cancelled while it waits takes nothing any more", async () => {
  using ring = Ring.createUnnamed({ item: Item, capacity: 2 });
  const readable = ring.toReadable();
  const read = once(readable, "close");
  readable.resume();
  await turn();
  readable.destroy();
  const reader = ring.toReadableStream().getReader();
  const pending = reader.read();
  await turn();
  await reader.cancel();
  assert.deepEqual(await pending, { done: true, value: undefined });
  await read;
  ring.tryPush(itemOf(1));
  await turns(20);
  assert.deepEqual(ring.tryPop(), itemOf(1));
  ring.tryPushBatch([itemOf(2), itemOf(3)]);
  const writable = ring.toWritable();
  writable.write(itemOf(4));
  writable.destroy();
  const writer = ring.toWritableStream().getWriter();
  const writing = writer.write(itemOf(5));
  await turn();
  await writer.abort(new Error("mine"));
  await assert.rejects(writing, /mine/);
  assert.deepEqual(ring.tryPopBatch(), [itemOf(2), itemOf(3)]);
  await turns(20);
  assert.equal(ring.length, 0);
});

test("a stream that ends at the moment when a message comes leaves it in the ring", async () => {
  using ring = Ring.createUnnamed({ item: Item, capacity: 2 });
  const readable = ring.toReadable();
  readable.resume();
  await turn();
  ring.tryPush(itemOf(1));
  readable.destroy();
  await turns(20);
  assert.deepEqual(ring.tryPop(), itemOf(1));
  const reader = ring.toReadableStream().getReader();
  const pending = reader.read();
  await turn();
  ring.tryPush(itemOf(2));
  await Promise.all([reader.cancel(), pending]);
  await turns(20);
  assert.deepEqual(ring.tryPop(), itemOf(2));
});

test("what the ring does not take is the stream's error, and so is its close", async () => {
  const ring = Ring.createUnnamed({ messageBytes: 4, capacity: 2 });
  const [tooLong] = (await once(
    ring
      .toWritable()
      .on("error", () => undefined)
      .end("12345"),
    "error",
  ).catch((error: unknown) => [error])) as [Error];
  assert.match(tooLong.message, /the message has 5 bytes/);
  await assert.rejects(ring.toWritableStream().getWriter().write(new Uint8Array(5)), RangeError);
  const text = ring.toWritable();
  text.end("äö");
  await once(text, "finish");
  assert.equal(Buffer.from(ring.tryPop()!).toString(), "äö");
  const readable = ring.toReadable().resume();
  const reading = ring.toReadableStream().getReader().read();
  await turn();
  const failed = once(readable, "error");
  ring.close();
  assert.equal(isClosed((await failed)[0]), true);
  await assert.rejects(reading, isClosed);
});
