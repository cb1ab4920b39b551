// What the readers and the writers of the snapshot stress do.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { RtError, Snapshot } from "rtshm";
import { Checked, fill, isWhole } from "../data/checked-value.js";

type Sums = Record<string, number>;

const READS_A_LOOK = 5000;
const BURSTS_A_REPORT = 4;
const NAME = "stress.snapshot";

/** The snapshot; the parent holds it, so that it outlives writers. */
export const openSnapshot = () => Snapshot.openOrCreate(NAME, Checked);

/** Reads as fast as it can: every value is whole, and none is older than the one before. */
export async function readSnapshot(seconds: number): Promise<Sums> {
  using snapshot = openSnapshot();
  const copy = snapshot.copy();
  const endMs = Date.now() + seconds * 1000;
  let before = 0;
  let reads = 0;
  let different = 0;
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  while (Date.now() < endMs) {
    const seen = different;
    for (let i = 0; i < READS_A_LOOK; i++) {
      const version = snapshot.readInto(copy);
      if (!isWhole(copy.view, version)) throw new Error(`torn: version ${version}: ${JSON.stringify(copy.get())}`);
      if (version < before) throw new Error(`version ${version} after ${before}`);
      if (version !== before) different++;
      before = version;
    }
    reads += READS_A_LOOK;
    if (different === seen) Atomics.wait(asleep, 0, 0, 0.2); // the writer is not running: let it
  }
  return { reads, different };
}

/** Writes as fast as it can, whenever it gets the right to; gives it up now and then. It is killed before it ends. */
export async function writeSnapshot(seconds: number): Promise<Sums> {
  using snapshot = openSnapshot();
  const endMs = Date.now() + (seconds + 60) * 1000;
  let bursts = 0;
  while (Date.now() < endMs) {
    try {
      using writer = snapshot.writer();
      const start = snapshot.version;
      assert.ok(isWhole(writer.view, start), `the writer before left what is not whole: ${start}`);
      const count = 1 + Math.floor(Math.random() * 100_000);
      for (let version = start + 1; version <= start + count; version++) {
        fill(writer.view, version);
        assert.equal(writer.publish(), version, "nobody else writes");
      }
      if (++bursts === BURSTS_A_REPORT) process.send?.({ writers: 1 }); // it can be killed now
    } catch (error) {
      if (!(error instanceof RtError) || error.code !== "ERROR_SHARING_VIOLATION") throw error;
    }
    await sleep(1); // the other writer's turn
  }
  return { ended: 1 };
}
