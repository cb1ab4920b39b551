// An asynchronous wait for what somebody else owns leaves the thread asleep: nothing rings its bell until something happens.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { words } from "#kernel/dispatcher/words";
import { ThreadWord } from "#protocol/dispatcher-layout";
import { threadRecord } from "#kernel/thread/this-thread";
import { Event, Mutex, waitAny } from "rtshm";
import { freshName, win32Side } from "../support/sides.js";

const rings = (): number => words()[threadRecord() + ThreadWord.bell]!;

test("waits for mutexes of other processes do not keep the thread busy", async (t) => {
  const [name, second] = [freshName(), freshName()];
  using mutex = Mutex.create(name);
  using other = Mutex.create(second);
  using event = Event.createUnnamed();
  const owners = [await win32Side.process(t), await win32Side.process(t)];
  for (const [i, owner] of owners.entries())
    await owner.call("RtWaitForSingleObject", await owner.handle("RtOpenMutex", 0, false, i === 0 ? name : second), 0);
  const waits = [mutex.acquire(), waitAny([event, other])];
  await sleep(50);
  const before = rings();
  await sleep(200);
  assert.ok(rings() - before < 10, `${rings() - before} rings`);
  await owners[0]!.kill();
  assert.equal(((await waits[0]) as { abandoned: boolean }).abandoned, true);
  await owners[1]!.kill();
  assert.equal(((await waits[1]) as { index: number }).index, 1);
});

test("the companion watches on when the last object that can be waited for was closed", async (t) => {
  const name = freshName();
  const owner = await win32Side.process(t);
  await owner.call("RtWaitForSingleObject", await owner.handle("RtCreateMutex", null, false, name), 0);
  const first = Mutex.open(name);
  assert.equal(await first.acquire({ timeoutMs: 20 }), undefined);
  first.close(); // this process's last object: the dispatcher stays
  using second = Mutex.open(name);
  const wait = second.acquire();
  await sleep(50);
  await owner.kill();
  assert.equal((await wait).abandoned, true);
});
