// A worker that opens an object of each class, says so, and ends as it is told: of itself, by process.exit, or not at all.
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Event, Mutex, Ring, Semaphore, SharedMemory, Snapshot, type SharedObject } from "rtshm";
import { struct, u32 } from "rtshm/struct";

const Counter = struct("Counter", { count: u32 });

export interface Holding {
  readonly name: string;
  readonly end: "falls" | "exits" | "closes" | "stays";
  /** Sets this event in an exit listener that was added after the objects were opened, if its own objects are still there. */
  readonly setAtExit?: string;
}

const { name, end, setAtExit } = workerData as Holding;
const objects: SharedObject[] = [
  SharedMemory.openOrCreate(`${name} memory`, { size: 4096 }),
  SharedMemory.createUnnamed({ size: 1 }),
  Event.openOrCreate(`${name} event`),
  Event.openOrCreate(`${name} event`),
  Semaphore.openOrCreate(`${name} semaphore`),
  Snapshot.openOrCreate(`${name} snapshot`, Counter),
  Ring.openOrCreate(`${name} ring`, { item: Counter, capacity: 4 }),
];
const mutex = Mutex.openOrCreate(`${name} mutex`);
objects.push(mutex);
if (end !== "closes") mutex.acquireSync();
if (setAtExit !== undefined) {
  const event = Event.open(setAtExit);
  process.on("exit", () => {
    if (!Event.openOrCreate(`${name} event`).created) event.set();
  });
}
parentPort!.postMessage(objects.map((object) => object.describe()));
if (end === "closes") for (const object of objects) object.close();
if (end === "exits") process.exit(3);
if (end === "stays") await sleep(1e9);
