// Rings as a program uses them: messages in and out one by one, in batches and in place, waits, time-outs, aborts, iteration, close.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Event, Ring, RtError, waitAny } from "rtshm";
import { array, f64, struct, u32, u64, u64Number, utf8 } from "rtshm/struct";
import { projectRoot } from "../support/project.js";
import { StateWord } from "#protocol/object-header";
import { headerOf } from "../data/ring-bytes.js";
import { freshName } from "../support/sides.js";

const failsWith =
  (code: string, text = /./) =>
  (error: unknown) =>
    error instanceof RtError && error.code === code && text.test(error.message);

const Point = struct("Point", { id: u32, x: f64, name: utf8(8), tags: array(u32, 2) });
const pointOf = (id: number) => ({ id, x: id / 2, name: `p${String(id)}`, tags: [id, -id >>> 0] });

const MODES = [
  { producers: "one", consumers: "one", whenFull: "wait" },
  { producers: "many", consumers: "many", whenFull: "wait" },
  { producers: "one", consumers: "many", whenFull: "wait" },
  { producers: "many", consumers: "one", whenFull: "wait" },
  { producers: "one", consumers: "one", whenFull: "overwriteOldest" },
  { producers: "many", consumers: "many", whenFull: "overwriteOldest" },
] as const;

for (const mode of MODES) {
  const label = `${mode.producers} to ${mode.consumers}, ${mode.whenFull}`;

  test(`${label}: a message that pushes to the ring while it is copied in is refused, and the ring goes on`, () => {
    using ring = Ring.createUnnamed({ item: Point, capacity: 4, ...mode });
    let reads = 0;
    const message = {
      ...pointOf(1),
      get x() {
        if (++reads > 1) ring.tryPush(pointOf(2)); // once when it is checked, then when it is copied
        return 1;
      },
    };
    assert.throws(() => ring.tryPush(message), failsWith("ERROR_BUSY", /must not push to the same ring/));
    assert.equal(ring.tryPop(), undefined);
    for (let id = 3; id < 7; id++) assert.equal(ring.tryPush(pointOf(id)), true);
    assert.deepEqual(
      ring.tryPopBatch().map(({ id }) => id),
      [3, 4, 5, 6],
    );
  });

  test(`${label}: structs come out whole and in order, whatever way they went in`, () => {
    using ring = Ring.createUnnamed({ item: Point, capacity: 8, ...mode });
    assert.deepEqual([ring.capacity, ring.messageBytes, ring.length, ring.isReadable], [8, Point.sizeBytes, 0, false]);
    let pushed = 0;
    let popped = 0;
    for (let round = 0; round < 25; round++) {
      assert.equal(ring.tryPush(pointOf(pushed++)), true);
      assert.equal(ring.tryPushBatch([pointOf(pushed++), pointOf(pushed++)]), 2);
      const claim = ring.tryClaim(3)!;
      assert.equal(claim.length, 3);
      for (let i = 0; i < 2; i++) claim.at(i).set(pointOf(pushed++));
      claim.commit(2);
      assert.equal(ring.length >= 5, true);
      assert.deepEqual(ring.tryPop(), pointOf(popped++));
      assert.deepEqual(ring.tryPopBatch(2), [pointOf(popped++), pointOf(popped++)]);
      const peek = ring.tryPeek(4)!;
      assert.equal(peek.length, 2);
      assert.deepEqual([peek.at(0).get(), peek.at(1).get()], [pointOf(popped++), pointOf(popped++)]);
      assert.equal(peek.at(1).name, `p${String(popped - 1)}`);
      assert.throws(() => ((peek.at(0) as { id: number }).id = 1), TypeError);
      peek.release();
      assert.deepEqual([ring.tryPop(), ring.tryPopBatch(), ring.tryPeek()], [undefined, [], undefined]);
    }
    assert.equal(ring.dropped, 0);
  });

  test(`${label}: a full ring ${mode.whenFull === "wait" ? "takes no more" : "drops its oldest"}`, async () => {
    using ring = Ring.createUnnamed({ item: Point, capacity: 4, ...mode });
    const waits = mode.whenFull === "wait";
    for (let id = 0; id < 4; id++) ring.pushSync(pointOf(id));
    assert.equal(ring.isWritable, !waits);
    assert.equal(ring.tryPush(pointOf(4)), !waits);
    assert.equal(ring.tryPushBatch([pointOf(5), pointOf(6)]), waits ? 0 : 2);
    assert.equal(ring.pushSync(pointOf(7), { timeoutMs: 5 }), !waits);
    assert.equal(await ring.push(pointOf(8), { timeoutMs: 5 }), !waits);
    assert.equal(ring.tryClaim()?.length, waits ? undefined : 1);
    assert.equal(ring.dropped, waits ? 0 : 6);
    using peek = ring.tryPeek(4)!;
    assert.deepEqual(
      Array.from({ length: peek.length }, (_, i) => peek.at(i).id),
      waits ? [0, 1, 2, 3] : [6, 7, 8],
    );
  });
}

test("batches go in and out as far as there is room, and the waiting ones wholly", async () => {
  using ring = Ring.createUnnamed({ item: Point, capacity: 4 });
  const points = Array.from({ length: 11 }, (_, id) => pointOf(id));
  assert.equal(ring.tryPushBatch(points, 2), 4);
  assert.deepEqual(ring.tryPopBatch(), points.slice(2, 6));
  const pushing = ring.pushBatch(points);
  const got: unknown[] = [];
  while (got.length < 11) got.push(...(await ring.popBatch(3)));
  assert.deepEqual([await pushing, got], [11, points]);
  assert.equal(await ring.pushBatch(points, { timeoutMs: 5 }), 4);
  assert.equal(ring.pushBatchSync(points, { timeoutMs: 5 }), 0);
  assert.equal(ring.popBatchSync().length, 4);
  assert.deepEqual([ring.popBatchSync(2, { timeoutMs: 2 }), await ring.popBatch(2, { timeoutMs: 2 })], [[], []]);
  assert.equal(ring.tryPushBatch([]), 0);
});

test("byte messages have any length up to the limit, and come out as they went in", () => {
  for (const sides of ["one", "many"] as const)
    for (const whenFull of ["wait", "overwriteOldest"] as const) {
      using ring = Ring.createUnnamed({ messageBytes: 700, capacity: 4, producers: sides, consumers: sides, whenFull });
      for (const length of [0, 1, 7, 8, 9, 63, 64, 300, 699, 700]) {
        const message = Uint8Array.from({ length }, (_, i) => i * length);
        assert.equal(ring.tryPush(message), true);
        assert.deepEqual(ring.tryPop(), message);
        const claim = ring.tryClaim()!;
        assert.equal(claim.view.length, 700);
        claim.view.set(message);
        claim.resize(length);
        claim.commit();
        const target = new Uint8Array(1000);
        assert.equal(ring.tryPopInto(target), length);
        assert.deepEqual(target.subarray(0, length), message);
        ring.tryPush(Buffer.from(message));
        const peek = ring.tryPeek()!;
        assert.deepEqual(Buffer.from(peek.view), Buffer.from(message));
        peek.release();
      }
      assert.equal(ring.tryPopInto(new Uint8Array(700)), undefined);
    }
});

test("messages that the ring does not take are refused before anything happens", async () => {
  using bytes = Ring.createUnnamed({ messageBytes: 16, capacity: 2 });
  const tooLong = /the message has 17 bytes, this ring takes up to 16/;
  assert.throws(() => bytes.tryPush(new Uint8Array(17)), tooLong);
  assert.throws(() => bytes.tryPushBatch([new Uint8Array(1), new Uint8Array(17)]), tooLong);
  await assert.rejects(bytes.push(new Uint8Array(17)), tooLong);
  assert.throws(() => bytes.tryPush("text" as never), /a message must be a Uint8Array, not string/);
  assert.throws(() => bytes.tryPopInto(new Uint8Array(15)), /target has 15 bytes, messages can have 16/);
  assert.throws(() => bytes.tryPopInto([] as never), TypeError);
  assert.equal(bytes.length, 0);
  using points = Ring.createUnnamed({ item: Point, capacity: 2 });
  assert.throws(() => points.tryPush({ id: 1 } as never), /Point\.x is missing/);
  assert.throws(() => points.tryPush({ ...pointOf(1), name: "far too long" }), /Point\.name takes 12 bytes/);
  assert.throws(() => points.tryPushBatch([pointOf(1), 7 as never]), TypeError);
  assert.throws(() => points.tryPushBatch(pointOf(1) as never), /values must be an array/);
  assert.throws(() => points.tryPushBatch([pointOf(1)], 2), /from must be an integer from 0 to 1/);
  assert.throws(() => points.tryClaim(0), /most must be an integer from 1 to 2, not 0/);
  assert.throws(() => points.tryPeek(3), /most must be an integer from 1 to 2, not 3/);
  assert.throws(() => points.tryPopBatch(1.5), RangeError);
  assert.equal(points.length, 0);
});

test("a value whose store fails leaves the slot free; one whose load fails is taken out", () => {
  const Checked = struct("Big", { number: u64Number });
  const Plain = struct("Big", { number: u64 });
  for (const sides of ["one", "many"] as const) {
    const name = freshName();
    const options = { capacity: 2, producers: sides, consumers: sides } as const;
    using ring = Ring.create(name, { item: Checked, ...options });
    let reads = 0;
    const bad = {
      get number(): number {
        if (reads++ > 0) throw new Error("mine");
        return 1;
      },
    };
    assert.throws(() => ring.tryPush(bad), /mine/);
    assert.throws(() => ring.tryPushBatch([{ number: 5 }, ((reads = 0), bad)]), /mine/);
    assert.deepEqual(ring.tryPopBatch(), [{ number: 5 }], "what was stored before is there");
    const other = Ring.open(name, { item: Plain });
    if (sides === "one") assert.throws(() => other.tryPush({ number: 1n }), failsWith("ERROR_SHARING_VIOLATION"));
    ring.close();
    other.tryPushBatch([{ number: 2n ** 60n }, { number: 7n }]);
    const reader = Ring.open(name, { item: Checked });
    assert.throws(() => reader.tryPop(), /more than a number can hold/);
    assert.deepEqual(reader.tryPop(), { number: 7 });
    other.close();
    reader.close();
  }
});

test("a claim that is given up is never seen, and while it is open its handle pushes nothing else", () => {
  for (const sides of ["one", "many"] as const) {
    using ring = Ring.createUnnamed({ item: Point, capacity: 2, producers: sides, consumers: sides });
    for (let round = 0; round < 10; round++) {
      const claim = ring.tryClaim(2)!;
      assert.throws(() => ring.tryPush(pointOf(1)), failsWith("ERROR_BUSY", /a claim is open/));
      assert.throws(() => ring.tryClaim(), failsWith("ERROR_BUSY"));
      assert.throws(() => claim.at(2), /index must be an integer from 0 to 1, not 2/);
      assert.throws(() => claim.commit(3), RangeError);
      assert.throws(() => claim.resize(1), /structs are all of one length/);
      claim.view.id = 666;
      if (round % 2 === 0) claim.abandon();
      else claim[Symbol.dispose]();
      assert.equal(claim.isOpen, false);
      assert.throws(() => claim.view, failsWith("ERROR_INVALID_HANDLE", /not in hand/));
      assert.throws(() => claim.commit(), failsWith("ERROR_INVALID_HANDLE"));
      assert.equal(ring.tryPop(), undefined);
      assert.equal(ring.tryPush(pointOf(round)), true);
      const peek = ring.tryPeek()!;
      assert.throws(() => ring.tryPop(), failsWith("ERROR_BUSY", /a peek is open/));
      assert.equal(peek.view.id, round);
      peek[Symbol.dispose]();
      assert.throws(() => peek.release(), failsWith("ERROR_INVALID_HANDLE"));
    }
    assert.equal(ring.length, 0);
  }
});

test("a second producer or consumer of a ring of one is refused, and says whose place it is; the next one gets it", async () => {
  const name = freshName();
  const options = { item: Point, capacity: 4, producers: "one", consumers: "one" } as const;
  using ring = Ring.create(name, options);
  const first = Ring.open(name, options);
  assert.equal(first.tryPush(pointOf(1)), true);
  assert.throws(
    () => ring.tryPush(pointOf(2)),
    failsWith("ERROR_SHARING_VIOLATION", /one producer, and another handle of this thread/),
  );
  assert.deepEqual(ring.tryPop(), pointOf(1));
  assert.throws(() => first.tryPop(), failsWith("ERROR_SHARING_VIOLATION", /one consumer/));
  assert.throws(() => first.tryPeek(), failsWith("ERROR_SHARING_VIOLATION"));
  await assert.rejects(first.pop(), failsWith("ERROR_SHARING_VIOLATION"));
  first.tryClaim()!.view.id = 9;
  first.close();
  for (let id = 10; id < 22; id++) {
    assert.equal(ring.tryPush(pointOf(id)), true);
    assert.deepEqual(ring.tryPop(), pointOf(id));
  }
});

test("the place of a thread that has ended is free, however it ended", async () => {
  const name = freshName();
  using ring = Ring.create(name, { messageBytes: 8, capacity: 4, producers: "one", consumers: "one" });
  const code = `
    import { Ring } from "rtshm";
    const ring = Ring.open(${JSON.stringify(name)});
    ring.tryPush(new Uint8Array([1]));
    ring.tryClaim().view[0] = 2;
  `;
  const child = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", `${code}; process.kill(process.pid, "SIGKILL")`],
    {
      cwd: projectRoot,
    },
  );
  assert.equal(child.signal, "SIGKILL", String(child.stderr));
  assert.equal(ring.tryPush(new Uint8Array([3])), true);
  const worker = new Worker(new URL("./ring-worker.js", import.meta.url), { workerData: name });
  const taken = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  assert.deepEqual(taken, new Uint8Array([1]));
  assert.throws(
    () => ring.tryPop(),
    failsWith("ERROR_SHARING_VIOLATION", new RegExp(`a thread of process ${String(process.pid)} is it`)),
  );
  await worker.terminate();
  assert.deepEqual(ring.tryPop(), new Uint8Array([3]));
});

test("waits end when a message or room comes, from a thread that blocks and from the event loop", async () => {
  const name = freshName();
  using ring = Ring.create(name, { messageBytes: 8, capacity: 1 });
  using other = Ring.open(name);
  const pending = ring.pop();
  assert.equal(await Promise.race([pending, turn("empty")]), "empty");
  await other.push(new Uint8Array([1]));
  assert.deepEqual(await pending, new Uint8Array([1]));
  await ring.push(new Uint8Array([2]));
  const pushing = ring.push(new Uint8Array([3]));
  const waiting = ring.waitWritable();
  assert.equal(await Promise.race([pushing, turn("full")]), "full");
  assert.deepEqual(other.popSync(), new Uint8Array([2]));
  assert.deepEqual(await pushing, true);
  assert.equal(await other.waitReadable(), true);
  assert.equal(other.waitReadableSync(), true);
  assert.deepEqual(other.tryPop(), new Uint8Array([3]));
  assert.deepEqual([await waiting, ring.waitWritableSync({ timeoutMs: 0 })], [true, true]);
  assert.deepEqual(
    [ring.waitReadableSync({ timeoutMs: 3 }), await ring.waitReadable({ timeoutMs: 3 })],
    [false, false],
  );
  assert.deepEqual([ring.popSync({ timeoutMs: 3 }), await ring.pop({ timeoutMs: 3 })], [undefined, undefined]);
  const worker = new Worker(new URL("./ring-worker.js", import.meta.url), { workerData: name });
  ring.tryPush(new Uint8Array([4]));
  assert.deepEqual(await new Promise((resolve) => worker.once("message", resolve)), new Uint8Array([4]));
  worker.postMessage("push");
  assert.deepEqual(ring.popSync(), new Uint8Array([5]), "pushed while this thread blocks");
  await worker.terminate();
});

test("whatever puts a message in or makes room rings those who sleep before it returns", async () => {
  for (const sides of ["one", "many"] as const) {
    const message = new Uint8Array(8);
    using ring = Ring.createUnnamed({ messageBytes: 8, capacity: 1, producers: sides, consumers: sides });
    const { words, unmap } = headerOf(ring);
    const isAwaited = (): boolean => words[StateWord.state]! < 0;
    const puts: (() => unknown)[] = [
      () => ring.tryPush(message),
      () => ring.tryPushBatch([message]),
      () => ring.tryClaim()!.commit(),
      () => ring.pushSync(message),
      () => ring.pushBatchSync([message]),
    ];
    const takes: (() => unknown)[] = [
      () => ring.tryPop(),
      () => ring.tryPopBatch(),
      () => ring.tryPopInto(message),
      () => ring.tryPeek()!.release(),
      () => ring.popSync(),
    ];
    for (const [i, put] of puts.entries()) {
      const readable = ring.waitReadable();
      assert.equal(isAwaited(), true);
      put();
      assert.equal(isAwaited(), false, String(put));
      assert.equal(await readable, true);
      const writable = ring.waitWritable();
      assert.equal(isAwaited(), true);
      takes[i]!();
      assert.equal(isAwaited(), false, String(takes[i]));
      assert.equal(await writable, true);
    }
    assert.equal(ring.length, 0);
    unmap();
  }
});

test("a slot that a handle gives back at its close rings those who wait for it", async () => {
  const name = freshName();
  using ring = Ring.create(name, { messageBytes: 8, capacity: 1 });
  const other = Ring.open(name);
  other.tryClaim();
  const { words, unmap } = headerOf(ring);
  const writable = ring.waitWritable();
  assert.equal(words[StateWord.state]! < 0, true);
  other.close();
  assert.equal(words[StateWord.state]! < 0, false);
  assert.equal(await writable, true);
  unmap();
});

test("a ring is waited for among other objects: it is signalled while there is a message", async () => {
  using ring = Ring.createUnnamed({ messageBytes: 8, capacity: 2 });
  using stop = Event.createUnnamed();
  const pending = waitAny([stop, ring]);
  ring.tryPush(new Uint8Array([1]));
  assert.equal((await pending).index, 1);
  assert.equal((await waitAny([stop, ring])).index, 1, "it takes nothing");
  ring.tryPop();
  assert.equal((await waitAny([stop, ring], { timeoutMs: 3 })).timedOut, true);
});

test("time-outs are never early, aborts reject with the reason and take nothing", async () => {
  using ring = Ring.createUnnamed({ messageBytes: 8, capacity: 1 });
  for (const wait of [() => ring.pop({ timeoutMs: 12 }), () => Promise.resolve(ring.popSync({ timeoutMs: 12 }))]) {
    const start = performance.now();
    assert.equal(await wait(), undefined);
    assert.ok(performance.now() - start >= 12);
  }
  const reason = new Error("no longer");
  const controller = new AbortController();
  const { signal } = controller;
  const waits = [
    ring.pop({ signal }),
    ring.popBatch(1, { signal }),
    ring.waitReadable({ signal }),
    ring.items({ signal }).next(),
  ];
  controller.abort(reason);
  for (const each of waits) await assert.rejects(each, (error) => error === reason);
  await assert.rejects(ring.push(new Uint8Array(1), { signal }), (error) => error === reason);
  assert.equal(ring.length, 0);
  await ring.push(new Uint8Array([7]));
  const full = new AbortController();
  const pushing = ring.push(new Uint8Array([8]), { signal: full.signal });
  full.abort(reason);
  await assert.rejects(pushing, (error) => error === reason);
  assert.deepEqual(ring.tryPopBatch(), [new Uint8Array([7])]);
});

test("iteration gives the messages as they come, and lets the event loop have its turns", async () => {
  const name = freshName();
  using ring = Ring.create(name, { item: Point, capacity: 256 });
  using other = Ring.open(name, { item: Point });
  let turns = 0;
  const count = (): void => {
    turns++;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const sending = (async () => {
    for (let id = 0; id < 3000; id++) await other.push(pointOf(id));
  })();
  let expected = 0;
  for await (const point of ring) {
    assert.equal(point.id, expected++);
    if (expected === 3000) break;
  }
  await sending;
  assert.equal(ring.length, 0);
  turns = 0;
  ring.tryPushBatch(Array.from({ length: 256 }, (_, id) => pointOf(id)));
  for await (const point of ring) if (point.id === 255) break;
  clearImmediate(timer);
  assert.ok(turns >= 3, `${String(turns)} turns while there was always a message`);
});

test("closing ends what waits with an error, and iteration too", async () => {
  const full = Ring.createUnnamed({ messageBytes: 8, capacity: 1 });
  full.tryPush(new Uint8Array(1));
  const empty = Ring.createUnnamed({ messageBytes: 8, capacity: 1 });
  const waits: Promise<unknown>[] = [
    full.push(new Uint8Array(1)),
    full.waitWritable(),
    empty.pop(),
    empty.waitReadable(),
    (async () => {
      for await (const message of empty) assert.fail(String(message));
    })(),
  ];
  await turn();
  full.close();
  empty.close();
  for (const each of waits) await assert.rejects(each, failsWith("ERROR_INVALID_HANDLE"));
});

test("slots in hand are out of reach after close, and stop nobody", () => {
  for (const sides of ["one", "many"] as const) {
    const name = freshName();
    const options = { item: Point, capacity: 2, producers: sides, consumers: sides } as const;
    using ring = Ring.create(name, options);
    const other = Ring.open(name, options);
    other.tryPush(pointOf(1));
    const claim = other.tryClaim()!;
    const { view } = claim;
    const peek = other.tryPeek()!;
    assert.equal(peek.view.id, 1);
    other.close();
    assert.throws(() => claim.view, failsWith("ERROR_INVALID_HANDLE"));
    assert.throws(() => claim.commit(), failsWith("ERROR_INVALID_HANDLE"));
    assert.throws(() => peek.view, failsWith("ERROR_INVALID_HANDLE"));
    view.id = 7;
    assert.equal(view.id, undefined);
    // Who had peeked at it had it in its hands: with one consumer the next sees it again, with many it is gone.
    assert.deepEqual(ring.tryPopBatch(), sides === "one" ? [pointOf(1)] : []);
    assert.equal(ring.tryPushBatch([pointOf(2), pointOf(3)]), 2);
    assert.deepEqual(ring.tryPopBatch(), [pointOf(2), pointOf(3)]);
  }
});

test("what two programs take the ring for has to agree; the error names both", () => {
  const name = freshName();
  using ring = Ring.create(name, { item: Point, capacity: 8, producers: "one" });
  assert.equal(ring.created, true);
  const Other = struct("Point", { id: u32, x: f64, name: utf8(9), tags: array(u32, 2) });
  const wrong: [() => unknown, RegExp][] = [
    [
      () => Ring.open(name, { item: Other }),
      /creator: Point of 32 bytes; you: Point of 40 bytes; first difference at field Point\.name: /,
    ],
    [() => Ring.open(name), /its messages are structs, Point: give the struct as item/],
    [() => Ring.open(name, { messageBytes: 32 }), /creator: Point of 32 bytes; you: bytes of 32 bytes/],
    [() => Ring.openOrCreate(name, { item: Point, capacity: 16 }), /creator: capacity 8; you: capacity 16/],
    [() => Ring.open(name, { item: Point, producers: "many" }), /creator: producers "one"; you: producers "many"/],
    [() => Ring.open(name, { item: Point, consumers: "one" }), /creator: consumers "many"; you: consumers "one"/],
    [
      () => Ring.attach(ring.describe(), { item: Point, whenFull: "overwriteOldest" }),
      /creator: whenFull "wait"; you: /,
    ],
  ];
  for (const [call, text] of wrong) assert.throws(call, failsWith("ERROR_INVALID_DATA", text));
  using same = Ring.openOrCreate(name, { item: Point, capacity: 8, producers: "one" });
  assert.deepEqual([same.created, same.capacity], [false, 8]);
  const byteName = freshName();
  using bytes = Ring.create(byteName, { messageBytes: 100, capacity: 2 });
  using found = Ring.open(byteName);
  assert.deepEqual([bytes.messageBytes, found.messageBytes], [100, 100]);
  assert.throws(
    () => Ring.open(byteName, { messageBytes: 200 }),
    failsWith(
      "ERROR_INVALID_DATA",
      /creator: bytes of 100 bytes; you: bytes of 200 bytes; first difference: "bytes 100 1" there/,
    ),
  );
});

test("wrong options are refused before anything is made", () => {
  const name = freshName();
  const wrong: [object, RegExp][] = [
    [{ item: Point, capacity: 12 }, /capacity must be a power of two, such as 16, not 12/],
    [{ item: Point, capacity: 0 }, /capacity must be an integer from 1 to 16777216, not 0/],
    [{ item: Point, capacity: 2 ** 25 }, /capacity must be an integer from 1 to 16777216/],
    [{ item: Point }, /a new ring needs capacity/],
    [{ capacity: 2 }, /a new ring needs item, a struct, or messageBytes/],
    [{ item: Point, messageBytes: 8, capacity: 2 }, /either item, a struct, or messageBytes, not both/],
    [{ item: {}, capacity: 2 }, /item must be a struct/],
    [{ messageBytes: 0, capacity: 2 }, /messageBytes must be an integer from 1/],
    [{ messageBytes: 2 ** 20, capacity: 2 ** 12 }, /a ring has at most 2147483647/],
    [{ item: Point, capacity: 2, producers: 2 }, /producers must be "one" or "many", not 2/],
    [{ item: Point, capacity: 2, whenFull: "drop" }, /whenFull must be "wait" or "overwriteOldest", not "drop"/],
    [{ item: Point, capacity: 2, size: 2 }, /there is no option size/],
  ];
  for (const [options, text] of wrong)
    assert.throws(
      () => Ring.create(name, options as never),
      (error) => (error instanceof TypeError || error instanceof RangeError) && text.test(error.message),
    );
  assert.throws(() => Ring.open(name), failsWith("ERROR_FILE_NOT_FOUND"));
  using ring = Ring.createUnnamed({ messageBytes: 8, capacity: 2 });
  assert.throws(() => ring.popSync({ timeoutMs: -1 }), /timeoutMs must be 0 or more/);
  assert.throws(() => ring.pushSync(new Uint8Array(1), { timeout: 1 } as never), /there is no option timeout/);
});

test("a close with messages in hand leaves them to the next consumer, and of many consumers counts them as dropped", () => {
  for (const producers of ["one", "many"] as const)
    for (const consumers of ["one", "many"] as const)
      for (const whenFull of ["wait", "overwriteOldest"] as const) {
        const name = freshName();
        using ring = Ring.create(name, { messageBytes: 4, capacity: 4, producers, consumers, whenFull });
        ring.tryPushBatch([1, 2, 3].map((value) => new Uint8Array([value])));
        const other = Ring.open(name);
        assert.equal(other.tryPeek(2)?.length, 2);
        assert.deepEqual([ring.dropped, other.isReadable], [0, true]);
        other.close();
        const left = ring.tryPopBatch().map(([value]) => value);
        assert.deepEqual(
          [left, ring.dropped],
          consumers === "one" ? [[1, 2, 3], 0] : [[3], 2],
          `${producers} ${consumers} ${whenFull}`,
        );
        assert.equal(ring.tryPushBatch([4, 5, 6, 7].map((value) => new Uint8Array([value]))), 4);
        assert.equal(ring.length, 4);
      }
});

test("what is overwritten while a consumer has a copy of it is delivered, so it is not counted", () => {
  using ring = Ring.createUnnamed({
    messageBytes: 4,
    capacity: 4,
    producers: "one",
    consumers: "one",
    whenFull: "overwriteOldest",
  });
  const push = (...values: number[]): unknown => ring.tryPushBatch(values.map((value) => new Uint8Array([value])));
  push(1, 2, 3, 4);
  const peek = ring.tryPeek(2)!;
  push(5, 6, 7); // 1, 2 and 3 go
  assert.deepEqual([peek.at(0)[0], peek.at(1)[0], ring.dropped], [1, 2, 3]);
  peek.release();
  assert.equal(ring.dropped, 1, "3 is lost");
  assert.deepEqual(
    ring.tryPopBatch().map(([value]) => value),
    [4, 5, 6, 7],
  );
});

test("with one consumer a message that a loop gave is in the ring until the next is asked for, or another is taken", async () => {
  for (const producers of ["one", "many"] as const) {
    using ring = Ring.createUnnamed({ messageBytes: 4, capacity: 4, producers, consumers: "one" });
    ring.tryPushBatch([1, 2, 3, 4].map((value) => new Uint8Array([value])));
    for await (const [value] of ring) {
      if (value === 1) assert.equal(ring.length, 4);
      if (value === 2) {
        assert.equal(ring.length, 3);
        assert.deepEqual([ring.tryPop()?.[0], ring.length], [3, 1]);
      }
      if (value === 4) break;
    }
    assert.equal(ring.length, 0, "the loop's end releases the last");
    ring.tryPush(new Uint8Array([5]));
    for await (const _ of ring.toReadable()) break;
    assert.equal(ring.length, 0);
  }
});
