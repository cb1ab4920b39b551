// How long a thread sleeps before it looks up by itself, and the switch with which tests take this net away.
import { SLICE_MS } from "../../protocol/timing.js";

const ENDLESS_MS = 1_000_000_000;
const slice = process.env["RTSHM_TEST_NO_SLICES"] === undefined ? SLICE_MS : ENDLESS_MS;

/** Milliseconds; as good as endless with RTSHM_TEST_NO_SLICES. */
export const sliceMs = (): number => slice;
