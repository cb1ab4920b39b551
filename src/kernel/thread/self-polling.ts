// Whether this thread polls its waits at the moment, so that other threads need not wake it.
import { words } from "../dispatcher/words.js";
import { ThreadWord } from "../../protocol/dispatcher-layout.js";
import { threadId, threadRecord } from "./this-thread.js";

/**
 * Tells other threads whether this thread polls. After false, the thread must check its waits once more, because nobody
 * woke it before.
 */
export function setAwake(awake: boolean): void {
  if (threadId() !== 0) Atomics.store(words(), threadRecord() + ThreadWord.awake, awake ? 1 : 0);
}

/** Whether this thread has told others that it polls. */
export function isAwake(): boolean {
  return threadId() !== 0 && Atomics.load(words(), threadRecord() + ThreadWord.awake) === 1;
}
