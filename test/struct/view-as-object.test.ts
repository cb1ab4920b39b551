// What JavaScript does with any object (spread it, list it, clone it, send it, store to a name it does not have) does with a view what is
// meant, or throws a sentence.
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { MessageChannel, Worker } from "node:worker_threads";
import {
  anonymous,
  array,
  atomicI64,
  atomicU32,
  bits,
  bytes,
  enumeration,
  f64,
  f64Array,
  i32,
  i64Number,
  struct,
  u16,
  u32,
  u64,
  u64Array,
  u8,
  union,
  utf16,
  utf8,
} from "rtshm/struct";

const Mode = enumeration("Mode", { Idle: 0, Run: 1 }, { base: u8 });
const Point = struct("Point", { x: f64, y: f64 });
const Either = union("Either", { whole: i32, half: u16 });
const Machine = struct("Machine", {
  id: u32,
  mode: Mode,
  nextMode: bits(Mode, 3),
  label: utf8(6),
  wide: utf16(3),
  total: u64,
  safe: i64Number,
  at: Point,
  path: array(Point, 3),
  modes: array(Mode, 2),
  labels: array(utf8(4), 2),
  raw: bytes(3),
  samples: f64Array(2),
  stamps: u64Array(2),
  hits: atomicU32,
  clock: atomicI64,
  either: Either,
  _: anonymous(union("Number", { asInt: i32, asBytes: array(u8, 4) })),
});
const NAMES = [
  ...["id", "mode", "nextMode", "label", "wide", "total", "safe", "at", "path", "modes", "labels", "raw"],
  ...["samples", "stamps", "hits", "clock", "either", "asInt", "asBytes"],
];

type View = ReturnType<typeof Machine.view>;

function example(): View {
  const view = Machine.view(new ArrayBuffer(Machine.sizeBytes));
  view.set({ id: 7, mode: "Run", label: "abc", total: 2n ** 60n, safe: -5, at: { x: 1, y: 2 }, asInt: 0x01020304 });
  view.path.at(2).y = 0.5;
  view.raw.set([1, 2, 3]);
  view.samples.set([0.25, 4]);
  view.stamps[1] = 2n ** 63n;
  view.hits.store(9);
  view.clock.store(-1n);
  view.either.half = 3;
  return view;
}

test("a view is spread, listed and assigned as an object with its fields, those of parts without a name too", () => {
  const view = example();
  assert.deepEqual(Object.keys(view), NAMES);
  assert.deepEqual(Reflect.ownKeys({ ...view }), NAMES);
  const { id, mode, label, total, asInt } = { ...view };
  assert.deepEqual([id, mode, label, total, asInt], [7, "Run", "abc", 2n ** 60n, 0x01020304]);
  const listed: string[] = [];
  for (const name in view) listed.push(name);
  assert.deepEqual(listed, NAMES);
  assert.deepEqual(Object.keys(view.path), []);
  assert.deepEqual(Object.keys(view.path.at(1)), ["x", "y"]);
  const { at, ...others } = view;
  assert.deepEqual([at.x, Object.keys(others).includes("at")], [1, false]);
  Object.assign(view, { id: 8, mode: "Idle" });
  assert.deepEqual([view.id, view.mode], [8, "Idle"]);
  assert.deepEqual(Object.keys(Machine.readonlyView(new ArrayBuffer(Machine.sizeBytes))), NAMES);
});

test("the views of a struct in a second memory have their fields as their own too", () => {
  const Own = struct("Own", { id: u32, at: Point });
  const views = [1, 2, 3].map((id) => {
    const view = Own.view(new ArrayBuffer(Own.sizeBytes));
    view.id = id;
    return view;
  });
  assert.deepEqual(
    views.map((view) => ({ ...view }).id),
    [1, 2, 3],
  );
  for (const view of views) assert.deepEqual(Object.keys(view), ["id", "at"]);
});

test("JSON has all fields: 64-bit integers as digits or as numbers, as they are declared, and typed arrays as arrays", () => {
  const view = example();
  const expected = {
    ...{ id: 7, mode: "Run", nextMode: "Idle", label: "abc", wide: "", total: "1152921504606846976", safe: -5 },
    ...{ at: { x: 1, y: 2 }, path: [0, 0, 0.5].map((y) => ({ x: 0, y })), modes: ["Idle", "Idle"], labels: ["", ""] },
    ...{ raw: [1, 2, 3], samples: [0.25, 4], stamps: ["0", "9223372036854775808"], hits: 9, clock: "-1" },
    ...{ either: { whole: 3, half: 3 }, asInt: 0x01020304, asBytes: [4, 3, 2, 1] },
  };
  assert.deepEqual(JSON.parse(JSON.stringify(view)), expected);
  assert.equal(
    JSON.stringify([view.path, view.at, view.hits, view.clock]),
    '[[{"x":0,"y":0},{"x":0,"y":0},{"x":0,"y":0.5}],{"x":1,"y":2},9,"-1"]',
  );
});

test("a view, a part of it and what has one in it are not cloned and not sent to a thread: the error says what to take", async () => {
  const view = example();
  const worker = new Worker("require('node:worker_threads').parentPort.on('message', () => {})", { eval: true });
  const { port1, port2 } = new MessageChannel();
  try {
    const refused = { name: "DataCloneError", message: /view of \w+[^]*take its copy, get\(\)/ };
    for (const given of [view, view.at, view.path, view.path.view(1), view.asBytes, { inside: [view] }]) {
      assert.throws(() => structuredClone(given), refused);
      assert.throws(() => worker.postMessage(given), refused);
      assert.throws(() => port1.postMessage(given), refused);
      assert.throws(() => new Worker("", { eval: true, workerData: given }), refused);
    }
    const cell = { name: "DataCloneError", message: /atomic field: take its value, load\(\)/ };
    assert.throws(() => structuredClone(view.hits), cell);
    assert.deepEqual(structuredClone(view.get()), view.get());
  } finally {
    port1.close();
    port2.close();
    await worker.terminate();
  }
});

for (const serialization of ["json", "advanced"] as const)
  test(`process.send (${serialization}) sends the values, or refuses, and never the memory`, async () => {
    const child = fork(fileURLToPath(new URL("./sends-a-view.js", import.meta.url)), { serialization });
    const messages: { sent?: unknown; refused?: string }[] = [];
    child.on("message", (message) => messages.push(message as object));
    await once(child, "close");
    const big = serialization === "json" ? "1152921504606846976" : 2n ** 60n;
    const points = [
      { x: 0, big: serialization === "json" ? "0" : 0n },
      { x: 7, big },
    ];
    const copy = messages.pop();
    if (serialization === "json") {
      assert.match(copy?.refused ?? "", /BigInt/, "a copy has bigints, which JSON has not");
      assert.deepEqual(
        messages.map(({ sent }) => sent),
        [{ points }, { inside: { points } }, points, points[1]],
      );
    } else {
      assert.deepEqual(copy, { sent: { points } });
      assert.equal(messages.length, 4);
      for (const { refused = "" } of messages) assert.match(refused, /take its copy, get\(\)/);
    }
  });

test("a store to a name that is no field throws and says which there are, also in a program that is not strict", () => {
  const view = example();
  const loose = view as unknown as Record<string | symbol, unknown>;
  const store = vm.runInThisContext("(function (view, name, value) { view[name] = value; })") as (
    view: object,
    name: string | symbol,
    value: unknown,
  ) => void;
  assert.throws(() => (loose.typo = 1), { name: "TypeError", message: /^Machine has no field typo: it has id, mode/ });
  assert.throws(() => store(view, "typo", 1), { name: "TypeError", message: /no field typo/ });
  assert.throws(() => store(view, Symbol("s"), 1), { name: "TypeError", message: /Symbol\(s\)/ });
  assert.throws(() => store(view.path.at(0), "z", 1), {
    name: "TypeError",
    message: /^Point has no field z: it has x, y/,
  });
  assert.throws(() => store(view.path, "0", 1), { name: "TypeError", message: /^Machine\.path\[0\].*put\(0, value\)/ });
  assert.throws(() => store(view.path, "first", 1), { name: "TypeError", message: /^Machine\.path .*has no first/ });
  assert.throws(() => store(view.hits, "value", 1), { name: "TypeError", message: /no value: store\(value\)/ });
  assert.throws(() => (view.path as unknown as unknown[])[1], { name: "TypeError", message: /at\(1\) reads it/ });
  for (const [name, words] of [
    ["at", /^Machine\.at is stored to by its parts, or by set/],
    ["path", /^Machine\.path is stored to by its parts/],
    ["raw", /^Machine\.raw is stored to by its parts/],
    ["hits", /^Machine\.hits is stored to by store\(value\)/],
  ] as const)
    assert.throws(() => store(view, name, []), { name: "TypeError", message: words });
  const readable = Machine.readonlyView(new ArrayBuffer(Machine.sizeBytes));
  assert.throws(() => store(readable, "id", 1), { name: "TypeError", message: /this view of Machine is read-only/ });
  assert.throws(() => store(readable.at, "x", 1), { name: "TypeError", message: /read-only/ });
  assert.throws(() => Reflect.deleteProperty(view, "id") || assert.fail("not deleted"), { message: "not deleted" });
  assert.deepEqual(view.get(), example().get());
  assert.equal((loose as { nothing?: unknown }).nothing, undefined, "what is not there is read as with any object");
});

test("errors of enumerations and texts name the field, in bits, in elements and in parts of the whole too", () => {
  const view = example();
  const loose = view as unknown as Record<string, never>;
  const wrong = "Bad" as never;
  for (const [store, words] of [
    [() => (view.mode = wrong), /^Machine\.mode is a Mode: .* Idle, Run, not Bad/],
    [() => (view.mode = 1 as never), /^Machine\.mode is a Mode: it must be one of its names, not number/],
    [() => (view.nextMode = wrong), /^Machine\.nextMode is a Mode/],
    [() => (view.label = "far too long"), /^Machine\.label takes 12 bytes of UTF-8, there is room for 6/],
    [() => (view.label = 5 as never), /^Machine\.label must be a string/],
    [() => (view.wide = "abcd"), /^Machine\.wide has 4 units/],
    [() => (view.wide = "a\0"), /^Machine\.wide ends at a NUL/],
    [() => view.modes.put(1, wrong), /^Machine\.modes\[1\] is a Mode/],
    [() => view.labels.put(0, "abcde"), /^Machine\.labels\[0\] takes 5 bytes/],
    [() => view.set({ mode: wrong }), /^Machine\.mode is a Mode/],
    [() => view.labels.set(["", "abcde"]), /^Machine\.labels\[1\] takes 5/],
    [() => (loose.safe = 0.5 as never), /^Machine\.safe is a i64/],
  ] as const)
    assert.throws(store, { message: words });
  assert.deepEqual(view.get(), example().get());
});

test("iterating an array gives each element once, as a view of its own; cursor() gives one that moves", () => {
  const { path } = example();
  const all = [...path];
  for (const [i, point] of all.entries()) point.x = i + 1;
  assert.deepEqual(
    all.map(({ x }) => x),
    [1, 2, 3],
  );
  assert.deepEqual(
    Array.from(path, ({ x }) => x),
    [1, 2, 3],
  );
  const [first, ...others] = path;
  path.at(2);
  assert.equal(first?.x, 1);
  assert.equal(others.length, 2);
  const kept = path.view(1);
  path.at(0).x = 9;
  assert.deepEqual([kept.x, path.view(0).x], [2, 9]);
  const cursors = [...path.cursor()];
  assert.ok(cursors.every((cursor) => cursor === cursors[0]));
  assert.deepEqual(
    Array.from(path.cursor(), ({ x }) => x),
    [9, 2, 3],
  );
  assert.throws(() => path.view(3), RangeError);
  for (const index of [-1, 0.5, NaN, "1"]) assert.throws(() => path.view(index as number), RangeError);
});

test("views of elements stay with their elements when the array is itself a part of something that moves", () => {
  const Row = struct("Row", { cells: array(Point, 2) });
  const Grid = struct("Grid", { rows: array(Row, 3), many: array(Point, 2000) });
  const grid = Grid.view(new ArrayBuffer(Grid.sizeBytes));
  // Through a cursor, so that one array object is moved from row to row.
  const all = [0, 1, 2].flatMap((row) => [...grid.rows.at(row).cells]);
  for (const [i, cell] of all.entries()) cell.x = i;
  assert.deepEqual(
    grid.rows.get().map(({ cells }) => cells.map(({ x }) => x)),
    [
      [0, 1],
      [2, 3],
      [4, 5],
    ],
  );
  const again = [2, 0].flatMap((row) => [...grid.rows.at(row).cells]).map(({ x }) => x);
  assert.deepEqual(again, [4, 5, 0, 1]);
  for (const [i, point] of [...grid.many].entries()) point.y = i;
  assert.deepEqual([grid.many.at(0).y, grid.many.at(1999).y, grid.many.view(1024).y], [0, 1999, 1024]);
});

test("iterating an array of a read-only view gives read-only views", () => {
  const readable = Machine.readonlyView(new ArrayBuffer(Machine.sizeBytes));
  for (const point of readable.path) assert.throws(() => ((point as { x: number }).x = 1), /read-only/);
});
