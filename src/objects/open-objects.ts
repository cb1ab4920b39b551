// What this thread has open by the classes. It is held here, so that only close(), `using` and the end of the thread
// end it: a garbage collector knows nothing of the processes for which a program keeps an object.
import { environment } from "../environment.js";

/** What of an object is reported. */
type Open = Omit<OpenObject, "openedAt">;

/** An object that this thread has open. */
export interface OpenObject {
  /** Its class, as in an error's operation: "event", "mutex", "semaphore", "sharedMemory", "snapshot", "ring". */
  readonly kind: string;
  /** null: it has none. */
  readonly name: string | null;
  /** The stack of the call that opened it; undefined unless `RTSHM_DEBUG` is 1. */
  readonly openedAt: string | undefined;
}

const openedAtOf = new Map<Open, string | undefined>();

/** The object is open from now on. */
export function keepOpen(object: Open): void {
  openedAtOf.set(object, environment().debug ? callers() : undefined);
}

/** The object is about to be closed. */
export function noteClosed(object: Open): void {
  openedAtOf.delete(object);
}

// Without this package's own frames, which come first.
function callers(): string {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 20;
  const frames = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = before;
  const own = new URL("..", import.meta.url).href;
  return frames.filter((frame) => !frame.includes(own)).join("\n");
}

/**
 * The objects of the classes that this thread has open, the oldest first: what a program forgot to close stays open,
 * and is found here. With `RTSHM_DEBUG=1` in the environment each says where it was opened.
 * @example
 * console.log(openObjects().length);
 */
export function openObjects(): OpenObject[] {
  return Array.from(openedAtOf, ([{ kind, name }, openedAt]) => ({ kind, name, openedAt }));
}
