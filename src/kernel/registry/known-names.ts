// What this thread knows the process to hold, by name: to open that once more takes neither the namespace lock nor a link.
import { generationOf, retainDescriptor, type DescriptorIndex } from "../process/descriptor-table.js";
import type { Header } from "../../protocol/object-header.js";
import type { Opened } from "./find-holder.js";
import { lastChangeNs } from "../namespace/namespace.js";

/**
 * A file system's clock may stand still for as long as this: two changes within it can leave the same time behind, so a time
 * that is not older says nothing.
 */
const CLOCK_STEP_NS = 12_000_000n;

const PRUNED_FROM = 1024;

interface Known {
  readonly descriptor: DescriptorIndex;
  readonly generation: number;
  readonly header: Header;
  /** Time of the directory's last change when this process's link was seen in it; -1: not seen since the clock went on. */
  readonly seenChangeNs: bigint;
}

const known = new Map<string, Known>();
let prunedAbove = PRUNED_FROM;

function prune(): void {
  for (const [name, { descriptor, generation }] of known)
    if (generationOf(descriptor) !== generation) known.delete(name);
  prunedAbove = Math.max(PRUNED_FROM, 2 * known.size);
}

/** Notes, under the namespace lock, that the process holds this and that its link was seen in the directory. */
export function noteKnown(name: string, { descriptor, header }: Opened): void {
  const changeNs = lastChangeNs();
  const isSettled = BigInt(Date.now()) * 1_000_000n - changeNs > CLOCK_STEP_NS;
  if (known.size > prunedAbove) prune();
  known.set(name, {
    descriptor,
    generation: generationOf(descriptor),
    header,
    seenChangeNs: isSettled ? changeNs : -1n,
  });
}

/** The process holds the name no longer, as far as this thread knows. */
export function forgetKnown(name: string): void {
  known.delete(name);
}

/**
 * One more reference to what this process holds under the name, if the directory did not change since its link was last seen
 * there. If anything changed the answer is undefined, because somebody may have taken the link away: then others could make the
 * name anew.
 * @param giveBack releases a reference to an object that took the place of the known one
 */
export function retainKnown(name: string, giveBack: (descriptor: DescriptorIndex) => void): Opened | undefined {
  const entry = known.get(name);
  if (entry === undefined || entry.seenChangeNs < 0n) return undefined;
  const { descriptor, generation, header, seenChangeNs } = entry;
  if (generationOf(descriptor) !== generation) known.delete(name);
  else if (lastChangeNs() === seenChangeNs && retainDescriptor(descriptor)) {
    if (generationOf(descriptor) === generation) return { descriptor, header, created: false, wasHeld: true };
    giveBack(descriptor);
  }
  return undefined;
}
