// What the waker and the receiver of the one-way measurement share: the moment of the last set, and the number received.
import { sharedBytes } from "./shared-bytes.js";

export interface WakeMarks {
  readonly sentNs: BigInt64Array;
  readonly received: Int32Array;
}

export const WAKE_EVENT = "wake";

export function openWakeMarks(): WakeMarks {
  const bytes = sharedBytes("wake marks", 4096);
  return { sentNs: new BigInt64Array(bytes, 0, 1), received: new Int32Array(bytes, 64, 1) };
}
