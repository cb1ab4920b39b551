// Forgets objects, collects garbage, and says what is left, one line a step: node --expose-gc forgotten-program.js
import { setTimeout as sleep } from "node:timers/promises";
import { Event, Mutex, Ring, Semaphore, SharedMemory, Snapshot, waitAny } from "rtshm";
import { struct, u32 } from "rtshm/struct";

const warnings: string[] = [];
process.on("warning", (warning) => warnings.push(`${(warning as { code?: string }).code ?? ""} ${warning.message}`));

async function collect(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    (globalThis as { gc?: () => void }).gc!();
    await sleep(5);
  }
}

const exists = (name: string): boolean => {
  try {
    Event.open(name).close();
    return true;
  } catch (error) {
    return (error as { code: string }).code !== "ERROR_FILE_NOT_FOUND";
  }
};

async function report(step: string, ...names: string[]): Promise<void> {
  await collect();
  console.log(JSON.stringify({ step, left: names.map(exists), warnings: warnings.splice(0).sort() }));
}

const Counter = struct("Counter", { count: u32 });
const forget = (make: () => unknown): void => void make();

forget(() => [
  Event.create("event").isClosed,
  Semaphore.create("semaphore").isClosed,
  Mutex.create("mutex").isClosed,
  SharedMemory.create("memory", { size: 4096 }).isClosed,
  SharedMemory.open("memory", undefined, { access: "read" }).isClosed,
  Event.createUnnamed().isClosed,
  Snapshot.create("snapshot", Counter).write({ count: 1 }),
  Ring.create("ring", { item: Counter, capacity: 4 }).tryPush({ count: 1 }),
]);
await report("forgotten", "event", "semaphore", "mutex", "memory", "snapshot", "ring");

forget(() => {
  const event = Event.create("closed");
  event.close();
});
await report("closed", "closed");

const view = (() => SharedMemory.create("viewed", Counter).view)();
const bytes = (() => new Uint8Array(SharedMemory.create("bytes", { size: 1 }).buffer))();
await report("used through a view", "viewed", "bytes");
view.count = 7;
bytes[0] = view.count;

const waits = (() => [
  Event.create("awaited").wait(),
  Snapshot.create("changing", Counter).changed(),
  Ring.create("empty", { item: Counter, capacity: 4 }).pop(),
  Mutex.create("queued").acquire(),
  waitAny([Event.create("any")]),
])();
const [, , , taken] = waits;
await taken; // the lock is what is left of it
await report("awaited", "awaited", "any", "queued", "changing", "empty");
waits.length = 1;

const setter = Event.open("awaited");
setter.set();
await waits[0];
setter.close();
waits.length = 0;

forget(() => Mutex.create("locked").acquireSync().abandoned);
await report("locked", "locked");
console.log(bytes[0]);
process.exit(0);
