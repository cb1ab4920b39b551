// Awaits an event in its event loop and measures how long ago it was set.
import { INFINITE, RtCreateEvent, RtWaitForSingleObjectAsync } from "rtshm/win32";
import { nowNs } from "../case.js";
import { answerRequests } from "../peer.js";
import { median } from "../statistics.js";
import { openWakeMarks, WAKE_EVENT } from "../wake-marks.js";

const { sentNs, received } = openWakeMarks();
const event = RtCreateEvent(null, false, false, WAKE_EVENT);
if (event === null) throw new Error("no event");

answerRequests(async ({ wakes }: { wakes: number }) => {
  const ways: number[] = [];
  for (let i = 0; i < wakes; i++) {
    await RtWaitForSingleObjectAsync(event, INFINITE);
    ways.push(Number(nowNs() - Atomics.load(sentNs, 0)));
    Atomics.add(received, 0, 1);
  }
  return median(ways);
});
