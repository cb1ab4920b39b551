// The writer of a snapshot: what it publishes and what not, that there is one, who comes after it, what does not hold it up.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Snapshot } from "rtshm";
import { freshName } from "../support/sides.js";
import { Sensor, failsWith, startPeer, startWorkerPeer, value, type Peer } from "./snapshot-peer.js";

test("update begins with the last value, whoever wrote it, and publishes nothing when it throws", () => {
  const name = freshName();
  using first = Snapshot.create(name, Sensor);
  first.write(value(5));
  const kept: unknown[] = [];
  assert.equal(
    first.update((view) => {
      kept.push(view);
      view.x += 1;
    }),
    2,
  );
  assert.deepEqual(first.read(), { ...value(5), x: 6 });
  const fails = (view: { x: number; y: number }): void => {
    view.y = 99;
    throw new Error("half-way");
  };
  assert.throws(() => first.update(fails), /half-way/);
  assert.deepEqual([first.version, first.read()], [2, { ...value(5), x: 6 }]);
  first.update(() => undefined);
  assert.equal(first.read().y, -5, "what the failed change stored is not in the next value");
  (kept[0] as { x: number }).x = 1234;
  assert.equal(first.read().x, 6, "a view kept from an update cannot change what was published");
  first.close();
  using second = Snapshot.openOrCreate(name, Sensor);
  assert.equal(second.created, true);
});

test("what is refused claims nothing: another can write", () => {
  const name = freshName();
  using clumsy = Snapshot.create(name, Sensor);
  using other = Snapshot.open(name, Sensor);
  assert.throws(() => clumsy.write({ x: 1 } as never), /Sensor\.\w+ is missing/);
  assert.throws(() => clumsy.update(5 as never), /change must be a function/);
  assert.equal(other.write(value(1)), 1);
});

test("a value that does not fit is refused whole, and is not in the next one", () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  snapshot.write(value(1));
  const wrong: [unknown, RegExp][] = [
    [{ x: 1, y: 2 }, /Sensor\.count is missing/],
    [{ ...value(2), z: 1 }, /Sensor\.z does not exist/],
    [{ ...value(2), count: "2" }, /Sensor\.count is a u32: it must be a number/],
    [null, /must be an object/],
  ];
  for (const [bad, message] of wrong) assert.throws(() => snapshot.write(bad as never), message);
  assert.deepEqual([snapshot.version, snapshot.read()], [1, value(1)]);
  // Passes the check, then fails half-way: a value that is not the same each time it is looked at.
  let looks = 0;
  const sly = {
    x: 7,
    y: 7,
    get count(): number {
      if (++looks > 1) throw new Error("sly");
      return 7;
    },
  };
  assert.throws(() => snapshot.write(sly), /sly/);
  snapshot.update((view) => (view.count = 3));
  assert.deepEqual(snapshot.read(), { ...value(1), count: 3 });
});

test("a writer's draft is published when it is said so, and use inside update is refused", () => {
  using snapshot = Snapshot.createUnnamed(Sensor);
  using writer = snapshot.writer();
  writer.view.x = 4;
  assert.equal(snapshot.read().x, 0);
  assert.equal(writer.publish(), 1);
  assert.equal(snapshot.read().x, 4);
  assert.throws(() => writer.update(() => writer.write(value(1))), /write inside update/);
  const later: () => unknown = async () => undefined;
  assert.throws(() => writer.update(later), /must be done when it returns/);
  assert.deepEqual([snapshot.version, snapshot.read().x], [1, 4]);
  assert.throws(
    () => writer.update(() => writer.close()),
    failsWith("ERROR_INVALID_HANDLE", /the writer is closed/),
    "closed by the function",
  );
  assert.equal(snapshot.version, 1);
  assert.equal(snapshot.write(value(2)), 2, "the handle claims it again");
  assert.throws(() => snapshot.update(() => snapshot.close()), failsWith("ERROR_INVALID_HANDLE"));
});

test("one writer: a second is refused, in this thread, in another one and in another process, saying who writes", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  using other = Snapshot.open(name, Sensor);
  const peer = await startPeer(t, name);
  const thread = await startWorkerPeer(t, name);
  const writer = snapshot.writer();
  const own = failsWith("ERROR_SHARING_VIOLATION", /this thread writes it already/);
  assert.throws(() => snapshot.writer(), own);
  assert.throws(() => other.writer(), own);
  assert.throws(() => other.write(value(1)), own);
  assert.match(await peer.write(1), new RegExp(`ERROR_SHARING_VIOLATION.*process ${process.pid} writes it`));
  assert.match(await thread.write(1), /ERROR_SHARING_VIOLATION.*another thread of this process writes it/);
  assert.equal(writer.write(value(1)), 1);
  writer.close();
  writer.close();
  assert.throws(() => writer.write(value(2)), failsWith("ERROR_INVALID_HANDLE"));
  assert.throws(() => writer.view, failsWith("ERROR_INVALID_HANDLE"));
  assert.equal(await peer.write(2), "2");
  assert.throws(() => other.write(value(1)), failsWith("ERROR_SHARING_VIOLATION", new RegExp(`process ${peer.pid} `)));
  assert.deepEqual(other.read(), value(2));
  await peer.close();
  assert.equal(await thread.write(3), "3", "closing the handle ends the claim");
});

test("a writer that was killed, or whose thread was ended, is replaced, and versions go on", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  const ends: ((peer: Peer) => Promise<void>)[] = [(peer) => peer.kill(), (peer) => peer.exit(), (peer) => peer.kill()];
  for (const [i, end] of ends.entries()) {
    const peer = i === 2 ? await startWorkerPeer(t, name) : await startPeer(t, name);
    const version = await peer.write(10 + i);
    assert.throws(() => snapshot.writer(), failsWith("ERROR_SHARING_VIOLATION"));
    await end(peer);
    assert.deepEqual(snapshot.read(), value(10 + i));
    using writer = snapshot.writer();
    assert.equal(
      writer.update((view) => (view.x += 0.5)),
      Number(version) + 1,
    );
    assert.deepEqual(snapshot.read(), { ...value(10 + i), x: 10.5 + i });
  }
});

test("of many that find a dead writer one replaces it", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  const peers = await Promise.all(Array.from({ length: 3 }, () => startPeer(t, name)));
  const dead = await startPeer(t, name);
  await dead.write(1);
  await dead.kill();
  const answers = await Promise.all(peers.map((peer) => peer.write(2)));
  assert.equal(answers.filter((answer) => answer === "2").length, 1, answers.join("\n"));
  assert.equal(answers.filter((answer) => answer.startsWith("ERROR_SHARING_VIOLATION")).length, 2);
  assert.equal(snapshot.version, 2);
});

test("a writer stopped in the middle of a value holds up nobody, and what it wrote before is read at the first attempt", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  for (const step of ["snapshot.slot", "snapshot.copied"]) {
    const version = snapshot.version;
    const peer = await startPeer(t, name, { RTSHM_STEP: `${step}:stop:2` });
    assert.equal(await peer.write(version + 1), String(version + 1));
    void peer.write(version + 2);
    await peer.stopped();
    for (let i = 0; i < 1000; i++) assert.equal(snapshot.read().count, version + 1);
    assert.throws(() => snapshot.writer(), failsWith("ERROR_SHARING_VIOLATION"), "it lives");
    const pending = snapshot.changed({ since: version + 1 });
    peer.signal("SIGCONT");
    assert.equal(await pending, version + 2);
    assert.deepEqual(snapshot.read(), value(version + 2));
    await peer.kill();
  }
});

test("a process stopped inside the dispatcher lock does not hold up the writer", async (t) => {
  const name = freshName();
  using snapshot = Snapshot.create(name, Sensor);
  const waiter = await startPeer(t, name);
  const told = waiter.changed(0);
  await waiter.hasBegun();
  const holder = await startPeer(t, name, { RTSHM_STEP: "wait.enqueued:stop" });
  void holder.changed(0);
  await holder.stopped();
  for (let n = 1; n <= 100; n++) assert.equal(snapshot.write(value(n)), n);
  assert.deepEqual(snapshot.read(), value(100));
  holder.signal("SIGCONT");
  assert.equal(await told, "100");
});
