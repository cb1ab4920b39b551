// The four types of object, for tests that hold for every one of them.
import type { Agent } from "./agent.js";
import type { HANDLE, Location, RtApi } from "./api.js";
import { PAGE_READWRITE, SHM_MAP_WRITE } from "./api.js";
import { location, type Argument } from "./protocol.js";

const EVERY_RIGHT = 0x1f0003;

type Name = string | null;

export interface Kind {
  readonly name: "shared memory" | "event" | "mutex" | "semaphore";
  readonly create: (rt: RtApi, name: Name, out?: Location) => HANDLE | null;
  readonly open: (rt: RtApi, name: Name, out?: Location) => HANDLE | null;
  /** create with arguments that are wrong apart from the name, where there are any */
  readonly createBadly?: (rt: RtApi, name: Name) => HANDLE | null;
  /** the same as calls for an agent; shared memory goes to the location "kind" */
  readonly createCall: (name: Name) => [keyof RtApi, ...Argument[]];
  readonly openCall: (name: Name) => [keyof RtApi, ...Argument[]];
}

export const sharedMemory: Kind = {
  name: "shared memory",
  create: (rt, name, out = { value: null }) => rt.RtCreateSharedMemory(PAGE_READWRITE, 0, 100, name, out),
  open: (rt, name, out = { value: null }) => rt.RtOpenSharedMemory(SHM_MAP_WRITE, false, name, out),
  createBadly: (rt, name) => rt.RtCreateSharedMemory(PAGE_READWRITE, 0, 0, name, { value: null }),
  createCall: (name) => ["RtCreateSharedMemory", PAGE_READWRITE, 0, 100, name, location("kind")],
  openCall: (name) => ["RtOpenSharedMemory", SHM_MAP_WRITE, false, name, location("kind")],
};

export const event: Kind = {
  name: "event",
  create: (rt, name) => rt.RtCreateEvent(null, false, false, name),
  open: (rt, name) => rt.RtOpenEvent(EVERY_RIGHT, false, name),
  createCall: (name) => ["RtCreateEvent", null, false, false, name],
  openCall: (name) => ["RtOpenEvent", EVERY_RIGHT, false, name],
};

export const mutex: Kind = {
  name: "mutex",
  create: (rt, name) => rt.RtCreateMutex(null, false, name),
  open: (rt, name) => rt.RtOpenMutex(EVERY_RIGHT, false, name),
  createCall: (name) => ["RtCreateMutex", null, false, name],
  openCall: (name) => ["RtOpenMutex", EVERY_RIGHT, false, name],
};

export const semaphore: Kind = {
  name: "semaphore",
  create: (rt, name) => rt.RtCreateSemaphore(null, 1, 2, name),
  open: (rt, name) => rt.RtOpenSemaphore(EVERY_RIGHT, false, name),
  createBadly: (rt, name) => rt.RtCreateSemaphore(null, 2, 1, name),
  createCall: (name) => ["RtCreateSemaphore", null, 1, 2, name],
  openCall: (name) => ["RtOpenSemaphore", EVERY_RIGHT, false, name],
};

export const kinds: readonly Kind[] = [sharedMemory, event, mutex, semaphore];

/** Every ordered pair of different types. */
export const clashes: readonly (readonly [Kind, Kind])[] = kinds.flatMap((one) =>
  kinds.filter((other) => other !== one).map((other) => [one, other] as const),
);

/** Creates an object that must be new or known, depending on the test, and fails if there is no handle. */
export function make(rt: RtApi, kind: Kind, name: Name, out?: Location): HANDLE {
  const handle = kind.create(rt, name, out);
  if (handle === null) throw new Error(`no ${kind.name} ${JSON.stringify(name)}: ${rt.GetLastError()}`);
  return handle;
}

/** The same in an agent. */
export const makeIn = (agent: Agent, kind: Kind, name: Name): Promise<HANDLE> => agent.handle(...kind.createCall(name));
