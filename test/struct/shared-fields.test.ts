// Atomic fields and typed-array fields.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  atomicBool,
  atomicI16,
  atomicI64,
  atomicI8,
  atomicU16,
  atomicU32,
  atomicU8,
  bytes,
  f32Array,
  f64,
  i64Array,
  struct,
  toCHeader,
  u8,
} from "rtshm/struct";
import { compilers, runInC } from "./c-compiler.js";

const Counters = struct("Counters", { tag: u8, hits: atomicU32, sum: atomicI64, each: array(atomicU32, 3) });
const Frame = struct("Frame", { tag: u8, samples: f32Array(5), big: i64Array(2), raw: bytes(3) });

test("atomic operations change the field and answer what was there", () => {
  const buffer = new ArrayBuffer(Counters.sizeBytes);
  const view = Counters.view(buffer);
  const { hits } = view;
  assert.equal(hits.load(), 0);
  assert.equal(hits.add(5), 0);
  assert.equal(hits.sub(1), 5);
  assert.equal(hits.or(0b1011), 4);
  assert.equal(hits.and(0b0110), 0b1111);
  assert.equal(hits.xor(0b0011), 0b0110);
  assert.equal(hits.exchange(9), 0b0101);
  assert.equal(hits.compareExchange(8, 1), 9);
  assert.equal(hits.compareExchange(9, 0xffff_ffff), 9);
  assert.equal(hits.load(), 0xffff_ffff);
  hits.store(3);
  view.sum.store(-(2n ** 62n));
  view.each.at(2).store(7);
  assert.deepEqual(view.get(), { tag: 0, hits: 3, sum: -(2n ** 62n), each: [0, 0, 7] });
  assert.equal(new DataView(buffer).getUint32(Counters.offsetOf("hits"), true), 3);
});

test("atomic integers of one and two bytes wrap, and an atomic bool is a boolean", () => {
  const Flags = struct("Flags", {
    small: atomicI8,
    byte: atomicU8,
    word: atomicI16,
    wide: atomicU16,
    ready: atomicBool,
  });
  const buffer = new ArrayBuffer(Flags.sizeBytes);
  const view = Flags.view(buffer);
  assert.deepEqual([view.small.add(0x7f), view.small.add(1), view.small.load()], [0, 0x7f, -0x80]);
  assert.deepEqual([view.byte.sub(1), view.byte.load()], [0, 0xff]);
  assert.deepEqual([view.word.exchange(-5), view.word.compareExchange(-5, 9), view.word.load()], [0, -5, 9]);
  assert.deepEqual([view.wide.or(0x8001), view.wide.load()], [0, 0x8001]);
  assert.deepEqual([view.ready.load(), view.ready.exchange(true), view.ready.load()], [false, false, true]);
  assert.deepEqual(
    [view.ready.xor(true), view.ready.compareExchange(false, true), view.ready.and(false)],
    [true, false, true],
  );
  assert.deepEqual([view.ready.or(true), view.ready.load()], [false, true]);
  assert.throws(() => view.ready.add(true), { name: "TypeError", message: /a bool is not added to/ });
  new Uint8Array(buffer)[Flags.offsetOf("ready")] = 2;
  assert.equal(view.ready.load(), true, "a peer's true");
  assert.deepEqual(view.get(), { small: -0x80, byte: 0xff, word: 9, wide: 0x8001, ready: true });
  assert.throws(() => view.set({ ready: 1 as never }), { message: /^Flags\.ready is a bool/ });
  assert.equal(JSON.stringify(view.ready), "true");
  for (const compiler of compilers)
    runInC(compiler, `${toCHeader(Flags).replace("#pragma once", "")}\nint main(void) { return 0; }`);
});

test("an atomic field of a read-only view can be loaded and not changed", () => {
  const readable = Counters.readonlyView(new ArrayBuffer(Counters.sizeBytes));
  assert.equal(readable.hits.load(), 0);
  const view = readable as ReturnType<typeof Counters.view>;
  assert.throws(() => view.hits.add(1), TypeError);
  assert.throws(() => view.each.at(0).store(1), TypeError);
});

test("a typed-array field is the bytes themselves, the same object at each access", () => {
  const buffer = new ArrayBuffer(2 * Frame.sizeBytes);
  const view = Frame.view(buffer, Frame.sizeBytes);
  view.samples[4] = 1.5;
  view.raw.set([1, 2, 3]);
  view.big.fill(-1n);
  assert.equal(view.samples, view.samples);
  assert.equal(view.samples.buffer, buffer);
  assert.equal(new DataView(buffer, Frame.sizeBytes).getFloat32(Frame.offsetOf("samples") + 16, true), 1.5);
  assert.deepEqual(Frame.read(buffer, Frame.sizeBytes).raw, Uint8Array.of(1, 2, 3));
  const copy = view.get();
  view.samples.fill(0);
  assert.equal(copy.samples[4], 1.5, "get() copies");
  assert.throws(() => view.set({ raw: new Uint8Array(4) }), RangeError);
  assert.throws(() => view.set({ raw: [1, 2, 3] as never }), TypeError);
  view.set({ raw: Uint8Array.of(7, 8, 9) });
  assert.deepEqual([...view.raw], [7, 8, 9]);
});

test("typed arrays of the elements of an array are each their own", () => {
  const Frames = struct("Frames", { list: array(Frame, 3) });
  const view = Frames.view(new ArrayBuffer(Frames.sizeBytes));
  for (let i = 0; i < 3; i++) view.list.at(i).samples.fill(i);
  assert.deepEqual(
    Array.from({ length: 3 }, (_, i) => view.list.at(i).samples[0]),
    [0, 1, 2],
  );
});

test("what must be aligned is refused where a struct packs it, also inside another struct", () => {
  assert.throws(() => struct("Packed", { tag: u8, hits: atomicU32 }, { pack: 1 }), /must lie at a multiple of 4/);
  assert.throws(() => struct("Packed", { tag: u8, samples: f32Array(2) }, { pack: 2 }), RangeError);
  assert.throws(() => struct("Packed", { tag: u8, inner: Counters }, { pack: 4 }), RangeError);
  assert.doesNotThrow(() => struct("Packed", { tag: u8, samples: array(f64, 2) }, { pack: 1 }));
});

for (const compiler of compilers) {
  test(`${compiler} lays them out alike`, () => {
    const header = toCHeader(Counters, Frame).replace("#pragma once", "");
    assert.doesNotThrow(() => runInC(compiler, `${header}\nint main(void) { return 0; }`));
  });
}
