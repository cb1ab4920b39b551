// The code made for copying whole structs does what the types themselves do: for random structs, in any place, and for values that
// are none.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { array, bytes, enumeration, struct, u32, u64, u64Number } from "rtshm/struct";
import { memoryOf } from "#struct/memory";
import { wholeOf } from "#struct/whole";
import { Values, randomStruct } from "./random-struct.js";

test("a struct is stored and loaded as its type does it, byte for byte", () => {
  fc.assert(
    fc.property(randomStruct, fc.nat(3), fc.nat(1000), (type, place, seed) => {
      const value = new Values(seed).of(type) as Record<string, unknown>;
      const [ours, theirs] = [0, 1].map(() => new ArrayBuffer(Math.ceil((type.sizeBytes * 4) / 8) * 8)) as [
        ArrayBuffer,
        ArrayBuffer,
      ];
      const whole = wholeOf(type, memoryOf(ours));
      assert.equal(whole.fits(value), true);
      const units = (place * type.sizeBytes) / type.alignmentBytes;
      whole.store(units, value);
      type.write(theirs, place * type.sizeBytes, value);
      assert.deepEqual(new Uint8Array(ours), new Uint8Array(theirs));
      assert.deepEqual(whole.load(units), type.read(theirs, place * type.sizeBytes));
    }),
    { numRuns: 300 },
  );
});

test("what does not fit is seen, or is an error that says why", () => {
  const Mixed = struct("Mixed", { id: u32, big: u64, safe: u64Number, blob: bytes(2) });
  const whole = wholeOf(Mixed, memoryOf(new ArrayBuffer(Mixed.sizeBytes)));
  const good = { id: 1, big: 2n, safe: 3, blob: new Uint8Array(2) };
  assert.equal(whole.fits(good), true);
  const { id: _, ...without } = good;
  const wrong = [
    undefined,
    null,
    7,
    "text",
    {},
    without,
    { ...good, id: "1" },
    { ...good, big: 2 },
    { ...good, more: 1 },
  ];
  for (const value of wrong) {
    assert.equal(whole.fits(value), false);
    assert.throws(() => Mixed.check(value, "Mixed"), Error);
  }
  assert.throws(() => whole.fits({ ...good, safe: -1 }), /Mixed\.safe is a u64 as number: it must be an integer/);
  assert.throws(() => whole.fits({ ...good, blob: new Uint8Array(3) }), /Mixed\.blob has 2 elements, not 3/);
  whole.store(0, good);
  assert.deepEqual(whole.load(0), good);
  assert.notEqual(whole.load(0).blob, good.blob);
});

test("bytes that make no value are an error that names the field, whoever reads the whole", () => {
  const Mode = enumeration("Mode", { Idle: 0, Run: 1 });
  const Inner = struct("Inner", { id: u32, mode: Mode });
  const Outer = struct("Outer", { safe: u64Number, pad: u32, parts: array(Inner, 2) });
  const buffer = new ArrayBuffer(2 * Outer.sizeBytes);
  const data = new DataView(buffer, Outer.sizeBytes);
  const whole = wholeOf(Outer, memoryOf(buffer));
  const reads = [
    () => Outer.read(buffer, Outer.sizeBytes),
    () => Outer.view(buffer, Outer.sizeBytes).get(),
    () => whole.load(Outer.sizeBytes / Outer.alignmentBytes),
  ];
  data.setUint32(Outer.offsetOf("parts") + Inner.sizeBytes + 4, 7, true);
  for (const read of reads)
    assert.throws(read, { name: "RangeError", message: /^Outer\.parts: Inner\.mode: 7 is no Mode: / });
  data.setBigUint64(0, 2n ** 53n, true);
  for (const read of reads)
    assert.throws(read, { name: "RangeError", message: /^Outer\.safe: 9007199254740992 is more/ });
});
