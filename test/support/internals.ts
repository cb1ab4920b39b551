// What tests reach of objects that their types, as users have them, do not show.
import type { SnapshotMemory } from "#protocol/snapshot-layout";
import type { DataCondition } from "#kernel/primitives/data-condition";

interface SnapshotInternals {
  readonly memory: SnapshotMemory;
  readonly changeSignal: DataCondition;
}

/** A snapshot's memory and signal. */
export const internalsOf = (snapshot: object): SnapshotInternals => snapshot as SnapshotInternals;

/** Makes what a wait looks at for a ring's data answer otherwise. */
export function setCondition(ring: object, condition: () => boolean): void {
  (ring as { waitable: { condition: () => boolean } }).waitable.condition = condition;
}
