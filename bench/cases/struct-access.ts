// Fields of an array of structs: by generated views, by typed arrays and by DataView written by hand.
import { array, bits, f64, struct, u32 } from "rtshm/struct";
import { count, interleave, report, rounds, timePerOperation, type Figures } from "../case.js";
import { sharedBytes } from "../shared-bytes.js";

const POINTS = 1024;
const PASSES = count(200, 2);
/** A figure is the shortest of so many slices: each is so short that most are not interrupted, and V8 has compiled before the last. */
const SLICES = count(20, 2);
const OPERATIONS = POINTS * PASSES;

const Point = struct("Point", { id: u32, flags: u32, x: f64, y: f64 });
const Cloud = struct("Cloud", { points: array(Point, POINTS) });
// Further structs of the same size in arrays of the same length, so that what structs or arrays shared would be megamorphic.
const others = ["A", "B", "C", "D", "E", "F"].map((name) => {
  const Other = struct(name, { id: u32, [name]: u32, x: f64, y: f64 });
  return struct(`${name}s`, { points: array(Other, POINTS) });
});

let sink = 0;

function warm(): void {
  for (const other of others) {
    const view = other.view(new ArrayBuffer(other.sizeBytes));
    for (let i = 0; i < 10_000; i++) {
      const point = view.points.at(i % POINTS) as unknown as { id: number; x: number };
      point.x += point.id++;
    }
    sink += view.points.at(0).x;
  }
}
warm();

const buffer = sharedBytes("struct access", Cloud.sizeBytes);
const { points } = Cloud.view(buffer);
const ids = new Uint32Array(buffer);
const numbers = new Float64Array(buffer);
const bytes = new DataView(buffer);

function byView(): void {
  for (let pass = 0; pass < PASSES; pass++) {
    for (let i = 0; i < POINTS; i++) {
      const point = points.at(i);
      point.id = pass;
      point.x = point.y + point.id;
    }
  }
}

function byTypedArray(): void {
  for (let pass = 0; pass < PASSES; pass++) {
    for (let i = 0; i < POINTS; i++) {
      ids[i * 6] = pass;
      numbers[i * 3 + 1] = (numbers[i * 3 + 2] as number) + (ids[i * 6] as number);
    }
  }
}

function byDataView(): void {
  for (let pass = 0; pass < PASSES; pass++) {
    for (let i = 0; i < POINTS; i++) {
      bytes.setUint32(i * 24, pass, true);
      bytes.setFloat64(i * 24 + 8, bytes.getFloat64(i * 24 + 16, true) + bytes.getUint32(i * 24, true), true);
    }
  }
}

const single = Point.view(buffer);

function fieldByView(): void {
  for (let i = 0; i < OPERATIONS; i++) {
    single.id = i;
    sink += single.id;
  }
}

function fieldByTypedArray(): void {
  for (let i = 0; i < OPERATIONS; i++) {
    ids[0] = i;
    sink += ids[0];
  }
}

const Status = struct("Status", { mode: bits(u32, 3), level: bits(u32, 12), other: bits(u32, 17) });
const status = Status.view(buffer);
const Grid = struct("Grid", { cells: array(u32, POINTS) });
const { cells } = Grid.view(buffer);

function bitsByView(): void {
  for (let i = 0; i < OPERATIONS; i++) {
    status.level = i;
    sink += status.level;
  }
}

function bitsByTypedArray(): void {
  for (let i = 0; i < OPERATIONS; i++) {
    ids[0] = ((ids[0] as number) & ~0x7ff8) | ((i & 0xfff) << 3);
    sink += (ids[0] >>> 3) & 0xfff;
  }
}

function cellsByView(): void {
  for (let pass = 0; pass < PASSES; pass++) for (let i = 0; i < POINTS; i++) cells.put(i, cells.at(i) + pass);
}

function cellsByTypedArray(): void {
  for (let pass = 0; pass < PASSES; pass++) for (let i = 0; i < POINTS; i++) ids[i] = (ids[i] as number) + pass;
}

const timed = (name: string, work: () => void) => (): Figures => ({
  [name]: Math.min(...Array.from({ length: SLICES }, () => timePerOperation(OPERATIONS, work))),
});

const figures = await interleave(
  rounds(21),
  timed("typed", byTypedArray),
  timed("view", byView),
  timed("DataView", byDataView),
  timed("typed field", fieldByTypedArray),
  timed("view field", fieldByView),
  timed("typed bits", bitsByTypedArray),
  timed("view bits", bitsByView),
  timed("typed cells", cellsByTypedArray),
  timed("view cells", cellsByView),
);
if (sink === 0.5) console.log(sink);

const array3 = { name: "an element of an array of structs: one store, two loads, one store", ours: "view" };
report(figures, { ...array3, against: "typed arrays by hand", theirs: "typed", goal: { ratioAtMost: 1.1 } });
report(figures, { ...array3, against: "DataView by hand", theirs: "DataView" });
report(figures, {
  name: "one field of a struct: a store and a load",
  against: "typed array by hand",
  theirs: "typed field",
  ours: "view field",
  goal: { ratioAtMost: 1.1 },
});
report(figures, {
  name: "a bit-field: a store and a load",
  against: "masks on a typed array by hand",
  theirs: "typed bits",
  ours: "view bits",
  goal: { ratioAtMost: 1.1 },
});
report(figures, {
  name: "an element of an array of integers: a load and a store",
  against: "typed array by hand",
  theirs: "typed cells",
  ours: "view cells",
});
