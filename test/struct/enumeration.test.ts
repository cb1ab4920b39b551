// Enumerations: names in the program, integers in the bytes, constants in C.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { array, enumeration, f64, i32, i64Number, i8, struct, toCHeader, u16, u32, u8 } from "rtshm/struct";
import { compilers, runInC } from "./c-compiler.js";

const Mode = enumeration("Mode", { Idle: 0, Run: 1, Stop: 1, Fault: 200 }, { base: u8 });
const Level = enumeration("Level", { Low: -1, High: 70_000 });
const Motor = struct("Motor", { mode: Mode, level: Level, modes: array(Mode, 3) });

test("a field is read as a name and takes a name; the bytes have its number", () => {
  const buffer = new ArrayBuffer(Motor.sizeBytes);
  const view = Motor.view(buffer);
  view.level = "Low";
  view.mode = "Fault";
  view.modes.put(2, "Run");
  assert.equal(view.mode, "Fault");
  assert.deepEqual([...new Uint8Array(buffer)], [200, 0, 0, 0, 255, 255, 255, 255, 0, 0, 1, 0]);
  assert.deepEqual(view.get(), { mode: "Fault", level: "Low", modes: ["Idle", "Idle", "Run"] });
  view.set({ mode: "Stop", level: "High" });
  assert.equal(view.mode, "Run", "the first of two names of a number");
  assert.equal(view.level, "High");
  assert.deepEqual([Mode.values.Fault, Mode.nameOf(200), Mode.numberOf("Run")], [200, "Fault", 1]);
});

test("without a base it is the integer that gcc and clang choose", () => {
  assert.equal(Level.base, i32);
  assert.equal(enumeration("E", { Most: 2 ** 32 - 1 }).base, u32);
});

test("a number without a name is refused when it is read, and printed as what it is", () => {
  const buffer = new ArrayBuffer(Motor.sizeBytes);
  const view = Motor.view(buffer);
  new Uint8Array(buffer)[0] = 7;
  assert.throws(() => view.mode, { name: "RangeError", message: /7 is no Mode: it has Idle 0, Run 1.*u8/ });
  assert.throws(() => view.get(), RangeError);
  assert.match(inspect(view), /^Motor \{\n {2}mode: <7 is no Mode: .*>,\n {2}level: <0 is no Level/);
});

test("what is no name is refused, and nothing is stored", () => {
  const buffer = new ArrayBuffer(Motor.sizeBytes);
  const view = Motor.view(buffer);
  assert.throws(() => (view.mode = "Running" as never), {
    name: "RangeError",
    message: /one of Idle, Run, Stop, Fault/,
  });
  assert.throws(() => (view.mode = 1 as never), TypeError);
  assert.throws(() => (view.mode = "toString" as never), RangeError);
  assert.throws(() => view.set({ level: "Low", mode: "x" as never }), /Motor\.mode is a Mode/);
  assert.throws(() => view.modes.put(0, "x" as never), RangeError);
  assert.deepEqual(new Uint8Array(buffer), new Uint8Array(Motor.sizeBytes));
});

test("names, values and bases that cannot be are refused", () => {
  for (const values of [{}, { "a b": 1 }, { A: 0.5 }, { A: -1, B: 2 ** 32 - 1 }, { A: 2 ** 32 }, { A: NaN }])
    assert.throws(() => enumeration("E", values as Record<string, number>), RangeError, inspect(values));
  for (const values of [null, [1], "A", { A: "1" }, { A: 1n }])
    assert.throws(() => enumeration("E", values as never), TypeError, inspect(values));
  assert.throws(() => enumeration("E", { A: 256 }, { base: u8 }), /from 0 to 255 \(u8\)/);
  assert.throws(() => enumeration("E", { A: -129 }, { base: i8 }), RangeError);
  for (const base of [f64, i64Number, "u8", Mode])
    assert.throws(() => enumeration("E", { A: 1 }, { base: base as never }), TypeError);
  for (const name of ["int", "a b", ""]) assert.throws(() => enumeration(name, { A: 1 }), RangeError);
  assert.throws(() => enumeration("E", { A: 1 }, { prefix: "1" }), RangeError);
});

test("two enumerations with other values make two declarations", () => {
  const declare = (values: Record<string, number>, base = u16) =>
    struct("S", { e: enumeration("E", values, { base }) });
  const one = declare({ A: 0, B: 1 });
  assert.equal(one.declaration, "S 2 2\n0 E e\n\nE enum u16\nA 0\nB 1");
  const others = [
    declare({ A: 1, B: 0 }),
    declare({ A: 0 }),
    declare({ A: 0, B: 1, C: 2 }),
    declare({ A: 0, B: 1 }, u8),
  ];
  assert.equal(new Set([one, ...others].map(({ hash }) => hash)).size, 5);
});

for (const compiler of compilers) {
  test(`${compiler} has the same constants and sizes`, () => {
    const header = toCHeader(Motor, struct("Other", { e: enumeration("Plain", { A: 5 }, { prefix: "PLAIN_" }) }));
    const program = `${header.replace("#pragma once", "")}
#include <stdio.h>
int main(void) { Motor m = { .mode = Mode_Fault, .level = Level_Low, .modes = { Mode_Run } }; fwrite(&m, sizeof m, 1, stdout); return PLAIN_A - 5; }`;
    const bytes = new Uint8Array(runInC(compiler, program));
    assert.deepEqual(Motor.read(bytes.buffer), { mode: "Fault", level: "Low", modes: ["Run", "Idle", "Idle"] });
  });
}

test("two constants of one name are refused in a C header", () => {
  const a = enumeration("A", { On: 1 }, { prefix: "" });
  const b = enumeration("B", { On: 1 }, { prefix: "" });
  assert.throws(() => toCHeader(struct("S", { a, b })), /two constants are called On/);
});
