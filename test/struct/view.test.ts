// Views: fields are the bytes of the buffer, in both directions, without making anything on the way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { array, atomicU32, bool, bytes, f64, i64Number, struct, u16, u32, u64, u8, utf16, utf8 } from "rtshm/struct";
import { Values, picked, randomStruct } from "./random-struct.js";

const Point = struct("Point", { x: f64, y: f64 });
const Shape = struct("Shape", {
  id: u32,
  isOpen: bool,
  corners: array(Point, 3),
  grid: array(array(u16, 2), 3),
  label: utf8(8),
});

test("stores are seen in the bytes and in other views, with the layout that sizeof and offsetof say", () => {
  const buffer = new ArrayBuffer(2 * Shape.sizeBytes);
  const view = Shape.view(buffer, Shape.sizeBytes);
  view.id = 0x01020304;
  view.isOpen = true;
  view.corners.at(2).y = -1.5;
  view.grid.at(1).put(0, 0xbeef);
  view.label = "grün";
  const data = new DataView(buffer, Shape.sizeBytes);
  assert.equal(data.getUint32(Shape.offsetOf("id"), true), 0x01020304);
  assert.equal(data.getUint8(Shape.offsetOf("isOpen")), 1);
  assert.equal(data.getFloat64(Shape.offsetOf("corners") + 2 * 16 + 8, true), -1.5);
  assert.equal(data.getUint16(Shape.offsetOf("grid") + 4, true), 0xbeef);
  assert.equal(Shape.view(buffer, Shape.sizeBytes).label, "grün");
  assert.equal(Shape.view(buffer).id, 0);
  assert.deepEqual([Shape.sizeBytes, Shape.alignmentBytes, Shape.offsetOf("corners")], [80, 8, 8]);
});

test("whole structs are copied out and in, partly by a view's set", () => {
  const buffer = new ArrayBuffer(Shape.sizeBytes);
  const value = {
    id: 7,
    isOpen: true,
    corners: [
      { x: 1, y: 2 },
      { x: 3, y: 4 },
      { x: 5, y: 6 },
    ],
    grid: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    label: "abc",
  };
  Shape.write(buffer, 0, value);
  assert.deepEqual(Shape.read(buffer), value);
  const view = Shape.view(buffer);
  view.set({ id: 8, label: "longer" });
  view.corners.at(0).set({ y: 9 });
  assert.deepEqual(view.get(), {
    ...value,
    id: 8,
    label: "longer",
    corners: [{ x: 1, y: 9 }, ...value.corners.slice(1)],
  });
});

test("a view is a value too: what it shows is copied, of a struct inside and an element too", () => {
  const Line = struct("Line", { id: u32, from: Point, path: bytes(3) });
  const one = Line.view(new ArrayBuffer(Line.sizeBytes));
  one.set({ id: 1, from: { x: 2, y: 3 }, path: Uint8Array.of(4, 5, 6) });
  const other = Line.view(new ArrayBuffer(Line.sizeBytes));
  other.set(one);
  assert.deepEqual(other.get(), { id: 1, from: { x: 2, y: 3 }, path: Uint8Array.of(4, 5, 6) });
  one.from.y = 7;
  other.set({ from: one.from });
  assert.deepEqual(other.from.get(), { x: 2, y: 7 });
  const buffer = new ArrayBuffer(Line.sizeBytes);
  Line.write(buffer, 0, one);
  assert.deepEqual(Line.read(buffer), one.get());
  const shape = Shape.view(new ArrayBuffer(Shape.sizeBytes));
  shape.corners.put(2, one.from);
  shape.corners.put(0, shape.corners.at(2));
  assert.deepEqual(shape.corners.get(), [one.from.get(), { x: 0, y: 0 }, one.from.get()]);
  assert.throws(() => Line.write(buffer, 0, shape as never), { message: /Line\.from is missing/ });
  assert.deepEqual(Line.read(buffer), one.get());
});

test("a view with arrays and atomic fields is a value too, and so are its arrays", () => {
  const Table = struct("Table", {
    hits: atomicU32,
    grid: array(array(u16, 2), 2),
    points: array(Point, 2),
    raw: bytes(2),
  });
  const one = Table.view(new ArrayBuffer(Table.sizeBytes));
  one.hits.store(3);
  one.grid.at(1).put(0, 5);
  one.points.at(1).y = 6;
  one.raw.set([7, 8]);
  const other = Table.view(new ArrayBuffer(Table.sizeBytes));
  other.set(one);
  assert.deepEqual(other.get(), one.get());
  assert.deepEqual(other.grid.get(), [
    [0, 0],
    [5, 0],
  ]);
  one.hits.store(4);
  other.hits.store(5);
  other.set({ hits: one.hits as never, points: one.points as never });
  assert.equal(other.hits.load(), 4);
  assert.throws(() => other.set({ grid: one.points as never }), { message: /^Table\.grid\[0\] is an array/ });
  assert.throws(() => other.set({ hits: one as never }), { message: /^Table\.hits is a/ });
});

test("an access to a nested struct or an element gives the same object each time, moved to where it was asked for", () => {
  const view = Shape.view(new ArrayBuffer(Shape.sizeBytes));
  const first = view.corners.at(0);
  assert.equal(view.corners.at(1), first);
  first.x = 4;
  assert.equal(view.corners.at(1).x, 4);
  assert.equal(view.corners.at(0).x, 0);
});

test("any struct, at any aligned place, packed or not: field by field through views it is what was written whole", () => {
  fc.assert(
    fc.property(randomStruct, fc.nat(3), fc.nat(1000), (type, place, seed) => {
      const offsetBytes = place * type.alignmentBytes;
      const buffer = new ArrayBuffer(offsetBytes + type.sizeBytes + 5);
      const value = new Values(seed).of(type) as Record<string, unknown>;
      const other = new Values(seed + 1).of(type) as Record<string, unknown>;
      type.write(buffer, offsetBytes, value);
      const view = type.view(buffer, offsetBytes);
      assert.deepEqual(picked(view, value), value);
      const copy = new ArrayBuffer(buffer.byteLength);
      const into = type.view(copy, offsetBytes) as unknown as { set(value: unknown): void };
      into.set(value);
      assert.deepEqual(picked(type.read(copy, offsetBytes), value), value);
      assert.deepEqual(picked(into, value), value, "in the second memory");
      type.write(buffer, offsetBytes, other);
      assert.deepEqual(picked(view, other), other, "in the first memory, now one of two");
      assert.deepEqual(picked(into, value), value);
      assert.deepEqual(new Uint8Array(copy, 0, offsetBytes), new Uint8Array(offsetBytes), "bytes before it");
      assert.deepEqual(new Uint8Array(copy, offsetBytes + type.sizeBytes), new Uint8Array(5), "bytes behind it");
    }),
    { numRuns: 300 },
  );
});

test("a read-only view has no setters, and neither have its parts", () => {
  const buffer = new ArrayBuffer(Shape.sizeBytes);
  const view = Shape.readonlyView(buffer);
  const writable = view as ReturnType<typeof Shape.view>;
  assert.throws(() => (writable.id = 1), TypeError);
  assert.throws(() => writable.set({ id: 1 }), TypeError);
  assert.throws(() => (writable.corners.at(0).x = 1), TypeError);
  assert.throws(() => writable.corners.set([]), TypeError);
  assert.throws(() => writable.grid.at(0).put(0, 1), TypeError);
  assert.deepEqual(new Uint8Array(buffer), new Uint8Array(Shape.sizeBytes));
});

test("integers wrap as in C; a 64-bit integer as number refuses what it cannot hold", () => {
  const Numbers = struct("Numbers", { byte: u8, big: u64, safe: i64Number });
  const buffer = new ArrayBuffer(Numbers.sizeBytes);
  const view = Numbers.view(buffer);
  view.byte = 257;
  view.big = -1n;
  view.safe = -(2 ** 53 - 1);
  assert.deepEqual(view.get(), { byte: 1, big: 2n ** 64n - 1n, safe: -(2 ** 53 - 1) });
  assert.throws(() => (view.safe = 2 ** 53), RangeError);
  assert.throws(() => (view.safe = 0.5), RangeError);
  new BigInt64Array(buffer)[2] = 2n ** 60n;
  assert.throws(() => view.safe, RangeError);
});

test("strings end at a NUL or at the end, and what does not fit is refused and not stored", () => {
  const Names = struct("Names", { a: utf8(4), w: utf16(3) });
  const view = Names.view(new ArrayBuffer(Names.sizeBytes));
  view.set({ a: "abcd", w: "äß€" });
  assert.deepEqual(view.get(), { a: "abcd", w: "äß€" });
  view.a = "x";
  assert.equal(view.a, "x");
  assert.throws(() => (view.a = "äää"), RangeError);
  assert.throws(() => (view.w = "abcd"), RangeError);
  assert.throws(() => (view.a = "a\0b"), RangeError);
  assert.deepEqual(view.get(), { a: "x", w: "äß€" });
});

test("a whole value with a part that does not fit is refused, the part is named, and nothing is stored", () => {
  const buffer = new ArrayBuffer(Shape.sizeBytes);
  const good = Shape.read(buffer);
  for (const [value, words] of [
    [{ ...good, id: "7" }, /Shape\.id .* number/],
    [{ ...good, id: 9, corners: [{ x: 1, y: 2 }] }, /Shape\.corners has 3 elements, not 1/],
    [
      {
        ...good,
        id: 9,
        grid: [
          [1, 2],
          [3, "4"],
          [5, 6],
        ],
      },
      /Shape\.grid\[1\]\[1\]/,
    ],
    [{ ...good, id: 9, label: "far too long" }, /Shape\.label/],
    [{ ...good, id: 9, other: 1 }, /Shape\.other does not exist/],
    [{ id: 9 }, /Shape\.isOpen is missing/],
    [null, /Shape .* object/],
  ] as const)
    assert.throws(() => Shape.write(buffer, 0, value as never), words);
  assert.deepEqual(new Uint8Array(buffer), new Uint8Array(Shape.sizeBytes));
});

test("a place outside the buffer, or not aligned, is a RangeError; what is no buffer a TypeError", () => {
  const buffer = new ArrayBuffer(Shape.sizeBytes + 8);
  for (const offset of [16, 8.5, 4, -8, NaN, 2 ** 53])
    assert.throws(() => Shape.view(buffer, offset), RangeError, `${offset}`);
  assert.throws(() => Shape.view(new Uint8Array(100) as never), TypeError);
  for (const index of [3, -1, 0.5, NaN, "0"])
    assert.throws(() => Shape.view(buffer).corners.at(index as number), RangeError);
});

test("places beyond 2 GiB are reached, packed or not, nested or not", () => {
  const Tight = struct("Tight", { a: u8, b: u32, inner: Point, list: array(Point, 2) }, { pack: 1 });
  const buffer = new ArrayBuffer(2 ** 31 + 4096); // address space: only the pages that are touched take memory
  const high = Point.view(buffer, 2 ** 31 + 64);
  const packed = Tight.view(buffer, 2 ** 31 + 128);
  high.y = 1.5;
  packed.set({ a: 1, b: 2, inner: { x: 3, y: 4 } });
  packed.list.at(1).y = 5;
  packed.inner.y += packed.b;
  const data = new DataView(buffer, 2 ** 31);
  assert.equal(data.getFloat64(64 + 8, true), 1.5);
  assert.equal(data.getUint32(128 + 1, true), 2);
  assert.equal(data.getFloat64(128 + Tight.offsetOf("inner") + 8, true), 6);
  assert.equal(data.getFloat64(128 + Tight.offsetOf("list") + 24, true), 5);
  assert.deepEqual(new Uint8Array(buffer, 0, 4096), new Uint8Array(4096));
});

test("after the buffer is detached a view stores nothing and does not crash", () => {
  const buffer = new ArrayBuffer(Shape.sizeBytes);
  const view = Shape.view(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  view.id = 4;
  assert.equal(view.id, undefined);
  assert.throws(() => view.get(), TypeError);
});

test("views are printed and turned to JSON as what is in them", () => {
  const view = Point.view(new ArrayBuffer(16));
  view.x = 2;
  assert.equal(inspect(view), "Point { x: 2, y: 0 }");
  assert.equal(JSON.stringify(view), '{"x":2,"y":0}');
  assert.equal(inspect([[[view]]]), "[ [ [ [Point] ] ] ]");
  const Parts = struct("Parts", {
    inner: Point,
    list: array(array(u8, 2 ** 20), 2 ** 9),
    raw: bytes(3),
    hits: atomicU32,
  });
  const buffer = new ArrayBuffer(Parts.sizeBytes);
  const parts = Parts.view(buffer);
  parts.hits.store(3);
  const [head = "", ...others] = inspect(parts, { maxArrayLength: 3 }).split("\n");
  assert.equal(head, "Parts {");
  assert.equal(others[0], "  inner: { x: 0, y: 0 },");
  assert.match(
    others.join("\n"),
    /list: \[\n {4}\[ 0, 0, \.\.\. 1048574 more items \],[^]*\.\.\. 510 more items\n {2}\],/,
  );
  assert.match(others.join("\n"), /raw: Uint8Array\(3\) \[ 0, 0, 0 \],\n {2}hits: 3\n\}$/);
  assert.equal(inspect(parts.hits), "atomic 3");
  structuredClone(buffer, { transfer: [buffer] });
  assert.equal(inspect(parts), "Parts <the memory is closed>");
});
