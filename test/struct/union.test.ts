// Unions: members that share their bytes, with a name and without one, one in another; what is stored and read of them is what C has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  aligned,
  anonymous,
  array,
  bits,
  bool,
  enumeration,
  f32,
  i32,
  struct,
  toCHeader,
  u16,
  u32,
  u64,
  u8,
  union,
  utf8,
  type ValueOf,
} from "rtshm/struct";
import { compilers, runInC } from "./c-compiler.js";

const Mode = enumeration("Mode", { Idle: 0, Run: 1 }, { base: u8 });
const Number32 = union("Number32", { i: i32, f: f32, raw: array(u8, 4) });
const Pair = struct("Pair", { low: u16, high: u16 });
const Variant = struct("Variant", {
  kind: u8,
  value: Number32,
  _: anonymous(
    union("Parts", { whole: u32, _halves: anonymous(Pair), deep: union("Deep", { wide: u64, mode: Mode }) }),
  ),
  last: u8,
});
type Variant = ReturnType<typeof Variant.view>;

const fresh = (): Variant => Variant.view(new ArrayBuffer(Variant.sizeBytes));

test("the members of a union are the same bytes, those of one without a name are fields of what it is in", () => {
  const view = fresh();
  view.value.f = 1.5;
  assert.equal(view.value.i, 0x3fc00000);
  view.value.raw.put(3, 0x40);
  assert.equal(view.value.f, 6);
  view.whole = 0xbbbbaaaa;
  assert.deepEqual([view.low, view.high, view.deep.wide], [0xaaaa, 0xbbbb, 0xbbbbaaaan]);
  view.high = 0;
  assert.equal(view.whole, 0xaaaa);
  assert.deepEqual(
    Variant.fields.map(({ name, offsetBytes }) => `${name} ${String(offsetBytes)}`),
    ["kind 0", "value 4", "whole 8", "low 8", "high 10", "deep 8", "last 16"],
  );
  assert.deepEqual([Variant.sizeBytes, Variant.offsetOf("high"), Number32.sizeBytes], [24, 10, 4]);
  assert.deepEqual([Variant.kind, Number32.kind], ["struct", "union"]);
});

test("`set` takes one member, `get` gives all of which the bytes make a value", () => {
  const view = fresh();
  view.set({ kind: 1, value: { f: -2 } });
  assert.deepEqual(view.value.get(), { i: -0x40000000, f: -2, raw: [0, 0, 0, 0xc0] });
  view.value.set({ raw: [1, 0, 0, 0] });
  assert.equal(view.value.i, 1);
  view.set({ high: 7 });
  view.set({ low: 3 });
  assert.deepEqual([view.whole, view.kind], [0x70003, 1]);
  view.deep.set({ mode: "Run" });
  assert.equal(view.deep.wide, 0x70001n);
  view.deep.set({ wide: 9n });
  assert.deepEqual(view.deep.get(), { wide: 9n }, "9 is no mode");
  assert.deepEqual(view.get(), {
    ...{ kind: 1, value: { i: 1, f: 2 ** -149, raw: [1, 0, 0, 0] } },
    ...{ whole: 9, low: 9, high: 0, deep: { wide: 9n }, last: 0 },
  });
  assert.match(inspect(view), /deep: \{\s+wide: 9n,\s+mode: <9 is no Mode/);
  assert.equal(JSON.stringify(view.deep), '{"wide":"9"}');
});

test("what does not fit, or says two things about the same bytes, is refused, and nothing is stored", () => {
  const view = fresh();
  view.set({ kind: 3, value: { i: 5 } });
  const before = view.get();
  for (const [value, words] of [
    [{ value: { i: 1, f: 1 } }, /^Variant\.value: i, f, raw share bytes, and f says something else/],
    [{ whole: 1, low: 2 }, /^Variant: whole, low, high, deep share bytes/],
    [{ value: { i: "1" } }, /^Variant\.value\.i is a i32/],
    [{ value: {} }, /^Variant\.value needs one of i, f, raw, which share bytes/],
    [{ value: { x: 1 } }, /^Variant\.value\.x does not exist: Number32 has i, f, raw/],
    [{ value: 1 }, /^Variant\.value is a Number32/],
    [{ deep: { mode: "Bad" } }, /^Variant\.deep\.mode is a Mode/],
  ] as const)
    assert.throws(() => view.set({ kind: 9, ...(value as object) }), { message: words });
  assert.deepEqual(view.get(), before);
  view.set({ value: { i: 0x3f800000, f: 1 }, whole: 0x20001, low: 1, high: 2 });
  assert.deepEqual([view.value.f, view.whole], [1, 0x20001], "both say the same");
  const whole = new ArrayBuffer(Variant.sizeBytes);
  assert.throws(
    () => Variant.write(whole, 0, { kind: 1, value: { i: 1 }, low: 1, last: 1 } as never),
    /high is missing/,
  );
  assert.throws(() => Variant.write(whole, 0, { kind: 1, value: { i: 1 }, last: 1 } as never), /needs one of whole/);
  Variant.write(whole, 0, { kind: 1, value: { i: 1 }, low: 1, high: 2, last: 1 } as ValueOf<typeof Variant>);
  assert.equal(Variant.view(whole).whole, 0x20001);
});

const Blurred = union("Blurred", {
  text: utf8(4),
  flag: bool,
  number: f32,
  bits: struct("Bits", { a: bits(u32, 3), b: bits(u32, 29) }),
  both: struct("Both", { mode: Mode, rest: array(u8, 3) }),
});

test("what was read is stored again byte by byte, although no text, no number and no name may be those bytes", () => {
  // Each is a value of some members only, and none keeps all bits: a NaN with a number in it, no UTF-8, a bool that is 2.
  for (const bytes of [
    [0xff, 0xff, 0xff, 0xff],
    [0x01, 0x00, 0xa0, 0x7f],
    [0x02, 0x00, 0xc3, 0x28],
    [0x41, 0x00, 0x42, 0x43],
  ]) {
    const from = Blurred.view(Uint8Array.from(bytes).buffer);
    const into = new ArrayBuffer(4);
    Blurred.write(into, 0, from.get());
    assert.deepEqual([...new Uint8Array(into)], bytes);
    const third = new ArrayBuffer(4);
    Blurred.view(third).set(from);
    assert.deepEqual([...new Uint8Array(third)], bytes);
    const Row = struct("Row", { id: u8, of: array(Blurred, 2) });
    const row = Row.view(new ArrayBuffer(Row.sizeBytes));
    row.set({ of: [from.get(), from.get()] });
    const value = row.get();
    row.set({ id: 4, of: [{ number: 0 }, { number: 0 }] });
    row.set(value);
    assert.deepEqual(row.of.at(1).get(), from.get());
  }
});

test("of a value that was read and then changed the member that was changed is stored", () => {
  const view = fresh();
  view.set({ value: { f: 1 }, whole: 0x20001 });
  const value = view.get();
  value.value.i = 5;
  value.high = 9;
  view.set(value);
  assert.deepEqual([view.value.i, view.whole], [5, 0x90001]);
  const number = view.value.get();
  number.f = 2;
  number.raw = [0, 0, 0, 0];
  assert.throws(() => view.value.set(number), /share bytes/);
  number.raw = [0, 0, 0, 0x40];
  view.value.set(number);
  assert.equal(view.value.f, 2);
  const only = view.value.get();
  delete only.f;
  delete only.raw;
  only.i = 6;
  view.value.set(only);
  assert.equal(view.value.i, 6);
});

test("unions are told apart from structs, and cannot have what a struct cannot", () => {
  assert.notEqual(union("U", { a: u8, b: u8 }).declaration, struct("U", { a: u8, b: u8 }).declaration);
  assert.equal(Number32.declaration, "Number32 union 4 4\n0 i32 i\n0 f32 f\n0 [4]u8 raw");
  assert.throws(() => union("U", {}), /U has no fields/);
  assert.throws(() => union("U", { a: "u8" as never }), TypeError);
  assert.throws(() => union("U", { a: u8 }, { pack: 3 }), RangeError);
  assert.throws(() => union("union", { a: u8 }), RangeError);
  assert.throws(() => struct("S", { whole: u8, _: anonymous(Number32), __: anonymous(Number32) }), /two fields .* i/);
  assert.throws(() => anonymous(u32 as never), /only a union or a struct/);
  assert.throws(() => aligned(u32, 3), /power of two/);
  assert.throws(() => aligned({} as never, 4), TypeError);
  assert.throws(() => struct("S", { a: u8 }, { align: 12 }), /align must be a power of two/);
  const view = Variant.readonlyView(new ArrayBuffer(Variant.sizeBytes)) as Variant;
  for (const store of [() => (view.whole = 1), () => (view.value.i = 1), () => view.value.set({ i: 1 })])
    assert.throws(store, TypeError);
});

for (const compiler of compilers)
  test(`${compiler} finds each member where it is, in unions with and without a name, one in the other, aligned ones too`, () => {
    const Far = union("Far", { i: i32, f: f32 }, { align: 8 });
    const Wide = struct("Wide", { c: u8, far: aligned(u16, 16), _: anonymous(Far), end: u8 }, { align: 32 });
    const header = toCHeader(Variant, Wide).replace("#pragma once", "");
    const program = `${header}
#include <stdio.h>
#include <string.h>
int main(void) {
  Variant v; Wide w; memset(&v, 0, sizeof v); memset(&w, 0, sizeof w);
  v.kind = 1; v.value.f = 1.5f; v.low = 3; v.high = 4; v.last = 5; fwrite(&v, sizeof v, 1, stdout);
  v.value.i = -1; v.deep.wide = 0x1122334455667788u; fwrite(&v, sizeof v, 1, stdout);
  v.deep.mode = Mode_Run; v.value.raw[1] = 0; fwrite(&v, sizeof v, 1, stdout);
  w.c = 1; w.far = 2; w.f = 3; w.end = 4; fwrite(&w, sizeof w, 1, stdout);
  return 0;
}`;
    const output = new Uint8Array(runInC(compiler, program));
    const view = fresh();
    const seen: Uint8Array[] = [];
    const look = (buffer: ArrayBuffer): unknown => seen.push(new Uint8Array(buffer.slice(0)));
    const buffer = new ArrayBuffer(Variant.sizeBytes);
    const own = Variant.view(buffer);
    own.set({ kind: 1, value: { f: 1.5 }, low: 3, high: 4, last: 5 });
    look(buffer);
    own.value.i = -1;
    own.deep.wide = 0x1122334455667788n;
    look(buffer);
    own.deep.mode = "Run";
    own.value.raw.put(1, 0);
    look(buffer);
    const wide = new ArrayBuffer(Wide.sizeBytes);
    Wide.view(wide).set({ c: 1, far: 2, f: 3, end: 4 });
    look(wide);
    assert.deepEqual(Buffer.concat(seen), Buffer.from(output));
    view.set(own);
    assert.deepEqual(view.get(), own.get());
  });
