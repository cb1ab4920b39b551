// Back and forth between two event loops as fast as it goes: async waits on two events against process.send.
import { INFINITE, RtCreateEvent, RtSetEvent, RtWaitForSingleObjectAsync } from "rtshm/win32";
import { count, interleave, nowNs, report, rounds, type Source } from "../case.js";
import { pin, startPeer } from "../peer.js";
import { median } from "../statistics.js";

const TRIPS = count(5000, 10);
const MESSAGE = "8 bytes.";

const there = RtCreateEvent(null, false, false, "there");
const back = RtCreateEvent(null, false, false, "back");
if (there === null || back === null) throw new Error("no event");
pin(process.pid, 0);
const peer = await startPeer("echo", 1);

const byEvents: Source = async () => {
  const times: number[] = [];
  const answered = peer.ask({ trips: TRIPS });
  for (let i = 0; i < TRIPS; i++) {
    const start = nowNs();
    RtSetEvent(there);
    await RtWaitForSingleObjectAsync(back, INFINITE);
    times.push(Number(nowNs() - start));
  }
  await answered;
  return { events: median(times) };
};

const byMessages: Source = async () => {
  const times: number[] = [];
  let start = nowNs();
  const done = new Promise<void>((resolve) => {
    const next = (): void => {
      times.push(Number(nowNs() - start));
      if (times.length === TRIPS) {
        peer.process.off("message", next);
        resolve();
        return;
      }
      start = nowNs();
      peer.process.send(MESSAGE);
    };
    peer.process.on("message", next);
  });
  peer.process.send(MESSAGE);
  await done;
  return { messages: median(times) };
};

const figures = await interleave(rounds(11), byMessages, byEvents);
await peer.end();

report(figures, {
  name: "event loop to event loop and back, back to back",
  against: "process.send, 8 B",
  theirs: "messages",
  ours: "events",
  goal: { ratioAtMost: 0.05 },
});
