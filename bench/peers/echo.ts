// The far end of the event-loop round trips: sends text messages back, and on request answers one event by another.
import { INFINITE, RtCreateEvent, RtSetEvent, RtWaitForSingleObjectAsync } from "rtshm/win32";

const there = RtCreateEvent(null, false, false, "there");
const back = RtCreateEvent(null, false, false, "back");
if (there === null || back === null) throw new Error("no event");

async function answerEvents(trips: number): Promise<void> {
  for (let i = 0; i < trips; i++) {
    await RtWaitForSingleObjectAsync(there as NonNullable<typeof there>, INFINITE);
    RtSetEvent(back as NonNullable<typeof back>);
  }
}

process.on("message", (message: string | { trips: number }) => {
  if (typeof message === "string") process.send?.(message);
  else void answerEvents(message.trips).then(() => process.send?.("done"));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
