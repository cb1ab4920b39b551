// Who writes a snapshot: one thread of all processes, whose id is in the writer word. A dead one is replaced.
import { step } from "../../step.js";
import { SnapshotWord } from "../../protocol/snapshot-layout.js";

/**
 * Makes a thread the writer, if there is none that lives. What a dead one left needs no repair, see snapshot-writer.ts.
 * @param isStillAlive whether the thread of this id, which may be any number, can make a store yet: a dead one's last
 *   store must
 *   not come after the first of the new writer
 * @returns 0, or the id of the thread that writes: this one too, if it does so already
 */
export function claimWriter(words: Int32Array, threadId: number, isStillAlive: (id: number) => boolean): number {
  for (;;) {
    step("snapshot.claim");
    const holder = Atomics.compareExchange(words, SnapshotWord.writer, 0, threadId);
    if (holder === 0) break;
    if (isStillAlive(holder)) return holder;
    step("snapshot.take-over");
    // Of several that found it dead one gets it; the others find that one.
    if (Atomics.compareExchange(words, SnapshotWord.writer, holder, threadId) === holder) break;
  }
  step("snapshot.claimed");
  return 0;
}

/** Whether this thread is the writer still. */
export function isWriter(words: Int32Array, threadId: number): boolean {
  return words[SnapshotWord.writer] === threadId;
}

/** Ends the claim. */
export function releaseWriter(words: Int32Array, threadId: number): void {
  step("snapshot.release");
  Atomics.compareExchange(words, SnapshotWord.writer, threadId, 0);
}
