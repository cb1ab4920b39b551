// The model's waits: what is signalled for whom, what a wait takes, and who of those in the queues gets it.
import { isDeaf, type State, type Thing, type Wait } from "./model-state.js";

export const WAIT_ABANDONED = 0x80;
export const WAIT_TIMEOUT = 258;

function isSignalled(thing: Thing, thread: number): boolean {
  return thing.kind === "mutex" ? thing.owner === 0 || thing.owner === thread : thing.count > 0;
}

/** Takes what a satisfied wait takes, and says whether it was an abandoned mutex. */
function take(thing: Thing, thread: number): boolean {
  const { abandoned } = thing;
  if (thing.kind === "auto") thing.count = 0;
  if (thing.kind === "semaphore") thing.count--;
  if (thing.kind !== "mutex") return false;
  thing.owner = thread;
  thing.count++;
  thing.abandoned = false;
  return abandoned;
}

/** Satisfies a wait if it can be: its result, or undefined if nothing was taken. */
export function satisfy(state: State, { things, thread, all }: Omit<Wait, "id" | "later">): number | undefined {
  const objects = things.map((id) => state.things.get(id)!);
  if (all) {
    if (!objects.every((thing) => isSignalled(thing, thread))) return undefined;
    return objects.filter((thing) => take(thing, thread)).length > 0 ? WAIT_ABANDONED : 0;
  }
  const index = objects.findIndex((thing) => isSignalled(thing, thread));
  if (index < 0) return undefined;
  return index + (take(objects[index]!, thread) ? WAIT_ABANDONED : 0);
}

/** Ends the wait with this result. */
export function endWith(state: State, wait: Wait, result: number): void {
  state.waits = state.waits.filter((other) => other !== wait);
  state.ended.set(wait.id, { wait, result, untold: true });
  tell(state);
}

/** Those who can hear of it know what their waits have come to. */
export function tell(state: State): void {
  for (const ended of state.ended.values()) ended.untold &&= isDeaf(state, ended.wait.thread);
}

/**
 * Satisfies what can be satisfied, first come first served. A wait for all that is not ready is passed over and takes nothing.
 * After each grant it begins again at the head, as Wine does.
 */
export function grant(state: State): void {
  for (;;) {
    let satisfied = false;
    for (const wait of state.waits) {
      const result = satisfy(state, wait);
      if (result === undefined) continue;
      endWith(state, wait, result);
      satisfied = true;
      break;
    }
    if (!satisfied) return;
  }
}
