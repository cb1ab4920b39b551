// The dispatcher under crashes at every store: random histories of waits and signals in one process's memory; in each operation
// the thread is killed after every single store, another takes the lock over, and the invariants must hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lock, unlock } from "#kernel/dispatcher/lock";
import { BLOCK_FIRST, BLOCK_WORDS, NodeWord, ThreadWord, Word, threadWord } from "#protocol/dispatcher-layout";
import { ObjectType, StateWord } from "#protocol/object-header";
import { WAITERS } from "#protocol/state-machines";
import { reapThread } from "#kernel/queues/review";
import { Reader } from "./dispatcher-invariants.js";
import {
  MAXIMUM,
  THREADS,
  fresh,
  idOf,
  operation,
  recovered,
  run,
  seeds,
  useAs,
  type Operation,
} from "./dispatcher-play.js";
import { after, recording, type Snapshot } from "./recorded-memory.js";

const isLong = process.env["RTSHM_LONG"] === "1";
const { AutoResetEvent, Semaphore } = ObjectType;

/** What an object has in all: in its state, and granted to threads that have not taken note of it. */
const wealth = (reader: Reader): number[] =>
  seeds.map(({ type }, object) => {
    if (type !== Semaphore && type !== AutoResetEvent) return 0;
    return Math.min(reader.state(object) + reader.granted(object), MAXIMUM[type] ?? 1);
  });

// What a survivor does for whom the dead thread's record is the next free one.
function reaped(start: Snapshot, dead: number, survivor: number): Snapshot {
  const use = useAs(survivor);
  return recording(start, use, () => {
    lock();
    reapThread(dead);
    unlock();
  }).end;
}

// What a survivor's look does; what the dead were granted is back then, or somebody else's.
function lookedAt(start: Snapshot, dead: number, isReaped: boolean): Reader {
  const thread = (dead + 1) % THREADS;
  let state = isReaped ? reaped(start, dead, thread) : start;
  new Reader(state, seeds, THREADS).check();
  for (let object = 0; object < seeds.length; object++)
    state = run(state, { kind: "look", thread, objects: [object], all: false, exclusive: false }).end;
  const reader = new Reader(state, seeds, THREADS);
  reader.check();
  for (let object = 0; object < seeds.length; object++)
    assert.equal(reader.granted(object, true), 0, `what a dead thread was granted of object ${object} is not back`);
  return reader;
}

const ungranted = (start: Snapshot): Set<number> =>
  new Set(
    Array.from({ length: THREADS }, (_, i) => new Reader(start, seeds, THREADS).waitsOf(i))
      .flat()
      .filter((wait) => start[0]![BLOCK_FIRST + wait * BLOCK_WORDS + NodeWord.granted] === 0),
  );

function checkRung(before: Snapshot, now: Reader): void {
  for (const wait of ungranted(before)) {
    const thread = now.node(wait, "kind") === 1 ? now.node(wait, "thread") : 0;
    if (thread === 0 || !now.isAlive(thread) || now.node(wait, "granted") === 0) continue;
    const bell = threadWord(thread & 2047) + ThreadWord.bell;
    assert.ok(now.at(bell) > before[0]![bell]!, `thread ${thread} was granted a wait and not rung`);
  }
}

function crashEverywhere(start: Snapshot, operation: Operation): { end: Snapshot; crashes: number } {
  const whole = run(start, operation);
  const begin = new Reader(start, seeds, THREADS);
  const finish = new Reader(whole.end, seeds, THREADS);
  finish.check();
  checkRung(start, finish);
  // A thread that neither waits nor owns leaves nothing but its operation: that must be done wholly or not at all.
  const id = idOf(operation.thread);
  const leavesNothing =
    operation.kind !== "wait" &&
    begin.waitsOf(operation.thread).length === 0 &&
    seeds.every((_, o) => begin.state(o) !== id);
  const allowed = [begin, finish].map((reader) => JSON.stringify(reader.picture()));
  for (let count = 0; count <= whole.stores.length; count++) {
    const crashed = after(start, whole.stores, count);
    const left = recovered(crashed, operation.thread);
    const now = new Reader(left, seeds, THREADS);
    try {
      now.check();
      checkRung(start, now);
      wealth(now).forEach((units, object) =>
        assert.ok(
          [wealth(begin)[object], wealth(finish)[object]].includes(units),
          `object ${object} has ${units} units`,
        ),
      );
      const looked = lookedAt(left, operation.thread, count % 2 === 1);
      assert.deepEqual(wealth(looked), wealth(now), "a look changes the units");
      if (leavesNothing)
        assert.ok(
          allowed.includes(JSON.stringify(now.picture())),
          `neither before nor after: ${JSON.stringify(now.picture())}`,
        );
    } catch (error) {
      const { array, index, value } = whole.stores[count - 1] ?? { array: -1, index: -1, value: 0 };
      throw new Error(
        `${JSON.stringify(operation)}: crash after store ${count} of ${whole.stores.length} ([${array}][${index}] = ${value})`,
        { cause: error },
      );
    }
  }
  return { end: whole.end, crashes: whole.stores.length + 1 };
}

test("after a crash at any store of any operation, the next to take the lock finds everything in order", () => {
  let crashes = 0;
  fc.assert(
    fc.property(fc.array(operation, { minLength: 3, maxLength: 14 }), (operations) => {
      let state = fresh();
      for (const next of operations) {
        const { end, crashes: more } = crashEverywhere(state, next);
        state = end;
        crashes += more;
      }
    }),
    { numRuns: isLong ? 1500 : 40 },
  );
  assert.ok(crashes > 5000, `only ${crashes} crashes`);
});

test("after a crash, the survivors' further operations keep everything in order, too", () => {
  fc.assert(
    fc.property(
      fc.array(operation, { minLength: 2, maxLength: 8 }),
      operation,
      fc.array(operation, { maxLength: 5 }),
      fc.nat(),
      (first, fatal, rest, where) => {
        let state: Snapshot = fresh();
        for (const next of first) state = run(state, next).end;
        const { stores } = run(state, fatal);
        state = recovered(after(state, stores, where % (stores.length + 1)), fatal.thread);
        for (const next of rest) {
          if (next.thread === fatal.thread) continue;
          state = run(state, next).end;
          new Reader(state, seeds, THREADS).check();
        }
      },
    ),
    { numRuns: isLong ? 5000 : 300 },
  );
});

test("a crash at any store of giving back what a dead thread was granted loses nothing", () => {
  let crashes = 0;
  fc.assert(
    fc.property(fc.array(operation, { minLength: 3, maxLength: 12 }), fc.nat(THREADS - 1), (operations, dead) => {
      let state: Snapshot = fresh();
      for (const next of operations) state = run(state, next).end;
      state = recovered(state, dead);
      const before = new Reader(state, seeds, THREADS);
      const survivor = (dead + 1) % THREADS;
      seeds.forEach((_, object) => {
        if (before.granted(object, true) === 0) return;
        const look: Operation = { kind: "look", thread: survivor, objects: [object], all: false, exclusive: false };
        const { stores } = run(state, look);
        for (let count = 0; count <= stores.length; count++) {
          const left = recovered(after(state, stores, count), survivor);
          assert.deepEqual(wealth(new Reader(left, seeds, THREADS)), wealth(before));
          assert.deepEqual(wealth(lookedAt(left, survivor, count % 2 === 1)), wealth(before));
          crashes++;
        }
      });
    }),
    { numRuns: isLong ? 20_000 : 400 },
  );
  assert.ok(crashes > 100, `only ${crashes} crashes`);
});

test("objects that nobody waits for have their state in their own word, and no block stays behind", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 12 }), (operations) => {
      let state: Snapshot = fresh();
      for (const next of operations) state = run(state, next).end;
      for (let round = 0; round < 20; round++)
        for (let thread = 0; thread < THREADS; thread++)
          state = run(state, { kind: "end", thread, objects: [0], all: false, exclusive: false }).end;
      const reader = new Reader(state, seeds, THREADS);
      reader.check();
      let free = 0;
      for (let block = reader.at(Word.freeBlock); block !== 0; block = reader.node(block, "freeNext")) free++;
      assert.equal(free, reader.at(Word.usedBlocks));
      for (const page of state.slice(1)) assert.equal(page[StateWord.state]! & WAITERS, 0);
    }),
    { numRuns: isLong ? 1000 : 60 },
  );
});
