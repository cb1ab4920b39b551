// Waits for data that are woken for nothing: another was faster, or the data changed in another way.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Event, Ring, waitAny } from "rtshm";
import { setCondition } from "../support/internals.js";
import { freshName } from "../support/sides.js";

const OPTIONS = { messageBytes: 8, capacity: 4 };
const byte = (value: number): Uint8Array => new Uint8Array([value]);

test("waitAny is not told of a message that never was, or is gone", async () => {
  const name = freshName();
  using ring = Ring.create(name, OPTIONS);
  using stop = Event.createUnnamed();
  const others = [Ring.open(name), Ring.open(name)] as const;
  const pending = waitAny([ring, stop]);
  let index: number | undefined;
  void pending.then((result) => (index = result.index));
  const idle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await turn();
    assert.equal(index, undefined);
  };
  others[0].tryClaim()?.abandon();
  await idle();
  others[0].tryPush(byte(1));
  others[1].tryPop();
  await idle();
  for (const other of others) other.close();
  await idle();
  ring.tryPush(byte(2));
  assert.equal((await pending).index, 0);
  assert.deepEqual(ring.tryPop(), byte(2));
  const aborting = new AbortController();
  const aborted = waitAny([ring, stop], { signal: aborting.signal });
  ring.tryClaim()?.abandon();
  await turn();
  aborting.abort(new Error("mine"));
  await assert.rejects(aborted, /mine/);
});

test("an abort ends a wait also while others are always faster", async () => {
  using ring = Ring.createUnnamed(OPTIONS);
  setCondition(ring, () => true); // it was there
  const aborting = new AbortController();
  const pending = ring.pop({ signal: aborting.signal });
  for (let i = 0; i < 20; i++) await turn();
  aborting.abort(new Error("mine"));
  await assert.rejects(pending, /mine/);
});
