// Bit-fields: what is stored and read, and that a store touches nobody else's bytes. c-layout.test.ts compares their places with C.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  array,
  bits,
  bool,
  enumeration,
  f64,
  i32,
  i64,
  i64Number,
  struct,
  u16,
  u32,
  u64,
  u64Number,
  u8,
  unnamedBits,
  utf8,
} from "rtshm/struct";
import { randomStruct, sharesBytes } from "./random-struct.js";

const Mode = enumeration("Mode", { Idle: 0, Run: 5 });
const Status = struct("Status", {
  isReady: bits(bool, 1),
  mode: bits(Mode, 3),
  gap: unnamedBits(u32, 4),
  level: bits(i32, 12),
  count: bits(u32, 32),
  address: bits(u64, 52),
  small: bits(u64Number, 7),
});

test("values go into their bits and come back, in the kind of the type", () => {
  const buffer = new ArrayBuffer(Status.sizeBytes);
  const view = Status.view(buffer);
  view.isReady = true;
  view.mode = "Run";
  view.level = -2;
  view.count = 0xdead_beef;
  view.address = 2n ** 52n - 3n;
  view.small = 100;
  const words = new Uint32Array(buffer);
  assert.equal(words[0], (1 | (5 << 1) | (0xffe << 8)) >>> 0);
  assert.equal(words[1], 0xdead_beef);
  const value = {
    isReady: true,
    mode: "Run",
    level: -2,
    count: 0xdead_beef,
    address: 2n ** 52n - 3n,
    small: 100,
  } as const;
  assert.deepEqual(view.get(), value);
  view.isReady = false;
  assert.deepEqual(view.get(), { ...value, isReady: false });
  const copy = new ArrayBuffer(Status.sizeBytes);
  Status.write(copy, 0, value);
  assert.deepEqual(Status.read(copy), value);
});

test("integers wrap as in C; a name, a bigint or a checked number is checked as without bits", () => {
  const view = Status.view(new ArrayBuffer(Status.sizeBytes));
  view.level = 0x1801;
  assert.equal(view.level, -2047);
  view.address = -1n;
  assert.equal(view.address, 2n ** 52n - 1n);
  view.count = -1;
  assert.equal(view.count, 2 ** 32 - 1);
  assert.throws(() => (view.mode = "x" as never), RangeError);
  assert.throws(() => (view.address = 1 as never), TypeError);
  assert.throws(() => (view.small = 0.5), RangeError);
  assert.throws(() => view.set({ isReady: 1 as never }), /Status\.isReady is a bool/);
  const Wide = struct("Wide", { pad: u8, safe: bits(i64Number, 60) }, { pack: 1 });
  const buffer = new ArrayBuffer(Wide.sizeBytes + 7);
  new Uint8Array(buffer).fill(0x7f);
  assert.throws(() => Wide.view(buffer).safe, /more than a number can hold/);
});

test("a store reads and writes only bytes that no ordinary field has", () => {
  fc.assert(
    fc.property(randomStruct, (type) => {
      fc.pre(!sharesBytes(type));
      for (const own of type.fields) {
        if (own.bits === undefined) continue;
        const { sizeBytes, alignmentBytes } = own.type;
        const end = own.offsetBytes + Math.max(sizeBytes, alignmentBytes);
        for (const other of type.fields)
          if (other.bits === undefined)
            assert.ok(
              end <= other.offsetBytes || other.offsetBytes + other.type.sizeBytes <= own.offsetBytes,
              type.declaration,
            );
        assert.ok(end <= type.sizeBytes);
      }
    }),
    { numRuns: 1000 },
  );
  const [before] = struct("S", { a: bits(u32, 20), end: unnamedBits(u8, 0), b: bits(u8, 8) }).fields;
  assert.deepEqual([before?.type.sizeBytes, before?.type.alignmentBytes], [3, 1], "nor beyond a gap of no bits");
});

test("a bit-field has no offset, but is told apart in the declaration", () => {
  assert.throws(() => Status.offsetOf("level"), /bit-field/);
  assert.deepEqual(Status.fields[2]?.bits, { firstBit: 8, width: 12 });
  assert.equal(struct("S", { a: bits(u32, 3), b: bits(u32, 9) }).declaration, "S 4 4\n0 u32:3@0 a\n0 u32:9@3 b");
});

test("types and widths that cannot be are refused", () => {
  for (const width of [0, 33, -1, 1.5, NaN, "3"]) assert.throws(() => bits(u32, width as number), RangeError);
  assert.throws(() => bits(bool, 2), RangeError);
  assert.throws(() => bits(u16, 17), RangeError);
  assert.throws(() => bits(i64, 65), RangeError);
  assert.throws(() => unnamedBits(u8, 9), RangeError);
  assert.throws(() => bits(Mode, 2), /Mode\.Run is 5: 2 bits cannot hold it/);
  for (const type of [f64, utf8(4), undefined, array(u8, 2)]) assert.throws(() => bits(type as never, 1), TypeError);
  assert.throws(() => array(bits(u32, 1) as never, 2), TypeError);
  assert.throws(() => struct("S", { gap: unnamedBits(u32, 1) }), RangeError);
});
