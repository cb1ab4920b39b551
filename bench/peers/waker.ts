// Sets an event a number of times, each a gap after the one before has been received, and notes when.
import { RtCreateEvent, RtSetEvent } from "rtshm/win32";
import { nowNs } from "../case.js";
import { answerRequests } from "../peer.js";
import { openWakeMarks, WAKE_EVENT } from "../wake-marks.js";

const { sentNs, received } = openWakeMarks();
const event = RtCreateEvent(null, false, false, WAKE_EVENT);
if (event === null) throw new Error("no event");

answerRequests(({ wakes, gapNs }: { wakes: number; gapNs: number }) => {
  const from = Atomics.load(received, 0);
  for (let i = 0; i < wakes; i++) {
    while (Atomics.load(received, 0) !== from + i);
    const end = nowNs() + BigInt(gapNs);
    while (nowNs() < end);
    Atomics.store(sentNs, 0, nowNs());
    RtSetEvent(event);
  }
});
