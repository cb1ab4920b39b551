// Whose deaths a waiting thread has to hear of, and that it does: random histories, with every thread's watch list kept beside them as
// the product keeps it. The oracle reads the raw words. What a death needs is done only by threads whose lists have the dead one.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lock, unlock } from "#kernel/dispatcher/lock";
import { ThreadWord, threadWord } from "#protocol/dispatcher-layout";
import { ObjectType } from "#protocol/object-header";
import { ABANDONED } from "#protocol/state-machines";
import { reviewQueue } from "#kernel/queues/review";
import { Reader } from "./dispatcher-invariants.js";
import { THREADS, fresh, idOf, operation, recovered, run, seeds, useAs, type Operation } from "./dispatcher-play.js";
import { after, recording, type Snapshot } from "./recorded-memory.js";

const isLong = process.env["RTSHM_LONG"] === "1";
const read = (state: Snapshot): Reader => new Reader(state, seeds, THREADS);
const isGuarded = (object: number): boolean => seeds[object]!.type !== ObjectType.ManualResetEvent;

/** The threads whose deaths concern a wait: before it in a queue the nearest that is not a wait for all, else who has the object. */
function needed(reader: Reader, wait: number): Set<number> {
  const own = reader.node(wait, "thread");
  const threads = new Set<number>();
  for (const node of reader.nodesOf(wait)) {
    const entry = reader.node(node, "entry");
    const object = seeds.findIndex((seed) => seed.id0 === (entry === 0 ? NaN : reader.entry(entry, "id0")));
    if (object < 0 || !isGuarded(object) || reader.node(node, "taken") === 1) continue;
    const queue = reader.queue(entry);
    const before = queue
      .slice(0, queue.indexOf(node))
      .map((place) => reader.node(place, "wait"))
      .filter((other) => reader.node(other, "all") === 0);
    if (before.length > 0) threads.add(reader.node(before.at(-1)!, "thread"));
    else {
      const state = reader.entry(entry, "state");
      if (seeds[object]!.type === ObjectType.Mutex && state !== 0 && state !== ABANDONED) threads.add(state);
      for (const taken of reader.taken(entry)) threads.add(reader.node(reader.node(taken, "wait"), "thread"));
    }
  }
  threads.delete(own);
  return threads;
}

/** What each thread sleeps on: listed when a wait is queued, and anew when the thread's counter says so. */
class WatchLists {
  #told = Array.from({ length: THREADS }, () => 0);
  #lists = new Map<string, Set<number>>();

  /** Follows a change: threads that were told list anew, new waits are listed; the others must watch whom they need already. */
  follow(reader: Reader): void {
    const lists = new Map<string, Set<number>>();
    for (let index = 0; index < THREADS; index++) {
      if (!reader.isAlive(idOf(index))) continue;
      const told = reader.at(threadWord(index) + ThreadWord.guards);
      for (const wait of reader.waitsOf(index)) {
        if (reader.node(wait, "granted") !== 0) continue;
        const key = `${index} ${wait}`;
        const listed = this.#lists.get(key);
        const now = needed(reader, wait);
        if (told === this.#told[index] && listed !== undefined)
          for (const thread of now)
            assert.ok(
              listed.has(thread),
              `thread ${index} does not watch thread ${thread & 2047}, and was not told to`,
            );
        lists.set(key, told === this.#told[index] && listed !== undefined ? listed : now);
      }
      this.#told[index] = told;
    }
    this.#lists = lists;
  }

  copy(): WatchLists {
    const copy = new WatchLists();
    copy.#told = [...this.#told];
    copy.#lists = new Map(this.#lists);
    return copy;
  }

  /** The threads that are woken by the kernel, or do not fall asleep, because a thread on their lists is dead. */
  awake(reader: Reader): { index: number; wait: number }[] {
    return [...this.#lists]
      .filter(([, threads]) => [...threads].some((thread) => !reader.isAlive(thread)))
      .map(([key]) => key.split(" ").map(Number))
      .map(([index, wait]) => ({ index: index!, wait: wait! }));
  }

  /** The wait was reviewed by its thread, which then lists the guards of all its waits anew. */
  relist(reader: Reader, index: number): void {
    for (const key of [...this.#lists.keys()]) if (key.startsWith(`${index} `)) this.#lists.delete(key);
    this.follow(reader);
  }
}

// What death-watch.ts does: the queues of the thread's waits that are not over, one after the other.
function review(start: Snapshot, index: number): Snapshot {
  let state = start;
  for (const wait of read(start).waitsOf(index)) {
    for (let place = 0; place < read(start).nodesOf(wait).length; place++) {
      const reader = read(state);
      const node = reader.nodesOf(wait)[place]!;
      const entry = reader.node(node, "entry");
      if (entry === 0 || reader.node(wait, "granted") !== 0) continue;
      state = recording(state, useAs(index), () => {
        lock();
        reviewQueue(entry);
        unlock();
      }).end;
    }
  }
  return state;
}

/** Lets everybody act who hears of a death. Then no living thread may wait for what a dead one has. */
function settleDeaths(start: Snapshot, lists: WatchLists): void {
  let state = start;
  for (let turns = 0; ; turns++) {
    assert.ok(turns < 200, "deaths are reviewed without an end");
    lists.follow(read(state));
    const [next] = lists.awake(read(state));
    if (next === undefined) break;
    state = review(state, next.index);
    lists.relist(read(state), next.index);
  }
  const reader = read(state);
  seeds.forEach((_, object) => {
    const entry = reader.liveEntry(object);
    if (entry === 0 || !isGuarded(object)) return;
    const living = reader
      .queue(entry)
      .filter((node) => reader.isAlive(reader.node(reader.node(node, "wait"), "thread")));
    if (living.length === 0) return;
    const owner = reader.entry(entry, "state");
    const isOwned = seeds[object]!.type === ObjectType.Mutex && owner !== 0 && owner !== ABANDONED;
    assert.ok(!isOwned || reader.isAlive(owner), `nobody heard of the death of the owner of object ${object}`);
    assert.equal(reader.granted(object, true), 0, `nobody heard that a thread died with a grant of object ${object}`);
    const ready = living.find((node) => reader.node(reader.node(node, "wait"), "all") === 0);
    assert.ok(ready === undefined || owner === 0 || isOwned, `object ${object} is signalled and a thread waits for it`);
  });
}

const by = (thread: number, kind: Operation["kind"], objects: readonly number[], all = false): Operation => ({
  kind,
  thread,
  objects,
  all,
  exclusive: false,
});

/** Thread 3 waits behind two waits for all. One of them gets the mutex: thread 3 has to watch its thread, and is not the first in the queue. */
const PASSED_OVER: Operation[] = [
  by(2, "wait", [2]),
  by(0, "wait", [2, 0], true),
  by(1, "wait", [2, 0], true),
  by(3, "wait", [2]),
  by(2, "signal", [0]),
  by(2, "signal", [2]),
];

test("who waits watches those whose deaths concern the wait, and a death at any store is settled by those who watch", () => {
  let deaths = 0;
  fc.assert(
    fc.property(fc.array(operation, { minLength: 3, maxLength: 12 }), (operations) => {
      let state = fresh();
      const lists = new WatchLists();
      for (const next of operations) {
        const { stores, end } = run(state, next);
        for (let count = 0; count <= stores.length; count++) {
          const left = recovered(after(state, stores, count), next.thread);
          settleDeaths(left, lists.copy());
          deaths++;
        }
        // A thread that does nothing dies, too: an owner, a waiter in the middle of a queue, one with a grant.
        for (let dead = 0; dead < THREADS; dead++) {
          settleDeaths(recovered(end, dead), followed(lists, end));
          deaths++;
        }
        state = end;
        lists.follow(read(state));
      }
    }),
    { numRuns: isLong ? 3000 : 60, examples: [[PASSED_OVER]] },
  );
  assert.ok(deaths > 5000, `only ${deaths} deaths`);
});

function followed(lists: WatchLists, end: Snapshot): WatchLists {
  const copy = lists.copy();
  copy.follow(read(end));
  return copy;
}
