// Loops of waits that are left while they wait: the wait is taken back, and nothing is taken with it.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { Event, Ring, Snapshot } from "rtshm";
import { struct, u32 } from "rtshm/struct";
import { pendingCount } from "#kernel/waits/pending-waits";

const Counter = struct("Counter", { count: u32 });

interface Case {
  readonly name: string;
  /** A loop, and what makes a turn of it. */
  open(): { loop: AsyncGenerator<unknown, unknown>; happen: () => void; close: () => void };
}

const cases: readonly Case[] = [
  {
    name: "items of a ring",
    open() {
      const ring = Ring.createUnnamed({ item: Counter, capacity: 4 });
      return { loop: ring.items(), happen: () => ring.tryPush({ count: 1 }), close: () => ring.close() };
    },
  },
  {
    name: "signals of an event",
    open() {
      const event = Event.createUnnamed();
      return { loop: event.signals(), happen: () => event.set(), close: () => event.close() };
    },
  },
  {
    name: "changes of a snapshot",
    open() {
      const snapshot = Snapshot.createUnnamed(Counter);
      let count = 0;
      const happen = (): void => void snapshot.write({ count: ++count });
      return { loop: snapshot.changes(), happen, close: () => snapshot.close() };
    },
  },
];

for (const { name, open } of cases) {
  test(`${name}: return ends the turn that waits, and the next ones`, async () => {
    const { loop, happen, close } = open();
    happen();
    assert.equal((await loop.next()).done, false);
    const [waiting, after] = [loop.next(), loop.next()];
    assert.deepEqual(await loop.return("left"), { done: true, value: "left" });
    assert.deepEqual([await waiting, await after], Array(2).fill({ done: true, value: undefined }));
    assert.equal(pendingCount(), 0);
    happen(); // nobody takes it
    assert.deepEqual(await loop.next(), { done: true, value: undefined });
    close();
  });

  test(`${name}: return also ends a turn that begins to wait only then`, async () => {
    const { loop, happen, close } = open();
    happen();
    const [there, waiting] = [loop.next(), loop.next()];
    await loop.return(undefined);
    assert.deepEqual([(await there).done, (await waiting).done], [false, true]);
    assert.equal(pendingCount(), 0);
    close();
  });

  test(`${name}: throw ends it with the error`, async () => {
    const { loop, close } = open();
    const waiting = loop.next();
    await assert.rejects(loop.throw(new Error("mine")), /mine/);
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.equal(pendingCount(), 0);
    close();
  });

  test(`${name}: a stream made of it closes when it is destroyed`, async () => {
    const { loop, close } = open();
    const stream = Readable.from(loop);
    stream.on("error", () => undefined);
    stream.resume();
    await new Promise((resolve) => setImmediate(resolve));
    const closed = new Promise<void>((resolve) => stream.once("close", resolve));
    stream.destroy(new Error("enough"));
    await closed;
    assert.equal(pendingCount(), 0);
    close();
  });
}

test("a loop that is left takes nothing with it: the message that comes then is for the next", async () => {
  using ring = Ring.createUnnamed({ item: Counter, capacity: 4 });
  const loop = ring.items();
  const waiting = loop.next();
  const left = loop.return(undefined as never);
  ring.tryPush({ count: 5 });
  await left;
  assert.equal((await waiting).done, true);
  assert.deepEqual(ring.tryPop(), { count: 5 });
});
