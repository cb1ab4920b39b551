// Every operation of the classes, and what it gives while its objects are signalled or free, and while they are not.
import { Event, Mutex, Semaphore, SharedMemory, waitAll, waitAllSync, waitAny, waitAnySync, type Lock } from "rtshm";
import { struct, u32 } from "rtshm/struct";

export const Counter = struct("Counter", { count: u32 });

/** One handle to each of four objects. */
export interface Four {
  readonly event: Event;
  readonly mutex: Mutex;
  readonly semaphore: Semaphore;
  readonly memory: SharedMemory<{ count: number }>;
}

export type Names = Readonly<Record<keyof Four, string>>;

/** Opens the four, or makes them: the event set, one unit, 7 in memory. */
export function openFour(names: Names): Four {
  const four = {
    event: Event.openOrCreate(names.event, { signalled: true }),
    mutex: Mutex.openOrCreate(names.mutex),
    semaphore: Semaphore.openOrCreate(names.semaphore, { initial: 1, maximum: 9 }),
    memory: SharedMemory.openOrCreate(names.memory, Counter),
  };
  if (four.memory.created) four.memory.view.count = 7;
  return four;
}

export const namesOf = (label: string): Names => ({
  event: `${label} event`,
  mutex: `${label} mutex`,
  semaphore: `${label} semaphore`,
  memory: `${label} memory`,
});

const WAIT = { timeoutMs: 5 };

// What a lock says, and then is given back: so that operations do not depend on each other.
function told(lock: Lock | undefined): string {
  lock?.release();
  return lock === undefined ? "none" : lock.abandoned ? "abandoned" : "locked";
}

export interface Operation {
  readonly name: string;
  readonly act: (four: Four) => unknown;
  /** With the event set, the mutex free, a unit there. */
  readonly ready: unknown;
  /** With none of that, and somebody waiting. */
  readonly idle: unknown;
  /** It gives a promise. */
  readonly awaits?: true;
  /** What of those who wait it satisfies. */
  readonly satisfies?: "event" | "mutex" | "semaphore";
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
  { name: "memory.view", act: ({ memory }) => memory.view.count, ready: 7, idle: 7 },
  { name: "memory.buffer", act: ({ memory }) => memory.buffer.byteLength, ready: 4, idle: 4 },
  { name: "memory.hugeBytes", act: ({ memory }) => memory.hugeBytes(), ready: 0, idle: 0 },
  {
    name: "describe",
    act: ({ event, mutex, semaphore, memory }) =>
      [event, mutex, semaphore, memory].every((object) => object.describe().startsWith("rtshm:")),
    ready: true,
    idle: true,
  },
  {
    name: "close",
    act: ({ event, mutex, semaphore, memory }) => {
      for (const object of [event, mutex, semaphore, memory]) object.close();
    },
    ready: never,
    idle: never,
    closed: never,
  },
];

/** What it gives, or the code or name of the error it fails with. */
export async function outcomeOf({ act }: Operation, four: Four): Promise<unknown> {
  try {
    return await act(four);
  } catch (error) {
    return codeOf(error);
  }
}

/** The code of an error, or its name. */
export function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name: string };
  return typeof code === "string" ? code : name;
}
