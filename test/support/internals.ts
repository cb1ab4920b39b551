// What tests reach of objects that their types, as users have them, do not show.
import type { SnapshotMemory } from "#data/snapshot-layout";
import type { Signal } from "#kernel/signal";

interface SnapshotInternals {
  readonly memory: SnapshotMemory;
  readonly changeSignal: Signal;
}

/** A snapshot's memory and signal. */
export const internalsOf = (snapshot: object): SnapshotInternals => snapshot as SnapshotInternals;
