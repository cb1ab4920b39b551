// Whether a killed process had rung bells and not yet woken the threads that sleep on them: read from the dispatcher, from outside.
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { THREAD_COUNT, THREAD_WORDS, ThreadWord, threadWord } from "#protocol/dispatcher-layout";

/** @param directory the namespace's */
export function hasUnwoken(directory: string, pid: number): boolean {
  const records = new Int32Array(THREAD_COUNT * THREAD_WORDS);
  const fd = openSync(join(directory, ".dispatcher~0"), "r");
  try {
    readSync(fd, new Uint8Array(records.buffer), 0, records.byteLength, threadWord(0) * 4);
  } finally {
    closeSync(fd);
  }
  for (let record = 0; record < records.length; record += THREAD_WORDS)
    if (records[record + ThreadWord.pid] === pid && records[record + ThreadWord.unwoken] === 1) return true;
  return false;
}
