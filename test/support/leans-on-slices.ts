// The list of what may lean on the slices: with the net taken away (RTSHM_TEST_NO_SLICES=1) these tests are skipped by name, and
// nothing else is. Three further places have no test of their own here; docs/decisions/0018-what-leans-on-a-slice.md names all of them.

/** Why a test needs the slices. */
export const leansOnSlices = {
  /** V8 ends a terminated worker when it comes back to JavaScript, and nobody else can wake the call in which it sleeps. */
  terminatedInWait:
    "a terminated worker that sleeps in a blocking wait comes back to JavaScript at the end of its slice",
  /** A store to a snapshot or a ring is the change; nobody can tell of it in the place of a writer that was killed. */
  writerKilled: "a writer was killed between its store and the waking of the threads that wait for it",
} as const;

/** Whether the slices are taken away. */
export const withoutSlices = (): boolean => process.env["RTSHM_TEST_NO_SLICES"] === "1";

/** Options of a test that is on the list: it runs unless the slices are taken away. */
export function unlessWithoutSlices(reason: keyof typeof leansOnSlices): { readonly skip: string | false } {
  return { skip: withoutSlices() ? `leans on a slice: ${leansOnSlices[reason]}` : false };
}
