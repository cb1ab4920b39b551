// Declarations: what they say of themselves, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromCHeader } from "rtshm/c-header";
import { array, enumeration, f64, struct, toCHeader, u32, u8, utf16, utf8, type FieldType } from "rtshm/struct";

test("a declaration tells two layouts apart, and the same declaration in two programs is the same", () => {
  const declare = (name: string, fields: Record<string, FieldType<number>>, pack?: number) =>
    struct(name, fields, pack === undefined ? {} : { pack });
  const one = declare("S", { a: u8, b: u32 });
  assert.equal(one.declaration, "S 8 4\n0 u8 a\n4 u32 b");
  assert.match(one.hash, /^[0-9a-f]{16}$/);
  assert.equal(declare("S", { a: u8, b: u32 }).hash, one.hash);
  const others = [
    declare("T", { a: u8, b: u32 }),
    declare("S", { b: u32, a: u8 }),
    declare("S", { a: u8, c: u32 }),
    declare("S", { a: u8, b: f64 }),
    declare("S", { a: u8, b: u32 }, 1),
  ];
  assert.equal(new Set([one, ...others].map(({ hash }) => hash)).size, 6);
});

test("a declaration includes the structs that it is made of", () => {
  const inner = (type: FieldType<number>) => struct("Inner", { a: type, b: u32 });
  const outer = (type: FieldType<number>) => struct("Outer", { list: array(array(inner(type), 2), 2) });
  assert.equal(outer(u8).sizeBytes, outer(u32).sizeBytes);
  assert.notEqual(outer(u8).hash, outer(u32).hash);
});

test("names that are no identifiers, or taken, are refused and nothing is evaluated", () => {
  for (const name of [
    "",
    "a b",
    "1a",
    "a-b",
    "a;process.exit(1)",
    "x(){}",
    "ä",
    "get",
    "set",
    "constructor",
    "__proto__",
    "int",
    "toString",
    "a".repeat(64),
  ]) {
    assert.throws(() => struct("S", Object.fromEntries([[name, u8]])), RangeError, name);
    assert.throws(() => struct(name, { a: u8 }), RangeError, name);
  }
  assert.throws(() => struct(7 as never, { a: u8 }), TypeError);
});

test("types, lengths and packs that cannot be are refused", () => {
  assert.throws(() => struct("S", {}), RangeError);
  assert.throws(() => struct("S", { a: "u8" as never }), TypeError);
  assert.throws(() => struct("S", { a: "char *" as never }), { name: "TypeError", message: /another process.*offset/ });
  for (const pack of [0, 3, 32, -1, "1"])
    assert.throws(() => struct("S", { a: u8 }, { pack: pack as number }), RangeError);
  for (const length of [0, -1, 1.5, NaN, 2 ** 31]) {
    assert.throws(() => array(u8, length), RangeError);
    if (length !== 2 ** 31) assert.throws(() => utf8(length), RangeError);
    if (length !== 2 ** 31) assert.throws(() => utf16(length), RangeError);
  }
  assert.throws(() => array(undefined as never, 1), TypeError);
  assert.throws(() => struct("S", { a: u8 }).offsetOf("b"), RangeError);
});

test("a misspelt option is refused: it would silently give another layout", () => {
  const noOption = (option: string) => ({ name: "TypeError", message: new RegExp(`there is no option ${option}: `) });
  assert.throws(() => struct("S", { a: u8, b: u32 }, { packed: 1 } as never), noOption("packed"));
  assert.throws(() => enumeration("E", { A: 1 }, { bass: u8 } as never), noOption("bass"));
  assert.throws(() => fromCHeader("struct S { long l; };", { datamodel: "LLP64" } as never), noOption("datamodel"));
  for (const call of [
    () => struct("S", { a: u8 }, null as never),
    () => enumeration("E", { A: 1 }, 7 as never),
    () => fromCHeader("", null as never),
  ])
    assert.throws(call, { name: "TypeError", message: /options must be an object, not / });
});

test("what is null or no type is refused by name", () => {
  assert.throws(() => struct("S", { a: null as never }), { message: /S\.a must be a type such as u32.*not null/ });
  assert.throws(() => struct("S", null as never), { message: /fields of S must be an object/ });
  assert.throws(() => array(null as never, 2), { message: /type must be a type such as u32/ });
  for (const wrong of [u8, array(struct("S", { a: u8 }), 2), null, "S"])
    assert.throws(() => toCHeader(wrong as never), { name: "TypeError", message: /made of structs/ });
});

test("a header with two structs of one name is refused", () => {
  assert.throws(() => toCHeader(struct("S", { a: u8 }), struct("S", { a: u32 })), /two structs are called S/);
});
