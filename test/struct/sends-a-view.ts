// Run by view-as-object.test.ts, with an IPC channel: sends a view of a struct, a part of it and its copy, and says what came of each.
import { array, struct, u32, u64 } from "rtshm/struct";

const Point = struct("Point", { x: u32, big: u64 });
const Line = struct("Line", { points: array(Point, 2) });
const view = Line.view(new ArrayBuffer(Line.sizeBytes));
view.points.at(1).x = 7;
view.points.at(1).big = 2n ** 60n;

for (const given of [view, { inside: view }, view.points, view.points.at(1), view.get()]) {
  try {
    process.send?.({ sent: given });
  } catch (error) {
    process.send?.({ refused: (error as Error).message });
  }
}
