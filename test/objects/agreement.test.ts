// What is said when two programs declare a struct differently: both sides, and the first field that differs.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { RtError, SharedMemory } from "rtshm";
import { array, bits, enumeration, f32, f64, struct, u16, u32, u8, type Fields } from "rtshm/struct";
import { freshName } from "../support/sides.js";

const Inner = struct("Inner", { x: f32, y: f32 });
const LongerInner = struct("Inner", { x: f32, y: f32, z: f32 });
const OtherInner = struct("Inner", { x: f32, z: f32 });
const Mode = enumeration("Mode", { Idle: 0, Run: 1 });
const OtherMode = enumeration("Mode", { Idle: 0, Run: 2 });
const many = (last: string): Fields =>
  Object.fromEntries([...Array.from({ length: 400 }, (_, i) => [`field${String(i)}`, u32]), [last, u32]]) as Fields;

const S = (fields: Fields, pack?: number) => struct("S", fields, pack === undefined ? {} : { pack });
const cases: [what: string, theirs: ReturnType<typeof S>, ours: ReturnType<typeof S>, said: string][] = [
  [
    "a field more here",
    S({ a: u32, b: u32 }),
    S({ a: u32, b: u32, c: u32 }),
    'creator: S of 8 bytes; you: S of 12 bytes; first difference at field S.c: nothing there, "8 u32 c" here',
  ],
  [
    "a field more there",
    S({ a: u32, b: u8 }),
    S({ a: u32 }),
    'creator: S of 8 bytes; you: S of 4 bytes; first difference at field S.b: "4 u8 b" there, nothing here',
  ],
  [
    "another type and so another size",
    S({ a: u32, b: u32 }),
    S({ a: u32, b: f64 }),
    'creator: S of 8 bytes; you: S of 16 bytes; first difference at field S.b: "4 u32 b" there, "8 f64 b" here',
  ],
  [
    "another name of a field",
    S({ a: u32, b: u32 }),
    S({ a: u32, c: u32 }),
    'creator: S of 8 bytes; you: S of 8 bytes; first difference at field S.c: "4 u32 b" there, "4 u32 c" here',
  ],
  [
    "other bits",
    S({ a: bits(u32, 3), b: bits(u32, 4) }),
    S({ a: bits(u32, 4), b: bits(u32, 4) }),
    'creator: S of 4 bytes; you: S of 4 bytes; first difference at field S.a: "0 u32:3@0 a" there, "0 u32:4@0 a" here',
  ],
  [
    "a struct inside, of another size",
    S({ parts: array(Inner, 2) }),
    S({ parts: array(LongerInner, 2) }),
    'creator: S of 16 bytes; you: S of 24 bytes; first difference at field Inner.z: nothing there, "8 f32 z" here',
  ],
  [
    "a struct inside, of the same size",
    S({ a: u16, part: Inner }),
    S({ a: u16, part: OtherInner }),
    'creator: S of 12 bytes; you: S of 12 bytes; first difference at field Inner.z: "4 f32 y" there, "4 f32 z" here',
  ],
  [
    "an enumeration inside",
    S({ mode: Mode }),
    S({ mode: OtherMode }),
    'creator: S of 4 bytes; you: S of 4 bytes; first difference at value Mode.Run: "Run 1" there, "Run 2" here',
  ],
  [
    "the end only",
    S({ a: u32, b: u8 }),
    S({ a: u32, b: u8 }, 1),
    'creator: S of 8 bytes; you: S of 5 bytes; first difference: "S 8 4" there, "S 5 1" here',
  ],
  [
    "what the header has no room for",
    S(many("a")),
    S(many("b")),
    "creator: S of 1604 bytes; you: S of 1604 bytes; they differ after what the header has room for",
  ],
];

for (const [what, theirs, ours, said] of cases)
  test(`two structs differ in ${what}: the error has both sizes and the first field`, () => {
    const name = freshName();
    using memory = SharedMemory.create(name, theirs);
    assert.equal(memory.size, theirs.sizeBytes);
    assert.throws(
      () => SharedMemory.open(name, ours),
      (error: unknown) =>
        error instanceof RtError &&
        error.code === "ERROR_INVALID_DATA" &&
        error.message ===
          `sharedMemory.open "${name}": ${said}: use one declaration in both programs (ERROR_INVALID_DATA)`,
    );
  });
