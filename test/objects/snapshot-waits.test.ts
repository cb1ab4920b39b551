// Waiting for a snapshot to change: who is told and of what, iteration, waits for several, aborts, what keeps a process alive.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Event, Snapshot, waitAll, waitAllSync, waitAny, waitAnySync } from "rtshm";
import { StateWord } from "#protocol/object-header";
import { endingOf } from "../support/ending.js";
import { freshName } from "../support/sides.js";
import { Sensor, failsWith, startPeer, startWorkerPeer, value } from "./snapshot-peer.js";
import { internalsOf } from "../support/internals.js";

test("changed resolves when the version is another than since, at once or later, from any process", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  const peer = await startPeer(t, name);
  const pending = snapshot.changed();
  assert.equal(await peer.write(1), "1");
  assert.equal(await pending, 1);
  assert.equal(await snapshot.changed(), 1, "it was not read yet");
  assert.equal(await snapshot.changed({ since: 0 }), 1);
  snapshot.read();
  assert.equal(await snapshot.changed({ timeoutMs: 5 }), undefined);
  assert.equal(await snapshot.changed({ since: 7 }), 1, "any other version counts");
  const both = [snapshot.changed({ since: 1 }), snapshot.changed()];
  await peer.write(2);
  assert.deepEqual(await Promise.all(both), [2, 2]);
  assert.equal(await peer.write(3), "3");
  assert.deepEqual([snapshot.changedSync({ since: 2 }), snapshot.changedSync()], [3, 3]);
  snapshot.read();
  assert.equal(snapshot.changedSync({ timeoutMs: 3 }), undefined);
  void peer.write(4);
  assert.equal(snapshot.changedSync(), 4);
});

test("waits of different handles, threads and processes are all told of one value", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  using other = Snapshot.open(name, Sensor);
  const peers = [await startPeer(t, name), await startWorkerPeer(t, name), await startPeer(t, name)];
  for (let n = 1; n <= 50; n++) {
    const waits = [...peers.map((peer) => peer.changed(n - 1)), other.changed({ since: n - 1 }).then(String)];
    snapshot.write(value(n));
    assert.deepEqual(await Promise.all(waits), Array(4).fill(String(n)));
  }
});

test("a waiter is woken, not only found by the look that comes every 250 ms", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  const peer = await startPeer(t, name);
  const { setInterval } = globalThis;
  t.after(() => (globalThis.setInterval = setInterval));
  globalThis.setInterval = (look: () => void) => setInterval(look, 2 ** 30); // there are no such looks
  for (let n = 1; n <= 20; n++) {
    const pending = snapshot.changed();
    void peer.write(n);
    assert.equal(await pending, n);
    snapshot.read();
  }
});

test("a wait that ends as it is granted leaves nothing behind for the next", async () => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  const closing = Snapshot.open(name, Sensor);
  const pending = closing.changed();
  snapshot.write(value(1)); // grants it
  closing.close(); // before it could hear of that
  await assert.rejects(pending, failsWith("ERROR_INVALID_HANDLE"));
  assert.equal(internalsOf(snapshot).changeSignal.words[StateWord.state], 0);
  snapshot.read();
  assert.equal(snapshot.changedSync({ timeoutMs: 5 }), undefined);
});

test("waitAll refuses a snapshot, whose value no lock keeps still", async () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  using event = Event.createUnnamed({ signalled: true });
  await assert.rejects(waitAll([event, snapshot]), /objects\[1\] holds data that others change/);
  assert.throws(() => waitAllSync([snapshot]), TypeError);
  assert.equal(event.waitSync({ timeoutMs: 0 }), true, "nothing was taken");
});

test("a wait whose version is already here is not fooled by the wake-up for it", async () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  const early = snapshot.changed({ since: 0 });
  snapshot.write(value(1));
  const late = snapshot.changed({ since: 1, timeoutMs: 30 });
  assert.equal(await early, 1);
  assert.equal(await late, undefined);
  // The wake-up of those who wait, without anything new.
  const fooled = snapshot.changed({ since: 1, timeoutMs: 60_000 });
  await turn();
  internalsOf(snapshot).changeSignal.notify();
  await turn();
  snapshot.write(value(2));
  assert.equal(await fooled, 2);
});

test("changes() gives the newest value each time and ends with the signal's reason or with the snapshot", async () => {
  const name = freshName();
  const snapshot = Snapshot.create(name, Sensor);
  using writing = Snapshot.open(name, Sensor);
  writing.write(value(1));
  const controller = new AbortController();
  const reason = new Error("enough");
  const seen: number[] = [];
  const loop = (async () => {
    for await (const { count } of snapshot.changes({ signal: controller.signal })) seen.push(count);
  })();
  for (let n = 2; n <= 9; n += 2) {
    while (seen.at(-1) !== n - 1) await turn();
    writing.write(value(n)); // in one turn: this one is missed
    writing.write(value(n + 1));
  }
  while (seen.at(-1) !== 9) await turn();
  assert.deepEqual(seen, [1, 3, 5, 7, 9]);
  controller.abort(reason);
  await assert.rejects(loop, (error) => error === reason);
  const next = snapshot.changes({ since: 9 }).next();
  await turn();
  snapshot.close();
  await assert.rejects(next, failsWith("ERROR_INVALID_HANDLE"));
});

test("waitAny: a snapshot is signalled while it has a value that the handle has not read", async () => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  using writing = Snapshot.open(name, Sensor);
  using stop = Event.createUnnamed();
  assert.equal(waitAnySync([stop, snapshot], { timeoutMs: 0 }).timedOut, true);
  const pending = waitAny([stop, snapshot]);
  writing.write(value(1));
  assert.equal((await pending).index, 1);
  assert.equal(waitAnySync([stop, snapshot]).index, 1, "until it is read");
  snapshot.read();
  assert.equal((await waitAny([stop, snapshot], { timeoutMs: 5 })).timedOut, true);
});

test("an aborted wait rejects with the signal's reason, one that closing ends with ERROR_INVALID_HANDLE", async () => {
  const snapshot = Snapshot.createUnnamed(Sensor);
  const controller = new AbortController();
  const reason = new Error("no longer");
  const aborted = snapshot.changed({ signal: controller.signal });
  const closed = [snapshot.changed(), snapshot.changed({ since: 0, timeoutMs: 60_000 }), waitAny([snapshot])];
  controller.abort(reason);
  await assert.rejects(aborted, (error) => error === reason);
  await assert.rejects(snapshot.changed({ signal: controller.signal }), (error) => error === reason);
  snapshot.close();
  for (const wait of closed) await assert.rejects(wait, failsWith("ERROR_INVALID_HANDLE"));
});

const program = (wait: string): string => `
  import { Snapshot } from "rtshm";
  import { struct, u32 } from "rtshm/struct";
  const snapshot = Snapshot.createUnnamed(struct("S", { a: u32 }));
  ${wait}
  console.log("waiting");
`;

test("a wait keeps the process alive, unless the snapshot or the wait is unref'd", async (t) => {
  assert.equal(await endingOf(t, program("snapshot.changed();")), "alive");
  assert.equal(await endingOf(t, program("snapshot.unref().changed();")), "ended");
  assert.equal(await endingOf(t, program("snapshot.changed({ ref: false });")), "ended");
  assert.equal(await endingOf(t, program("snapshot.changes().next();")), "alive");
});
