// What there is in the model of Win32: objects, handles, threads, and waits in their order of arrival. Plain data, so that
// it can be copied and compared.

export type Kind = "auto" | "manual" | "mutex" | "semaphore";

/** A kernel object. */
export interface Thing {
  readonly id: number;
  readonly kind: Kind;
  readonly name: string | null;
  /** event: 1 when signalled; semaphore: units; mutex: how often its owner has it */
  count: number;
  readonly maximum: number;
  /** a thread's id, or 0 */
  owner: number;
  /** the last owner ended without a release, and nobody has had the mutex since */
  abandoned: boolean;
  /** open handles, in all processes */
  handles: number;
}

export interface Wait {
  readonly id: number;
  /** a thread's id */
  readonly thread: number;
  /** ids of the objects */
  readonly things: readonly number[];
  readonly all: boolean;
  /** asynchronous: its thread goes on */
  readonly later: boolean;
}

export interface Ended {
  readonly wait: Wait;
  readonly result: number;
  /** its thread was blocked in another wait or stopped, and still is: nobody can have been told */
  untold: boolean;
}

export interface Thread {
  /** never given twice: a new thread is not its predecessor */
  readonly id: number;
  readonly process: number;
  readonly number: number;
}

export interface State {
  lastId: number;
  readonly things: Map<number, Thing>;
  /** open handles: object ids by process and slot, as `slotKey` writes them */
  readonly slots: Map<string, number>;
  readonly threads: Thread[];
  /** the processes that a signal has stopped: what is granted to their waits is theirs, but they cannot say so */
  readonly stopped: Set<number>;
  /** the waits that have not ended, in order of arrival: that is the order in every queue */
  waits: Wait[];
  /** the waits of living threads that have ended, by id */
  readonly ended: Map<number, Ended>;
}

export function newState(): State {
  return {
    lastId: 0,
    things: new Map(),
    slots: new Map(),
    threads: [],
    stopped: new Set(),
    waits: [],
    ended: new Map(),
  };
}

export const slotKey = (process: number, slot: string): string => `${String(process)}/${slot}`;

export function thingOfSlot(state: State, process: number, slot: string): Thing | undefined {
  const id = state.slots.get(slotKey(process, slot));
  return id === undefined ? undefined : state.things.get(id);
}

/** The object that a name leads to: the name goes with the last handle, the object only with the last wait. */
export function thingOfName(state: State, name: string): Thing | undefined {
  return [...state.things.values()].find((thing) => thing.name === name && thing.handles > 0);
}

export function findThread(state: State, process: number, number: number): Thread | undefined {
  return state.threads.find((thread) => thread.process === process && thread.number === number);
}

export const threadsOf = (state: State, process: number): Thread[] =>
  state.threads.filter((thread) => thread.process === process);

/** The thread, made at its first use: the main thread before any other of its process. */
export function threadAt(state: State, process: number, number: number): Thread {
  const found = findThread(state, process, number);
  if (found) return found;
  if (number > 0) threadAt(state, process, 0);
  const thread = { id: ++state.lastId, process, number };
  state.threads.push(thread);
  return thread;
}

/** Whether the thread is in a wait that blocks it. */
export const isBlocked = (state: State, thread: number): boolean =>
  state.waits.some((wait) => wait.thread === thread && !wait.later);

/** Whether the thread cannot hear of anything: it is blocked, or its process is stopped. */
export function isDeaf(state: State, thread: number): boolean {
  const process = state.threads.find(({ id }) => id === thread)?.process;
  return isBlocked(state, thread) || (process !== undefined && state.stopped.has(process));
}

/** Forgets the objects that nobody can reach any more. */
export function forgetUnreachable(state: State): void {
  for (const [id, thing] of state.things)
    if (thing.handles === 0 && !state.waits.some((wait) => wait.things.includes(id))) state.things.delete(id);
}

export function closeSlot(state: State, key: string): void {
  const thing = state.things.get(state.slots.get(key) ?? 0);
  if (thing) thing.handles--;
  state.slots.delete(key);
}
