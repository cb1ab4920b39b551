// Loads, stores and copies: the mapped bytes against an ordinary ArrayBuffer, and C's memcpy for scale.
import { count, interleave, report, rounds, timePerOperation, type Figures } from "../case.js";
import { nanosecondsInC } from "../c-programs.js";
import { sharedBytes } from "../shared-bytes.js";

const ELEMENTS = 4096;
const PASSES = count(500, 2);
const COPIES: readonly [label: string, sizeBytes: number, times: number][] = [
  ["64 B", 64, 1_000_000],
  ["1 KB", 1024, 500_000],
  ["16 KB", 16 * 1024, 50_000],
  ["1 MB", 1024 * 1024, 500],
  ["64 MB", 64 * 1024 * 1024, 4],
];

let sink = 0;

function loadAll(view: Int32Array, passes: number): void {
  let sum = 0;
  for (let pass = 0; pass < passes; pass++) {
    for (let i = 0; i < ELEMENTS; i++) sum += view[i] as number;
  }
  sink += sum;
}

function storeAll(view: Int32Array, passes: number): void {
  for (let pass = 0; pass < passes; pass++) {
    for (let i = 0; i < ELEMENTS; i++) view[i] = pass;
  }
}

function loadFloats(view: Float64Array, passes: number): void {
  let sum = 0;
  for (let pass = 0; pass < passes; pass++) {
    for (let i = 0; i < ELEMENTS; i++) sum += view[i] as number;
  }
  sink += sum;
}

function loadByDataView(view: DataView, passes: number): void {
  let sum = 0;
  for (let pass = 0; pass < passes; pass++) {
    for (let i = 0; i < ELEMENTS; i++) sum += view.getInt32(i * 4, true);
  }
  sink += sum;
}

function storeByDataView(view: DataView, passes: number): void {
  for (let pass = 0; pass < passes; pass++) {
    for (let i = 0; i < ELEMENTS; i++) view.setInt32(i * 4, pass, true);
  }
}

function accessFigures(prefix: string, buffer: ArrayBuffer): () => Figures {
  const ints = new Int32Array(buffer);
  const floats = new Float64Array(buffer);
  const bytes = new DataView(buffer);
  const operations = ELEMENTS * PASSES;
  return () => ({
    [`${prefix} Int32Array load`]: timePerOperation(operations, () => loadAll(ints, PASSES)),
    [`${prefix} Int32Array store`]: timePerOperation(operations, () => storeAll(ints, PASSES)),
    [`${prefix} Float64Array load`]: timePerOperation(operations, () => loadFloats(floats, PASSES)),
    [`${prefix} DataView load`]: timePerOperation(operations, () => loadByDataView(bytes, PASSES)),
    [`${prefix} DataView store`]: timePerOperation(operations, () => storeByDataView(bytes, PASSES)),
  });
}

function copyFigure(key: string, to: Uint8Array, from: Uint8Array, times: number): () => Figures {
  return () => ({
    [key]: timePerOperation(times, () => {
      for (let i = 0; i < times; i++) to.set(from);
    }),
  });
}

const access = await interleave(
  rounds(21),
  accessFigures("plain", new ArrayBuffer(ELEMENTS * 8)),
  accessFigures("ours", sharedBytes("access", ELEMENTS * 8)),
);
for (const name of ["Int32Array load", "Int32Array store", "Float64Array load", "DataView load", "DataView store"]) {
  report(access, {
    name,
    against: "ordinary ArrayBuffer",
    theirs: `plain ${name}`,
    ours: `ours ${name}`,
    goal: { ratioAtMost: 1.05 },
  });
}

for (const [label, sizeBytes, times] of COPIES) {
  const from = new Uint8Array(sizeBytes).fill(1);
  const plain = new Uint8Array(sizeBytes).fill(2);
  const ours = new Uint8Array(sharedBytes(`copy ${label}`, sizeBytes)).fill(2);
  const repeats = count(times, 2);
  const copies = await interleave(
    rounds(21),
    copyFigure("plain", plain, from, repeats),
    copyFigure("ours", ours, from, repeats),
    () => ({ c: nanosecondsInC("copy", "memcpy", sizeBytes, repeats) }),
  );
  const name = `copy ${label} into it by Uint8Array.set`;
  report(copies, {
    name,
    against: "ordinary ArrayBuffer",
    theirs: "plain",
    ours: "ours",
    goal: { ratioAtMost: 1.05 },
  });
  report(copies, { name, against: "C memcpy", theirs: "c", ours: "ours" });
}
if (Number.isNaN(sink)) throw new Error("not a number");
