// Every operation of the classes, and what it gives while its objects are signalled or free, and while they are not.
import {
  Event,
  Mutex,
  Ring,
  Semaphore,
  SharedMemory,
  Snapshot,
  waitAll,
  waitAllSync,
  waitAny,
  waitAnySync,
  type Lock,
  type SharedObject,
} from "rtshm";
import { struct, u32 } from "rtshm/struct";
import { dataOperations } from "./data-operations.js";

export const Counter = struct("Counter", { count: u32 });

type Count = { count: number };

/** One handle to an object of each kind. */
export interface Objects {
  readonly event: Event;
  readonly mutex: Mutex;
  readonly semaphore: Semaphore;
  readonly memory: SharedMemory<Count>;
  readonly ring: Ring<Count, Count>;
  readonly snapshot: Snapshot<Count, Count>;
}

export type Names = Readonly<Record<keyof Objects, string>>;

/** Opens them, or makes them: the event set, one unit, 7 in memory, in the ring's only message and in the snapshot's first value. */
export function openObjects(names: Names): Objects {
  const objects = {
    event: Event.openOrCreate(names.event, { signalled: true }),
    mutex: Mutex.openOrCreate(names.mutex),
    semaphore: Semaphore.openOrCreate(names.semaphore, { initial: 1, maximum: 9 }),
    memory: SharedMemory.openOrCreate(names.memory, Counter),
    ring: Ring.openOrCreate(names.ring, { item: Counter, capacity: 4, producers: "many", consumers: "many" }),
    snapshot: Snapshot.openOrCreate(names.snapshot, Counter),
  };
  if (!objects.memory.created) return objects;
  objects.memory.view.count = 7;
  objects.ring.tryPush({ count: 7 });
  const writer = objects.snapshot.writer();
  writer.write({ count: 7 });
  writer.close();
  return objects;
}

export const namesOf = (label: string): Names => ({
  event: `${label} event`,
  mutex: `${label} mutex`,
  semaphore: `${label} semaphore`,
  memory: `${label} memory`,
  ring: `${label} ring`,
  snapshot: `${label} snapshot`,
});

export const WAIT = { timeoutMs: 5 };

// What a lock says, and then is given back: so that operations do not depend on each other.
function told(lock: Lock | undefined): string {
  lock?.release();
  return lock === undefined ? "none" : lock.abandoned ? "abandoned" : "locked";
}

export interface Operation {
  readonly name: string;
  readonly act: (objects: Objects) => unknown;
  /** With the event set, the mutex free, a unit there, a message there, a value that was not read. */
  readonly ready: unknown;
  /** With none of that, and somebody waiting. */
  readonly idle: unknown;
  /** It gives a promise. */
  readonly awaits?: true;
  /** What of those who wait it satisfies. */
  readonly satisfies?: "event" | "mutex" | "semaphore" | "ring" | "snapshot";
  /** What it gives after close, if that is no error. */
  readonly closed?: unknown;
}

const never = undefined;

export const operations: readonly Operation[] = [
  { name: "event.set", act: ({ event }) => event.set(), ready: never, idle: never, satisfies: "event" },
  { name: "event.reset", act: ({ event }) => event.reset(), ready: never, idle: never },
  { name: "event.pulse", act: ({ event }) => event.pulse(), ready: never, idle: never, satisfies: "event" },
  { name: "event.wait", awaits: true, act: ({ event }) => event.wait(WAIT), ready: true, idle: false },
  { name: "event.waitSync", act: ({ event }) => event.waitSync(WAIT), ready: true, idle: false },
  {
    name: "event.signals",
    awaits: true,
    act: async ({ event }) => {
      for await (const _ of event.signals({ signal: AbortSignal.timeout(30) })) return "signal";
      return "end";
    },
    ready: "signal",
    idle: "TimeoutError",
  },
  {
    name: "mutex.acquire",
    awaits: true,
    act: async ({ mutex }) => told(await mutex.acquire(WAIT)),
    ready: "locked",
    idle: "none",
  },
  {
    name: "mutex.acquireSync",
    act: ({ mutex }) => told(mutex.acquireSync(WAIT)),
    ready: "locked",
    idle: "none",
  },
  { name: "mutex.tryAcquire", act: ({ mutex }) => told(mutex.tryAcquire()), ready: "locked", idle: "none" },
  {
    name: "mutex.run",
    awaits: true,
    act: ({ mutex }) => mutex.run(({ abandoned }) => (abandoned ? "abandoned" : "locked"), WAIT),
    ready: "locked",
    idle: "WAIT_TIMEOUT",
  },
  {
    name: "semaphore.release",
    act: ({ semaphore }) => semaphore.release(),
    ready: 1,
    idle: 0,
    satisfies: "semaphore",
  },
  {
    name: "semaphore.acquire",
    awaits: true,
    act: ({ semaphore }) => semaphore.acquire(WAIT),
    ready: true,
    idle: false,
  },
  { name: "semaphore.acquireSync", act: ({ semaphore }) => semaphore.acquireSync(WAIT), ready: true, idle: false },
  { name: "semaphore.tryAcquire", act: ({ semaphore }) => semaphore.tryAcquire(), ready: true, idle: false },
  {
    name: "waitAny",
    awaits: true,
    act: async ({ event, semaphore }) => (await waitAny([semaphore, event], WAIT)).index,
    ready: 0,
    idle: -1,
  },
  {
    name: "waitAnySync",
    act: ({ mutex, event }) => {
      const { index, lock } = waitAnySync([event, mutex], WAIT);
      lock?.release();
      return index;
    },
    ready: 0,
    idle: -1,
  },
  {
    name: "waitAll",
    awaits: true,
    act: async ({ mutex, event, semaphore }) => {
      const { timedOut, locks } = await waitAll([mutex, event, semaphore], WAIT);
      return timedOut ? "none" : told(locks[0]);
    },
    ready: "locked",
    idle: "none",
  },
  {
    name: "waitAllSync",
    act: ({ mutex, event, semaphore }) => {
      const { timedOut, locks } = waitAllSync([mutex, event, semaphore], WAIT);
      return timedOut ? "none" : told(locks[0]);
    },
    ready: "locked",
    idle: "none",
  },
  ...dataOperations,
  { name: "memory.view", act: ({ memory }) => memory.view.count, ready: 7, idle: 7 },
  { name: "memory.buffer", act: ({ memory }) => memory.buffer.byteLength, ready: 4, idle: 4 },
  { name: "memory.hugeBytes", act: ({ memory }) => memory.hugeBytes(), ready: 0, idle: 0 },
  {
    name: "describe",
    act: (objects) => Object.values(objects).every((object: SharedObject) => object.describe().startsWith("rtshm:")),
    ready: true,
    idle: true,
  },
  {
    name: "close",
    act: (objects) => {
      for (const object of Object.values(objects) as SharedObject[]) object.close();
    },
    ready: never,
    idle: never,
    closed: never,
  },
];

/** What it gives, or the code or name of the error it fails with. */
export async function outcomeOf({ act }: Operation, objects: Objects): Promise<unknown> {
  try {
    return await act(objects);
  } catch (error) {
    return codeOf(error);
  }
}

/** The code of an error, or its name. */
export function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name: string };
  return typeof code === "string" ? code : name;
}
