// Making this thread one that can own and wait: puts together what the thread room needs of the rooms above it.
import { attachThread } from "./thread/this-thread.js";
import { onBell } from "./waits/wait-async.js";
import { warmUp } from "./warm-up.js";

const actions = { onBell, warmUp };

/**
 * Attaches this thread if it is not attached. Called before a waitable object is created, opened or mapped.
 * @throws RtError when the namespace has no room for another thread, or the system no memory
 */
export function attach(): void {
  attachThread(actions);
}
