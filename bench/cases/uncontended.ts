// Operations that nobody competes for: the kernel layer and the Rt functions against C and a bare pair of Atomics.
import { count, interleave, report, rounds, type Source } from "../case.js";
import { nanosecondsInC } from "../c-programs.js";
import { startPeer } from "../peer.js";

const OPERATIONS = count(2_000_000, 100);

async function inOwnProcess(figure: string): Promise<Source> {
  const peer = await startPeer("uncontended", null, figure);
  await peer.ask({ operations: OPERATIONS });
  ends.push(() => peer.end());
  return async () => ({ [figure]: await peer.ask<number>({ operations: OPERATIONS }) });
}

const ends: (() => Promise<void>)[] = [];
const c =
  (figure: string): Source =>
  () => ({ [`C ${figure}`]: nanosecondsInC("locks", figure, OPERATIONS) });

const figures = await interleave(
  rounds(21),
  c("robust"),
  await inOwnProcess("bare mutex"),
  await inOwnProcess("kernel mutex"),
  await inOwnProcess("kernel mutex 100"),
  await inOwnProcess("rt mutex"),
  c("semaphore"),
  await inOwnProcess("kernel semaphore"),
  await inOwnProcess("rt semaphore"),
  c("flag"),
  await inOwnProcess("kernel set"),
  await inOwnProcess("kernel set-reset"),
  await inOwnProcess("rt set"),
);
for (const end of ends) await end();

const mutex = { name: "mutex lock + unlock, kernel layer", ours: "kernel mutex" };
report(figures, { ...mutex, against: "C robust pthread mutex", theirs: "C robust", goal: { ratioAtMost: 1.25 } });
report(figures, { ...mutex, against: "bare Atomics pair", theirs: "bare mutex", goal: { ratioAtMost: 1.3 } });
report(figures, {
  name: "mutex lock + unlock, while the thread waits for 100 other objects",
  against: "while it waits for none",
  theirs: "kernel mutex",
  ours: "kernel mutex 100",
  goal: { ratioAtMost: 1.5 },
});
report(figures, {
  name: "mutex lock + unlock, Rt functions",
  against: "kernel layer",
  theirs: "kernel mutex",
  ours: "rt mutex",
  goal: { ratioAtMost: 1.5 },
});
report(figures, {
  name: "semaphore take + release, kernel layer",
  against: "C sem_t",
  theirs: "C semaphore",
  ours: "kernel semaphore",
  goal: { ratioAtMost: 2 },
});
report(figures, {
  name: "semaphore take + release, Rt functions",
  against: "kernel layer",
  theirs: "kernel semaphore",
  ours: "rt semaphore",
  goal: { ratioAtMost: 1.5 },
});
const event = { against: "C exchange + load", theirs: "C flag" };
report(figures, {
  name: "event set, nobody waits, kernel layer",
  ...event,
  ours: "kernel set",
  goal: { oursAtMost: 20 },
});
report(figures, {
  name: "event set + reset, nobody waits, kernel layer",
  ...event,
  ours: "kernel set-reset",
  goal: { oursAtMost: 40 },
});
report(figures, { name: "event set, nobody waits, RtSetEvent", ...event, ours: "rt set" });
