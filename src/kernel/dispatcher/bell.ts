// Telling other threads that their waits may have changed. Their bells grow under the lock; the system calls that wake
// them come after it.
import { native } from "../../native/load.js";
import { DEATH_WORDS, THREAD_COUNT, ThreadWord, deathWord, threadWord } from "../../protocol/dispatcher-layout.js";
import { step } from "../../step.js";
import { corrupt, words } from "./words.js";

const WAKE_ALL = 0x7fff_ffff;

let baseAddress = 0;

/** Sets the address at which the dispatcher is mapped in this thread. */
export function useBaseAddress(address: number): void {
  baseAddress = address;
}

/** The address of a word, for futex calls. */
export const addressOf = (word: number): number => baseAddress + word * 4;

/** This thread's record; 0 while it has none. */
let ownRecord = 0;

/** Sets this thread's record; 0: it has none. */
export function useOwnRecord(record: number): void {
  ownRecord = record;
}

const signalled = new Int32Array(THREAD_COUNT);
let signalledCount = 0;

/** Adds to a thread's bell, under the lock. `wakeSignalled` wakes the thread afterwards. */
export function signalThread(index: number): void {
  if (index < 0 || index >= THREAD_COUNT) corrupt(`thread ${String(index)}`);
  if (signalledCount === 0 && ownRecord !== 0) words()[ownRecord + ThreadWord.unwoken] = 1;
  Atomics.add(words(), threadWord(index) + ThreadWord.bell, 1);
  for (let i = 0; i < signalledCount; i++) if (signalled[i] === index) return;
  signalled[signalledCount++] = index;
}

/** The same for a thread that also has to find its guards again before it next sleeps (guards.ts). */
export function signalToGuard(index: number): void {
  if (index < 0 || index >= THREAD_COUNT) corrupt(`thread ${String(index)}`);
  Atomics.add(words(), threadWord(index) + ThreadWord.guards, 1);
  signalThread(index);
}

/** Wakes the threads that this thread signalled under the lock. Called after the lock was given back. */
export function wakeSignalled(): void {
  if (signalledCount === 0) return;
  step("dispatcher.wake");
  for (let i = 0; i < signalledCount; i++) {
    const record = threadWord(signalled[i] ?? 0);
    if (Atomics.load(words(), record + ThreadWord.awake) === 0) wakeAllOn(record + ThreadWord.bell);
  }
  signalledCount = 0;
  if (ownRecord !== 0) words()[ownRecord + ThreadWord.unwoken] = 0;
}

/** Wakes all threads that sleep on a word. */
export function wakeAllOn(word: number): void {
  native.futexWake(addressOf(word), WAKE_ALL);
}

/** Wakes all threads that sleep on the death words of a record. */
export function wakeAllDeathWords(record: number): void {
  for (let listener = 0; listener < DEATH_WORDS; listener++) wakeAllOn(deathWord(record, listener));
}
