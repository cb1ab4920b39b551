// Waits for a number of events that nobody sets and says how much processor time that takes, in percent of a core.
import { setTimeout as sleep } from "node:timers/promises";
import { answerRequests } from "../peer.js";

const waits = Number(process.argv[2]);

if (waits > 0) {
  const { INFINITE, RtCreateEvent, RtWaitForSingleObjectAsync } = await import("rtshm/win32");
  for (let i = 0; i < waits; i++) {
    const handle = RtCreateEvent(null, false, false, null);
    if (handle === null) throw new Error(`event ${i} failed`);
    void RtWaitForSingleObjectAsync(handle, INFINITE);
  }
}

answerRequests(async ({ ms }: { ms: number }) => {
  const before = process.cpuUsage();
  await sleep(ms);
  const { user, system } = process.cpuUsage(before);
  return (100 * (user + system)) / (ms * 1000);
});
