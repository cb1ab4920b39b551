// Accesses make no objects: a loop over structs leaves nothing to the garbage collector.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { projectRoot } from "../support/project.js";

const ACCESSES = 1_000_000;

// A young generation that is not collected while this runs, so that what is allocated stays counted.
const FLAGS = ["--expose-gc", "--min-semi-space-size=64", "--max-semi-space-size=64", "--input-type=module", "-e"];

const program = (body: string): string => `
import { array, atomicU32, bits, bool, enumeration, f64, i32Array, struct, u16, u32 } from "rtshm/struct";
const Mode = enumeration("Mode", { Idle: 0, Run: 1 });
const Point = struct("Point", { x: f64, y: f64 });
const Part = struct("Part", { id: u32, isOn: bool, mode: Mode, level: bits(u32, 5), at: Point, tags: array(u16, 4), hits: atomicU32, raw: i32Array(2) });
const Whole = struct("Whole", { parts: array(Part, 100), rows: array(array(Point, 3), 4) });
const view = Whole.view(new ArrayBuffer(Whole.sizeBytes));
let kept;
function access(count) {
  for (let i = 0; i < count; i++) {
    const part = view.parts.at(i % 100);
    part.id = i & 0xffff;
    part.isOn = !part.isOn;
    part.mode = part.isOn ? "Run" : "Idle";
    part.level = part.level + 1;
    part.at.x = part.at.y + part.id;
    part.tags.put(i & 3, part.id);
    part.hits.add(part.tags.at(i & 3));
    view.rows.at(i & 3).at(1).y = part.at.x;
    ${body}
  }
}
access(${ACCESSES / 4});
access(${ACCESSES / 4});
gc();
const before = process.memoryUsage().heapUsed;
access(${ACCESSES});
console.log((process.memoryUsage().heapUsed - before) / ${ACCESSES});
`;

function bytesForEachAccess(body: string): number {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...FLAGS, program(body)], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return Number(stdout);
}

test("reading and storing fields, nested, repeated, atomic, as names and as bits, allocates nothing", () => {
  assert.ok(bytesForEachAccess("") < 1);
});

test("what allocates is seen by this measurement", () => {
  assert.ok(bytesForEachAccess("kept = { part };") > 16);
});
