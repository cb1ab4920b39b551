// A struct that was used in one memory is used in another: views reach their own memory, however often V8 has compiled them before.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { array, bits, bool, enumeration, f64, struct, u16, u32, u64 } from "rtshm/struct";
import { projectRoot } from "../support/project.js";

const Mode = enumeration("Mode", { Idle: 0, Run: 1, Stop: 2 });
const Point = struct("Point", { x: f64, y: f64 });

// Each test declares its own: a struct is in one memory only once.
const declare = (pack: 1 | 8) =>
  struct(
    "Machine",
    {
      id: u32,
      isOn: bool,
      mode: Mode,
      level: bits(u32, 5),
      total: u64,
      at: Point,
      path: array(Point, 4),
      grid: array(array(u16, 3), 2),
    },
    { pack },
  );

type Machine = ReturnType<ReturnType<typeof declare>["view"]>;

const HOT = 20_000;

function write(view: Machine, seed: number): void {
  view.id = seed;
  view.isOn = seed % 2 === 0;
  view.mode = seed % 3 === 0 ? "Run" : "Stop";
  view.level = seed;
  view.total = BigInt(seed);
  view.at.x = seed + 1;
  view.at.y = seed + 2;
  for (let i = 0; i < 4; i++) view.path.at(i).y = seed + i;
  for (let i = 0; i < 6; i++) view.grid.at(i % 2).put(i % 3, seed + i);
}

function sumOf(view: Machine): number {
  let sum = view.id + Number(view.isOn) + Mode.numberOf(view.mode) + view.level + Number(view.total);
  sum += view.at.x + view.at.y;
  for (let i = 0; i < 4; i++) sum += view.path.at(i).y;
  for (let i = 0; i < 6; i++) sum += view.grid.at(i % 2).at(i % 3);
  return sum;
}

for (const pack of [8, 1] as const)
  test(`views in two memories, the first in code that was compiled for it alone (pack ${String(pack)})`, () => {
    const Struct = declare(pack);
    const firstBuffer = new ArrayBuffer(Struct.sizeBytes);
    const first = Struct.view(firstBuffer);
    let sum = 0;
    for (let i = 0; i < HOT; i++) {
      write(first, i % 100);
      sum += sumOf(first);
    }
    assert.ok(sum > 0);
    write(first, 7);
    const expected = sumOf(first);
    const before = new Uint8Array(firstBuffer.slice(0));

    const second = Struct.view(new ArrayBuffer(Struct.sizeBytes));
    assert.equal(sumOf(second), 0);
    for (let i = 0; i < HOT; i++) write(second, i % 100);
    assert.deepEqual(new Uint8Array(firstBuffer), before);
    write(second, 21);
    assert.equal(sumOf(first), expected);
    assert.deepEqual(first.get(), Struct.read(firstBuffer));
    write(first, 40);
    const third = Struct.view(new ArrayBuffer(2 * Struct.sizeBytes), Struct.sizeBytes);
    third.set(second.get());
    write(second, 99);
    assert.equal(third.id, 21);
    assert.equal(first.id, 40);
    assert.equal(second.path.at(3).y, 102);
    assert.equal(third.path.at(3).y, 24);
  });

test("a view whose memory has gone stays without one when another memory comes", () => {
  const Struct = declare(8);
  const buffer = new ArrayBuffer(Struct.sizeBytes);
  const gone = Struct.view(buffer);
  for (let i = 0; i < HOT; i++) write(gone, i % 100);
  structuredClone(buffer, { transfer: [buffer] });
  gone.id = 5;
  assert.equal(gone.id, undefined);
  const next = Struct.view(new ArrayBuffer(Struct.sizeBytes));
  next.id = 6;
  gone.id = 7;
  assert.equal(gone.id, undefined);
  assert.equal(next.id, 6);
});

test("a second memory that comes when the stack is full is not taken for the first", () => {
  const Struct = declare(8);
  const first = Struct.view(new ArrayBuffer(Struct.sizeBytes));
  first.id = 1;
  const buffer = new ArrayBuffer(Struct.sizeBytes);
  let second: Machine | undefined;
  let failed = 0;
  function dive(): void {
    try {
      dive();
    } catch {
      // the stack is full: the frames above have a little of it each
    }
    try {
      second ??= Struct.view(buffer);
    } catch {
      failed++;
    }
  }
  dive();
  assert.ok(failed > 0);
  const { id, path } = second!;
  assert.deepEqual([id, path.at(0).x], [0, 0]);
  second!.id = 2;
  assert.deepEqual([first.id, Struct.read(buffer).id], [1, 2]);
});

const collects = (body: string): string => `
import { array, f64, struct } from "rtshm/struct";
const Point = struct("Point", { x: f64, y: f64 });
const Path = struct("Path", { points: array(Point, 1000) });
function use(buffer) {
  const view = Path.view(buffer);
  for (let i = 0; i < 100_000; i++) view.points.at(i % 1000).x += 1;
  return new WeakRef(buffer);
}
const first = use(new ArrayBuffer(Path.sizeBytes));
${body}
for (let i = 0; i < 20 && first.deref() !== undefined; i++) {
  await new Promise((resolve) => setImmediate(resolve));
  gc();
}
console.log(first.deref() === undefined ? "collected" : "kept");
`;

for (const [what, body] of [
  ["alone", ""],
  ["before another", "const second = new ArrayBuffer(Path.sizeBytes); use(second);"],
] as const)
  test(`a struct does not keep a memory that it was used in ${what}`, () => {
    const program = collects(body);
    const flags = ["--expose-gc", "--input-type=module", "--eval"];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, program], {
      cwd: projectRoot,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "collected\n");
  });
