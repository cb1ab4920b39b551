// What a victim does, as data, so that the campaign knows from the log of a killed victim what was done and what was under way.

/** Upper case: objects that the witnesses hold too. Lower case: the victim's own, which must be gone after its death. */
export const SHARED_KEYS = ["M", "S", "A", "N", "H"] as const;
export const OWN_KEYS = ["m", "s", "a", "n", "h"] as const;
export type Key = (typeof SHARED_KEYS)[number] | (typeof OWN_KEYS)[number];

export const MEMORY_BYTES = 1 << 20;
export const MAXIMUM = 1000;

export type Witness = "first" | "second";

/** What the parent has the witnesses do while the victim is in an operation. */
export type Action =
  | { readonly park: Witness; readonly keys: readonly Key[]; readonly all?: boolean; readonly sleeping?: boolean }
  | { readonly post: number }
  | { readonly set: "A" | "N" }
  | { readonly free: "M" }
  | { readonly killOwner: true }
  /** A process that waits for the semaphore is stopped, others may queue behind it, a unit is posted for it, and it is killed. */
  | { readonly killGranted: readonly Action[] };

interface During {
  readonly during?: readonly Action[];
}

export type Operation = During &
  (
    | { readonly do: "create" | "open" | "close" | "set" | "reset" | "pulse"; readonly key: Key }
    | {
        readonly do: "wait";
        readonly keys: readonly Key[];
        readonly all?: boolean;
        readonly ms: number;
        readonly later?: boolean;
      }
    | { readonly do: "release" }
    | { readonly do: "post"; readonly units: number }
    /** Waits until the parent has done what is to be done meanwhile. */
    | { readonly do: "sync" }
  );

export interface Scenario {
  readonly name: string;
  readonly operations: readonly Operation[];
}

/** The functions that create and open the kind of object a key stands for. */
export function kindOf(key: Key): "Mutex" | "Semaphore" | "Event" | "SharedMemory" {
  const kinds = { M: "Mutex", S: "Semaphore", A: "Event", N: "Event", H: "SharedMemory" } as const;
  return kinds[key.toUpperCase() as keyof typeof kinds];
}

export const nameOf = (round: string, key: Key): string =>
  `${round}.${key === key.toLowerCase() ? "own" : "all"}.${key}`;
