// How threads and processes end in the model, and whether what comes of it is determined: Win32 ends the threads of a
// process one after the other, and abandons the mutexes of a thread one after the other, in an order that it does not tell.
import { isDeepStrictEqual } from "node:util";
import { closeSlot, forgetUnreachable, slotKey, threadsOf, type State, type Thread } from "./model-state.js";
import { grant } from "./model-waits.js";

/** More orders than these are not tried out: such a death counts as not determined. */
const ORDERS_MAX = 150;

/** Part of a death: the waits of these threads end without a result, these mutexes are abandoned; then the queues are served. */
interface Part {
  readonly threads: readonly number[];
  readonly mutexes: readonly number[];
}

const owned = (state: State, thread: number): number[] =>
  [...state.things.values()].filter(({ owner }) => owner === thread).map(({ id }) => id);

function happen(state: State, { threads, mutexes }: Part): void {
  state.waits = state.waits.filter(({ thread }) => !threads.includes(thread));
  for (const id of mutexes) {
    const mutex = state.things.get(id)!;
    mutex.owner = 0;
    mutex.count = 0;
    mutex.abandoned = true;
  }
  grant(state);
}

/** All in one moment. */
function atOnce(state: State, dying: readonly Thread[]): void {
  const threads = dying.map(({ id }) => id);
  happen(state, { threads, mutexes: threads.flatMap((id) => owned(state, id)) });
  forget(state, dying);
}

/** One thread after the other, each thread's mutexes one after the other; what it was granted meanwhile is abandoned, too. */
function inTurn(state: State, dying: readonly Thread[], rank: readonly number[]): void {
  const place = (id: number): number => rank.indexOf(id);
  for (const { id } of dying) {
    happen(state, { threads: [id], mutexes: [] });
    for (const mutex of owned(state, id).sort((a, b) => place(a) - place(b)))
      happen(state, { threads: [], mutexes: [mutex] });
  }
  forget(state, dying);
}

function forget(state: State, dying: readonly Thread[]): void {
  for (const { id } of dying) {
    state.threads.splice(
      state.threads.findIndex((thread) => thread.id === id),
      1,
    );
    for (const [wait, ended] of state.ended) if (ended.wait.thread === id) state.ended.delete(wait);
  }
  forgetUnreachable(state);
}

export function endThread(state: State, thread: Thread): void {
  atOnce(state, [thread]);
}

export function endProcesses(state: State, processes: readonly number[]): void {
  atOnce(
    state,
    processes.flatMap((process) => threadsOf(state, process)),
  );
  for (const process of processes)
    for (const key of [...state.slots.keys()]) if (key.startsWith(slotKey(process, ""))) closeSlot(state, key);
  for (const process of processes) state.stopped.delete(process);
  forgetUnreachable(state);
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]));
}

const product = (n: number): number => (n < 2 ? 1 : n * product(n - 1));

/**
 * Whether the end of these threads leaves the same behind in whichever order its parts happen. Not so either when a thread
 * was granted something that it has not been told of: with us it goes back to the object then, and Win32 has no such waits.
 */
export function isDetermined(state: State, dying: readonly Thread[]): boolean {
  const ids = dying.map(({ id }) => id);
  const lost = [...state.ended.values()].filter(({ wait, untold }) => untold && ids.includes(wait.thread));
  const isUnit = (id: number): boolean => ["auto", "semaphore"].includes(state.things.get(id)?.kind ?? "auto");
  if (lost.some(({ wait }) => wait.things.some(isUnit))) return false;
  const mutexes = ids.flatMap((id) => owned(state, id));
  // Those that neither own nor wait leave nothing behind.
  const active = dying.filter(({ id }) => owned(state, id).length > 0 || state.waits.some((w) => w.thread === id));
  if (product(active.length) * product(mutexes.length) > ORDERS_MAX) return false;
  const expected = structuredClone(state);
  atOnce(expected, active);
  return permutations(active).every((order) =>
    permutations(mutexes).every((rank) => {
      const tried = structuredClone(state);
      inTurn(tried, order, rank);
      return isDeepStrictEqual(tried, expected);
    }),
  );
}
