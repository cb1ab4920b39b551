// Whether this process may hold an object of a name: counts by a hash of the name. Changed under the namespace lock.
import { NAME_COUNTS, nameCounts } from "./process-block.js";

/** A hash of the name's file name, never 0. */
export function nameHash(base: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < base.length; i++) hash = Math.imul(hash ^ base.charCodeAt(i), 0x0100_0193);
  return hash === 0 ? 1 : hash;
}

const bucketOf = (base: string): number => (nameHash(base) >>> 8) % NAME_COUNTS;

/** The process took or gave up a link of this name. */
export function noteName(base: string, change: 1 | -1): void {
  Atomics.add(nameCounts, bucketOf(base), change);
}

/** False: it holds none, for sure. */
export function mayHoldName(base: string): boolean {
  return nameCounts[bucketOf(base)] !== 0;
}
