// Making this thread one that can own and wait: what the thread room needs of the rooms above it is put together here.
import { attachThread } from "./thread/this-thread.js";
import { onBell } from "./waits/wait-async.js";
import { warmUp } from "./warm-up.js";

const actions = { onBell, warmUp };

/** Does so; nothing if it is one. Before an object that can be waited for is created, opened or mapped. */
export function attach(): void {
  attachThread(actions);
}
