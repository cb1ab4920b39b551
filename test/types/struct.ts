// What must compile with structs, and what must not. Compiled, never run.
/* eslint-disable @typescript-eslint/no-unsafe-call -- what does not compile has no type */
import { fromCHeader } from "rtshm/c-header";
import {
  array,
  bits,
  bool,
  enumeration,
  f32Array,
  atomicU32,
  f64,
  i32,
  i64Number,
  struct,
  u32,
  u64,
  u8,
  unnamedBits,
  utf8,
  type ValueOf,
} from "rtshm/struct";

const Point = struct("Point", { x: f64, y: f64 });
const Shape = struct("Shape", {
  id: u32,
  big: u64,
  safe: i64Number,
  isOpen: bool,
  corners: array(Point, 3),
  label: utf8(8),
});
type Shape = ValueOf<typeof Shape>;

const view = Shape.view(new ArrayBuffer(Shape.sizeBytes));
const value: Shape = {
  id: 1,
  big: 1n,
  safe: 2,
  isOpen: true,
  corners: [{ x: 1, y: 2 }],
  label: "",
};
view.id = value.id;
view.big = 2n;
view.safe = 3;
view.isOpen = false;
view.label = "text";
view.corners.at(0).x = 1.5;
view.corners.set([{ x: 1, y: 2 }]);
view.set({ id: 1 });
const copy: Shape = view.get();
const id: number = Shape.read(new ArrayBuffer(80)).id;
for (const corner of view.corners) corner.y += 1;
export const used = [copy, id];

// @ts-expect-error a 64-bit integer is a bigint
view.big = 2;
// @ts-expect-error no such field
view.nothing = 1;
// @ts-expect-error a number is no boolean
view.isOpen = 1;
// @ts-expect-error an array field is stored to by its parts, or by set
view.corners = [];
// @ts-expect-error a string is no number
view.set({ id: "1" });
// @ts-expect-error a part is missing
Shape.write(new ArrayBuffer(80), 0, { id: 1 });
// @ts-expect-error a read-only view has no setters
Shape.readonlyView(new ArrayBuffer(80)).id = 1;
// @ts-expect-error a type is no string
struct("Wrong", { a: "u32" });
// @ts-expect-error a length is a number
array(u32, "3");

const Mode = enumeration("Mode", { Idle: 0, Run: 1 }, { base: u8 });
const Motor = struct("Motor", {
  mode: Mode,
  speed: bits(i32, 12),
  isOn: bits(bool, 1),
  gap: unnamedBits(u32, 3),
  address: bits(u64, 40),
  nextMode: bits(Mode, 2),
});
const motor = Motor.view(new ArrayBuffer(Motor.sizeBytes));
motor.mode = "Run";
motor.nextMode = motor.mode;
motor.speed += 1;
motor.isOn = true;
motor.address = 1n;
const mode: "Idle" | "Run" = motor.mode;
const run: number = Mode.values.Run;
const whole: ValueOf<typeof Motor> = { mode: "Idle", speed: 1, isOn: true, address: 1n, nextMode: "Run" };
export const usedToo = [mode, run, whole];

// @ts-expect-error no name of the enumeration
motor.mode = "Running";
// @ts-expect-error a name, not its number
motor.mode = 1;
// @ts-expect-error a value is a number
enumeration("Wrong", { A: "1" });
// @ts-expect-error the base is an integer of up to 32 bits
enumeration("Wrong", { A: 1 }, { base: f64 });
// @ts-expect-error a bigint is no base
enumeration("Wrong", { A: 1 }, { base: u64 });
// @ts-expect-error a float has no bit-fields
bits(f64, 3);
// @ts-expect-error a string has none
bits(utf8(3), 3);
// @ts-expect-error there are no arrays of bit-fields in C
array(bits(u32, 3), 4);
// @ts-expect-error 64 bits are a bigint
motor.address = 1;
// @ts-expect-error a gap has no value
export const gap: unknown = motor.gap;
// @ts-expect-error a read-only view has no setters
Motor.readonlyView(new ArrayBuffer(16)).speed = 1;

const Deep = struct("Deep", { points: array(Point, 2), inner: Point, hits: atomicU32, samples: f32Array(3) });
const readable = Deep.readonlyView(new ArrayBuffer(Deep.sizeBytes));
const seen: number[] = [readable.points.at(0).x, readable.inner.y, readable.hits.load(), ...readable.samples];
for (const point of readable.points) seen.push(point.x);
const all: ValueOf<typeof Deep> = readable.get();
export const readToo = [seen, all];

// @ts-expect-error a part of a read-only view has no setters either
readable.inner.x = 1;
// @ts-expect-error nor has an element of an array
readable.points.at(0).x = 1;
// @ts-expect-error nor can the array be stored
readable.points.set([]);
// @ts-expect-error nor an element
readable.points.put(0, { x: 1, y: 2 });
// @ts-expect-error an atomic field can only be loaded
readable.hits.add(1);
// @ts-expect-error there is no set
readable.set({});

interface Axis {
  mode: "Idle" | "Run";
  errors: number[];
  corner: { x: number; y: number }[];
  raw: Uint8Array;
}
const { Axis } = fromCHeader<{ Axis: Axis }>("typedef struct { int a; } Axis;", { dataModel: "LLP64", only: ["Axis"] });
const axis = Axis.view(new ArrayBuffer(Axis.sizeBytes));
axis.mode = "Run";
axis.errors.put(0, 1);
axis.corner.at(1).x = axis.corner.at(0).y;
axis.raw[0] = 1;
const whole3: Axis = axis.get();
const loose = fromCHeader("struct S { int a; };");
export const fromHeader = [whole3, loose.S?.sizeBytes];

// @ts-expect-error not one of the names
axis.mode = "Stop";
// @ts-expect-error an array is stored to by its parts, or by set
axis.errors = [];
// @ts-expect-error no such member
axis.nothing = 1;
// @ts-expect-error no such option
fromCHeader("", { long: 4 });
// @ts-expect-error no such data model
fromCHeader("", { dataModel: "ILP32" });
