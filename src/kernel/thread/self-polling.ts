// Whether this thread looks at its waits by itself at the moment, so that others need not wake it.
import { words } from "../dispatcher/words.js";
import { ThreadWord } from "../../protocol/dispatcher-layout.js";
import { threadId, threadRecord } from "./this-thread.js";

/** Says so to others, or takes it back; then look once more, for they have not rung meanwhile. */
export function setAwake(awake: boolean): void {
  if (threadId() !== 0) Atomics.store(words(), threadRecord() + ThreadWord.awake, awake ? 1 : 0);
}

/** Whether this thread said so. */
export function isAwake(): boolean {
  return threadId() !== 0 && Atomics.load(words(), threadRecord() + ThreadWord.awake) === 1;
}
