// Snapshots of 256 bytes: reads against a plain copy and against the same sequence lock in C, writes, and reads under a writer
// that publishes as fast as it can.
import { Snapshot } from "rtshm";
import { count, interleave, report, rounds, smoke, timePerOperation, type Source } from "../case.js";
import { nanosecondsInC } from "../c-programs.js";
import { pin, startPeer } from "../peer.js";
import { BLOCK_BYTES, Block } from "../snapshot-block.js";

const OPERATIONS = count(1_000_000);
const CONTENDED_MS = smoke ? 20 : 300;
/** The writer is at full speed for longer than the reader reads. */
const WRITER_MS = CONTENDED_MS + 100;
const CHECK_CLOCK_EVERY = 256;

const plainFrom = new Uint8Array(BLOCK_BYTES).fill(1);
const plainTo = new Uint8Array(BLOCK_BYTES);
using snapshot = Snapshot.create("uncontended", Block);
const writer = snapshot.writer();
writer.publish();
const copy = snapshot.copy();
const value = snapshot.read();

function increment({ words }: { readonly words: Uint32Array }): void {
  words[0] = (words[0] as number) + 1;
}

// Each has a loop of its own: one that they shared would make a call of every operation.
const timed =
  (name: string, loop: () => void): Source =>
  () => ({ [name]: timePerOperation(OPERATIONS, loop) });

const inC = (command: string, amount: number): Source => {
  return () => ({ [`C ${command}`]: nanosecondsInC("snapshot", command, BLOCK_BYTES, amount) });
};

const figures = await interleave(
  rounds(21),
  timed("copy", () => {
    for (let i = 0; i < OPERATIONS; i++) plainTo.set(plainFrom);
  }),
  timed("readInto", () => {
    for (let i = 0; i < OPERATIONS; i++) snapshot.readInto(copy);
  }),
  timed("refresh", () => {
    for (let i = 0; i < OPERATIONS; i++) copy.refresh();
  }),
  timed("read", () => {
    for (let i = 0; i < OPERATIONS; i++) snapshot.read();
  }),
  timed("publish", () => {
    for (let i = 0; i < OPERATIONS; i++) writer.publish();
  }),
  timed("update", () => {
    for (let i = 0; i < OPERATIONS; i++) writer.update(increment);
  }),
  timed("write", () => {
    for (let i = 0; i < OPERATIONS; i++) writer.write(value);
  }),
  inC("read", OPERATIONS),
  inC("write", OPERATIONS),
);

const contended = Snapshot.create("contended", Block);
const peer = await startPeer("snapshot-writer", 1);
pin(process.pid, 0);
const contendedCopy = contended.copy();

const underLoad: Source = async () => {
  const over = peer.ask({ ms: WRITER_MS });
  const start = contended.version;
  while (contended.version === start);
  const before = contended.version;
  let reads = 0;
  const endMs = performance.now() + CONTENDED_MS;
  const ns = timePerOperation(1, () => {
    while (performance.now() < endMs) {
      for (let i = 0; i < CHECK_CLOCK_EVERY; i++) contended.readInto(contendedCopy);
      reads += CHECK_CLOCK_EVERY;
    }
  });
  const published = contended.version - before;
  await over;
  return { "contended readInto": ns / reads, "contended publish": ns / published };
};
const loaded = await interleave(rounds(11), underLoad, inC("contended", CONTENDED_MS));
await peer.end();
contended.close();

report(figures, {
  name: "read a snapshot of 256 B into a copy",
  against: "Uint8Array.set of 256 B",
  theirs: "copy",
  ours: "readInto",
  goal: { ratioAtMost: 3 },
});
const c = { against: "the same sequence lock in C" };
report(figures, { name: "read a snapshot of 256 B into a copy", ...c, theirs: "C read", ours: "readInto" });
report(figures, { name: "look whether a copy of 256 B is the newest value", ours: "refresh" });
report(figures, { name: "read a snapshot of 256 B as an object with a typed array", ours: "read" });
report(figures, { name: "publish a draft of 256 B", ...c, theirs: "C write", ours: "publish" });
report(figures, { name: "change a field and publish 256 B", ...c, theirs: "C write", ours: "update" });
report(figures, { name: "publish 256 B from an object", ...c, theirs: "C write", ours: "write" });
report(loaded, {
  name: "read 256 B while another process publishes without a pause",
  ...c,
  theirs: "C contended",
  ours: "contended readInto",
});
report(loaded, { name: "publish 256 B while another process reads without a pause", ours: "contended publish" });
