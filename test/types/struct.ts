// What must compile with structs, and what must not. Compiled, never run.
import { array, bool, f64, i64Number, struct, u32, u64, utf8, type ValueOf } from "rtshm/struct";

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
