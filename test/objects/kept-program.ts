// Opens objects of every class, forgets the variables, collects garbage, and says what is left: node --expose-gc kept-program.js
import { setTimeout as sleep } from "node:timers/promises";
import { Event, Mutex, Ring, Semaphore, SharedMemory, Snapshot, openObjects } from "rtshm";
import { struct, u32 } from "rtshm/struct";

const warnings: string[] = [];
process.on("warning", ({ message }) => warnings.push(message));

const Counter = struct("Counter", { count: u32 });

function forget(): void {
  Event.create("event");
  Semaphore.create("semaphore", { initial: 1, maximum: 1 });
  Mutex.create("mutex").acquireSync();
  SharedMemory.create("memory", { size: 4096 });
  SharedMemory.open("memory", undefined, { access: "read" });
  Event.createUnnamed();
  Snapshot.create("snapshot", Counter).write({ count: 1 });
  Ring.create("ring", { item: Counter, capacity: 4, producers: "one" }).tryPush({ count: 1 });
  Event.create("closed").close();
}

forget();
for (let i = 0; i < 10; i++) {
  (globalThis as { gc?: () => void }).gc!();
  await sleep(5);
}
console.log(JSON.stringify({ open: openObjects(), warnings }));
process.stdin.once("data", () => process.exit()); // until then another process looks for them
