// Orders of memory accesses that x86-64 gives for nothing and other processors do not. A load that is followed by a
// second look must be complete before that look; arm64 may make two plain loads, or a plain load and a later
// Atomics.load, in any order.

/**
 * x86-64 moves no load before an earlier load: there, the compiler alone has to be held back, which a call of a
 * built-in does.
 */
export const LOADS_ARE_ORDERED = process.arch === "x64" || process.arch === "ia32";

const word = new Int32Array(1);

/** Loads before it are complete before loads after it are made, if those are by Atomics. */
export function loadFence(): void {
  // A sequentially consistent store comes after every earlier access, and a sequentially consistent load after that
  // store.
  if (!LOADS_ARE_ORDERED) Atomics.store(word, 0, 0);
}
