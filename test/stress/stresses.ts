// The stresses, each with its final check. The parent holds the objects, so that the ledger in them outlives the actors.
import assert from "node:assert/strict";
import type { HANDLE } from "rtshm/win32";
import * as rt from "rtshm/win32";
import { SnapshotWord } from "#protocol/snapshot-layout";
import { fill, isWhole } from "../data/checked-value.js";
import { killInTurn, runActors } from "./children.js";
import { openSnapshot } from "./snapshot-work.js";
import { openCounter, STORM_NAMES, UNITS } from "./work.js";
import { internalsOf } from "../support/internals.js";

type Stress = (seconds: number) => Promise<string>;

const exclusion: Stress = async (seconds) => {
  const { counter } = openCounter("count");
  const before = counter[0] ?? 0n;
  const { added = 0 } = await runActors("count", seconds, 8);
  assert.equal(counter[0], before + BigInt(added), "every addition under the mutex is there");
  return `${String(added)} additions`;
};

const names: Stress = async (seconds) => {
  const { made = 0, opened = 0, absent = 0 } = await runActors("storm", seconds, 16);
  for (let i = 0; i < STORM_NAMES; i++) {
    assert.equal(rt.RtOpenSharedMemory(1, false, `storm.${String(i)}`, { value: null }), null, "nobody is left");
    assert.equal(rt.GetLastError(), 2);
  }
  return `${String(made)} made, ${String(opened)} opened, ${String(absent)} absent`;
};

function drain(handle: HANDLE): number {
  let units = 0;
  while (rt.RtWaitForSingleObject(handle, 0) === 0) units++;
  return units;
}

const manyObjects: Stress = async (seconds) => {
  const semaphores = ["a", "b", "c"].map((key) => rt.RtCreateSemaphore(null, UNITS, UNITS, `juggle.${key}`) as HANDLE);
  const event = rt.RtCreateEvent(null, false, true, "juggle.event") as HANDLE;
  const { waits = 0, timeouts = 0 } = await runActors("juggle", seconds, 8);
  assert.deepEqual([...semaphores.map(drain), drain(event)], [UNITS, UNITS, UNITS, 1], "as many as in the beginning");
  for (const handle of [...semaphores, event]) rt.RtCloseHandle(handle);
  return `${String(waits)} waits, ${String(timeouts)} of them timed out`;
};

const kills: Stress = async (seconds) => {
  const { mutex, counter } = openCounter("kills");
  const killed = await killInTurn("countUnderKills", seconds, 4);
  assert.ok(killed > 0 && (counter[1] ?? 0n) > 0n, "somebody was killed who had had the mutex");
  const last = rt.RtWaitForSingleObject(mutex, 5000);
  assert.ok(last === 0 || last === 0x80, `after all deaths the mutex is got: ${String(last)}`);
  if (last === 0) assert.equal(counter[0], counter[1], "no half done addition without a report");
  assert.ok(rt.RtReleaseMutex(mutex));
  assert.equal(rt.RtWaitForSingleObject(mutex, 0), 0, "abandoned is reported once");
  assert.ok(rt.RtReleaseMutex(mutex));
  return `${String(killed)} killed, ${String(counter[2])} died owning, ${String(counter[1])} additions`;
};

const snapshotReads: Stress = async (seconds) => {
  using snapshot = openSnapshot();
  internalsOf(snapshot).memory.words[SnapshotWord.published] = -50_000; // the end of 32 bits is passed on the way
  const before = snapshot.version + 1;
  const writer = snapshot.writer();
  writer.update((view) => fill(view, before));
  writer.close();
  const [{ reads = 0, different = 0 }, killed] = await Promise.all([
    runActors("readSnapshot", seconds, 2),
    killInTurn("writeSnapshot", seconds, 2),
  ]);
  const last = snapshot.copy();
  assert.ok(isWhole(last.view, last.version), "the last value is whole");
  snapshot.update((view) => fill(view, last.version + 1));
  assert.equal(snapshot.version, last.version + 1, "the next writer goes on");
  assert.ok(killed > 0 && last.version > before + 50_000, "writers wrote, and were killed");
  assert.ok(different > 0, "the readers saw the value change");
  return `${reads} reads, ${different} of them of another value than before, ${last.version - before} written, ${killed} writers killed`;
};

export const STRESSES: Readonly<Record<string, Stress>> = {
  "a mutex excludes 24 threads of 8 processes": exclusion,
  "names live as long as their holders among 16 processes": names,
  "waits for any and all lose nothing and take nothing twice": manyObjects,
  "killed owners are always reported": kills,
  "a snapshot is read whole by 4 threads of 2 processes while its 2 writers are killed": snapshotReads,
};
