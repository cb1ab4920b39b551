// Rings between two processes, each on a core: against the same layout in C, against memcpy, and against what Node.js has.
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { nanosecondsInC, runC } from "../c-programs.js";
import { count, interleave, nowNs, report, rounds, type Figures, type Source } from "../case.js";
import { pin, startPeer } from "../peer.js";
import { perMessage, through } from "../ring-through.js";
import { HUGE_BYTES, LARGE_BYTES, LARGE_SLOTS, rings } from "../ring-work.js";
import { median } from "../statistics.js";

const SMALLS = count(2_000_000, 1000);
const OBJECTS = count(1_000_000, 1000);
const LARGES = count(20_000, 64);
const MESSAGES = count(20_000, 50);
const TRIPS = count(3000, 10);
const TEXT = "32 bytes, as many as the struct.";

const path = join(tmpdir(), `rtshm-bench-${String(process.pid)}.sock`);
const server = createServer();
const connected = once(server, "connection") as Promise<[Socket]>;
server.listen(path);
await once(server, "listening");
pin(process.pid, 0);
const peer = await startPeer("ring", 1, path);
const [socket] = await connected;
server.close();
const thread = new Worker(new URL("../peers/ring-thread.js", import.meta.url));

/** Copying in and copying out each by itself, the cores taking turns. */
function inParts(): Figures {
  const { inNs = NaN, outNs = NaN } = runC("ring", "turns", LARGE_BYTES, LARGES, LARGE_SLOTS);
  return { "memcpy in": inNs, "memcpy out": outNs };
}

const inC: Source = () => ({
  "C batch": nanosecondsInC("ring", "small", SMALLS, 64),
  "C single": nanosecondsInC("ring", "small", SMALLS, 1),
  "C copy": nanosecondsInC("ring", "copy", LARGE_BYTES, LARGES, LARGE_SLOTS),
  ...inParts(),
  memcpy: nanosecondsInC("copy", "memcpy", LARGE_BYTES, LARGES),
  "C trip": nanosecondsInC("ring", "trip", count(200_000, 1000)),
});

const armed = async (sink: "message" | "socket"): Promise<void> => {
  await peer.ask({ sink, count: MESSAGES });
};

const messages: Source = async () => {
  await armed("message");
  const ns = await perMessage(MESSAGES, async () => {
    const done = once(peer.process, "message");
    for (let i = 0; i < MESSAGES; i++) peer.process.send(TEXT);
    await done;
  });
  return { messages: ns };
};

const sockets: Source = async () => {
  await armed("socket");
  const ns = await perMessage(MESSAGES, async () => {
    const done = once(peer.process, "message");
    for (let i = 0; i < MESSAGES; i++) socket.write(TEXT);
    await done;
  });
  return { sockets: ns };
};

const threads: Source = async () => {
  thread.postMessage({ count: MESSAGES, echoes: false });
  await once(thread, "message");
  const ns = await perMessage(MESSAGES, async () => {
    const done = once(thread, "message");
    for (let i = 0; i < MESSAGES; i++) thread.postMessage(TEXT);
    await done;
  });
  return { threads: ns };
};

/** Trips one after the other; `listen` calls back for each answer. */
async function tripsOf(send: () => unknown, listen: (answered: () => void) => () => void): Promise<number> {
  const times: number[] = [];
  await new Promise<void>((resolve) => {
    let start = nowNs();
    const stop = listen(() => {
      times.push(Number(nowNs() - start));
      if (times.length === TRIPS) {
        stop();
        resolve();
        return;
      }
      start = nowNs();
      send();
    });
    send();
  });
  return median(times);
}

const messageTrips: Source = async () => {
  peer.process.send({ echo: "message", count: TRIPS });
  const ns = await tripsOf(
    () => peer.process.send(TEXT),
    (answered) => {
      const hear = (text: string): void => {
        if (text === TEXT) answered();
      };
      peer.process.on("message", hear);
      return () => peer.process.off("message", hear);
    },
  );
  return { "message trip": ns };
};

const socketTrips: Source = async () => {
  peer.process.send({ echo: "socket", count: TRIPS });
  const ns = await tripsOf(
    () => socket.write(TEXT),
    (answered) => {
      socket.on("data", answered);
      return () => socket.off("data", answered);
    },
  );
  return { "socket trip": ns };
};

const threadTrips: Source = async () => {
  thread.postMessage({ count: TRIPS, echoes: true });
  await once(thread, "message");
  const ns = await tripsOf(
    () => {
      thread.postMessage(TEXT);
    },
    (answered) => {
      const hear = (text: string): void => {
        if (text === TEXT) answered();
      };
      thread.on("message", hear);
      return () => thread.off("message", hear);
    },
  );
  return { "thread trip": ns };
};

const ringTrips: Source = async () => {
  const times: number[] = [];
  const answered = peer.ask({ echo: "ring", count: TRIPS });
  const value = { id: 0, kind: 1, a: 1, b: 2, c: 3 };
  for (let i = 0; i < TRIPS; i++) {
    const start = nowNs();
    await rings.there.push(value);
    await rings.back.pop();
    times.push(Number(nowNs() - start));
  }
  await answered;
  return { "ring trip": median(times) };
};

const figures = await interleave(
  rounds(7),
  inC,
  through(peer, "inPlace", SMALLS),
  through(peer, "batches", OBJECTS),
  through(peer, "singles", OBJECTS),
  through(peer, "copies", LARGES),
  through(peer, "touchLarge", OBJECTS),
  through(peer, "touchHuge", OBJECTS),
  messages,
  sockets,
  threads,
  messageTrips,
  socketTrips,
  threadTrips,
  ringTrips,
);
await thread.terminate();
socket.destroy();
await peer.end();

const inC64 = "C, the same layout, batches of 64";
const inPlace = { name: "32 bytes, in place, batches of 64", ours: "inPlace" };
report(figures, { ...inPlace, against: inC64, theirs: "C batch", goal: { ratioAtMost: 2 } });
report(figures, { ...inPlace, goal: { oursAtMost: 100 }, note: "10 million a second" });
report(figures, { name: "32 bytes, objects, batches of 64", ours: "batches", against: inC64, theirs: "C batch" });
const single = { name: "32 bytes, objects, one by one", ours: "singles" };
report(figures, { ...single, against: "C, one by one", theirs: "C single" });
report(figures, { ...single, against: "process.send of a 32-byte string", theirs: "messages" });
report(figures, { ...single, against: "Unix socket, 32 bytes", theirs: "sockets" });
report(figures, { ...single, against: "worker.postMessage of a 32-byte string", theirs: "threads" });
const copy = { name: "64 KB, copied in and copied out", ours: "copies" };
const fresh = "memcpy of 64 KB that the other core has just written";
report(figures, { ...copy, against: fresh, theirs: "memcpy out", goal: { ratioAtMost: 1 / 0.7 } });
report(figures, { ...copy, against: "memcpy of 64 KB to where the other core has read", theirs: "memcpy in" });
report(figures, { ...copy, against: "memcpy of 64 KB within one core's cache", theirs: "memcpy" });
report(figures, { ...copy, against: "C, the same ring", theirs: "C copy" });
report(figures, {
  name: `claim and commit of ${String(HUGE_BYTES >> 20)} MB, peek and release`,
  ours: "touchHuge",
  against: "of 64 KB",
  theirs: "touchLarge",
  goal: { ratioAtMost: 1.1 },
});
const trip = { name: "32 bytes from event loop to event loop and back", ours: "ring trip" };
report(figures, { ...trip, against: "process.send", theirs: "message trip", goal: { ratioAtMost: 0.05 } });
report(figures, { ...trip, against: "Unix socket", theirs: "socket trip" });
report(figures, { ...trip, against: "worker.postMessage", theirs: "thread trip" });
report(figures, { ...trip, against: "C, both sides spinning", theirs: "C trip" });
