// What must compile with snapshots, and what must not. Compiled, never run.
import { Snapshot, type SnapshotCopy, type SnapshotWriter } from "rtshm";
import { bytes, f64, struct, u32 } from "rtshm/struct";

const Sensor = struct("Sensor", { x: f64, count: u32, raw: bytes(8) });
const Other = struct("Other", { y: f64 });
const sensor = Snapshot.openOrCreate("Line3.Sensor", Sensor);
const other = Snapshot.open("other", Other);

export async function right(signal: AbortSignal): Promise<unknown> {
  const value: { x: number; count: number; raw: Uint8Array } = sensor.read();
  const version: number = sensor.write({ x: 1, count: 2, raw: new Uint8Array(8) });
  sensor.update((view) => {
    view.x += 1;
    view.raw[0] = 1;
  });
  sensor.update((view) => (view.count = 3));
  using writer = sensor.writer();
  writer.view.count = writer.publish();
  const copy = sensor.copy();
  const read: number = sensor.readInto(copy) + sensor.readInto(new Uint8Array(Sensor.sizeBytes)) + copy.view.count;
  const changed: number = await sensor.changed({ since: version, signal });
  const timed: number | undefined = await sensor.changed({ timeoutMs: 5 });
  for await (const { x } of sensor.changes({ signal, since: 0 })) return x.toFixed();
  const named: [SnapshotCopy<typeof value, unknown>?, SnapshotWriter<typeof value, unknown>?] = [];
  return [value, read, changed, timed, named, Snapshot.attach(sensor.describe(), Sensor)];
}

// @ts-expect-error a struct is needed
Snapshot.create("name");
// @ts-expect-error a size is no struct
Snapshot.create("name", { size: 8 });
// @ts-expect-error a field is missing
sensor.write({ x: 1, count: 2 });
// @ts-expect-error a field is of another type
sensor.write({ x: "1", count: 2, raw: new Uint8Array(8) });
// @ts-expect-error no such field
sensor.update((view) => (view.y = 1));
// @ts-expect-error what a typed array is over cannot be replaced
sensor.update((view) => (view.raw = new Uint8Array(8)));
// @ts-expect-error a copy of another struct
sensor.readInto(other.copy());
// @ts-expect-error a version is a number
void sensor.changed({ since: 1n });
// @ts-expect-error a time-out can pass
export const never: Promise<number> = sensor.changed({ timeoutMs: 5 });
// @ts-expect-error an iteration has no time-out
sensor.changes({ timeoutMs: 5 });
// @ts-expect-error the version is not to be set
sensor.version = 1;
