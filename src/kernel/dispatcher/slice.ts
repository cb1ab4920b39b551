// How long a thread sleeps before it checks its waits by itself, and the switch with which tests take this net away.
import { environment } from "../../environment.js";
import { SLICE_MS } from "../../protocol/timing.js";

const ENDLESS_MS = 1_000_000_000;

/** Milliseconds; practically endless with RTSHM_TEST_NO_SLICES=1. */
export const sliceMs = (): number => (environment().noSlices ? ENDLESS_MS : SLICE_MS);
