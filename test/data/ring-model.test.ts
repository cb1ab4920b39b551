// The slots of a ring of many, model-checked: all interleavings of a few producers and consumers, access by access, each killed at
// any of them. And the checker itself, checked: it finds what is wrong with a protocol that is.
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { LoneConsumer } from "#data/ring/lone-consumer";
import { ManyRing } from "#data/ring/many";
import type { Consumer, Surroundings } from "#data/ring/sides";
import { SlotState, TURN_SHIFT, turnMask } from "#data/ring/slots";
import { PARTICIPANTS_FIRST, RingWord, ringLayout, type RingLayout } from "#protocol/ring-layout";
import { explore, type Ask, type Operation, type State } from "./ring-interleavings.js";

const isLong = process.env["RTSHM_LONG"] === "1";
/** Producers of which a consumer can note messages. */
const NOTED = 20;
const NONE = -1;
const FULL = -2;

type RingClass = typeof ManyRing;
type ConsumerClass = new (words: Int32Array, layout: RingLayout, surroundings: Surroundings) => Consumer;

function layoutOf(capacity: number, overwrites: boolean, manyConsumers: boolean): RingLayout {
  const shape = { capacity, itemBytes: 4, isVariable: false, manyProducers: true, manyConsumers, overwrites };
  return ringLayout(shape);
}

/** A ring whose next message is at `position`, with this many participants. */
function wordsAt(layout: RingLayout, position: number, participants: number): Int32Array {
  const words = new Int32Array(layout.sizeBytes / 4 + 4 * NOTED);
  words[RingWord.tail] = words[RingWord.head] = position;
  for (let i = 1; i <= participants; i++) words[PARTICIPANTS_FIRST + i] = i;
  const { capacity, firstSlotBytes, slotBytes } = layout;
  for (let i = 0; i < capacity; i++) {
    const turn = ((position + i) >>> Math.log2(capacity)) & turnMask(capacity);
    words[(firstSlotBytes + ((position + i) & (capacity - 1)) * slotBytes) / 4] = (turn << TURN_SHIFT) | SlotState.free;
  }
  return words;
}

function changingWords(layout: RingLayout): number[] {
  const { capacity, firstSlotBytes, slotBytes, messageOffset } = layout;
  const notes = [100, 200].flatMap((first) => [0, 1, 2, 3].map((i) => noteOf(layout, first + i)));
  const slots = Array.from({ length: capacity }, (_, i) => (firstSlotBytes + i * slotBytes) / 4);
  return [
    RingWord.tail,
    RingWord.head,
    RingWord.dropped,
    ...slots,
    ...slots.map((word) => word + messageOffset / 4),
    ...notes,
  ];
}

function sideOf<Side extends object>(
  kind: new (words: Int32Array, layout: RingLayout, surroundings: Surroundings) => Side,
  layout: RingLayout,
  me: number,
  words: Int32Array,
  ask: Ask,
): Side {
  const corrupt = (what: string): never => {
    throw new Error(`corrupt: ${what}`);
  };
  const busy = (): never => corrupt("two claims at once");
  const side = new kind(words, layout, { thread: me, isAlive: ask, corrupt, busy });
  return Object.assign(side, { me });
}

const push =
  (kind: RingClass, layout: RingLayout, me: number, value: number): Operation =>
  (words, ask) => {
    const ring = sideOf(kind, layout, me, words, ask);
    if (ring.claim(1) === 0) return FULL;
    Atomics.store(words, ring.claimedAt(0) / 4, value);
    ring.commit(1);
    return value;
  };

/** Where a consumer notes that it has seen a message, behind the ring. */
const noteOf = (layout: RingLayout, value: number): number =>
  layout.sizeBytes / 4 + 4 * (Math.floor(value / 100) - 1) + (value % 100);

/** Takes up to `most` messages, notes each of them, and releases them: what a program does that must lose none. */
const pop =
  (kind: ConsumerClass, layout: RingLayout, me: number, most = 1): Operation =>
  (words, ask) => {
    const side = sideOf(kind, layout, me, words, ask);
    const count = side.take(most);
    if (count === 0) return NONE;
    const values = Array.from({ length: count }, (_, i) => Atomics.load(words, side.takenAt(i) / 4));
    if (!layout.manyConsumers) for (const value of values) Atomics.store(words, noteOf(layout, value), 1);
    side.release();
    return count === 1 ? values[0] : values;
  };

const giveUp =
  (kind: RingClass, layout: RingLayout, me: number): Operation =>
  (words, ask) => {
    const ring = sideOf(kind, layout, me, words, ask);
    if (ring.claim(1) === 0) return FULL;
    Atomics.store(words, ring.claimedAt(0) / 4, 666);
    ring.commit(0);
    return 0;
  };

interface Plan {
  readonly capacity: number;
  readonly start: number;
  /** How many messages each producer pushes, and how many each consumer pops. */
  readonly pushes: readonly number[];
  readonly pops: readonly number[];
  readonly deaths: number;
  readonly overwrites?: boolean;
  /** Which producers give up a claim before their first push. */
  readonly givesUp?: readonly boolean[];
  readonly kind?: RingClass;
  /** The ring has one consumer, whose place another takes only after its end; it takes so many messages at a time. */
  readonly lone?: { readonly most: number; readonly kind?: ConsumerClass };
}

const inOrder = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || values[i - 1]! < value);

function check(plan: Plan): { states: number; ends: number } {
  const { capacity, pushes, pops, overwrites = false, kind = ManyRing, lone } = plan;
  const layout = layoutOf(capacity, overwrites, lone === undefined);
  const consuming: ConsumerClass = lone === undefined ? kind : (lone.kind ?? LoneConsumer);
  const producers = pushes.map((count, i) => [
    ...(plan.givesUp?.[i] === true ? [giveUp(kind, layout, i + 1)] : []),
    ...Array.from({ length: count }, (_, j) => push(kind, layout, i + 1, (i + 1) * 100 + j)),
  ]);
  const consumers = pops.map((count, i) =>
    Array.from({ length: count }, () => pop(consuming, layout, pushes.length + i + 1, lone?.most)),
  );
  const threads = [...producers, ...consumers];
  const survivor = threads.length + 1;
  let ends = 0;

  function atEnd({ words, threads: ended }: State): void {
    ends++;
    const ask: Ask = (id) => id === survivor || ended[id - 1]?.isDead === false;
    const results = ended.map((thread) => thread.results.flat() as number[]);
    const pushed = results
      .slice(0, pushes.length)
      .flat()
      .filter((value) => value >= 100);
    const popped = results.slice(pushes.length).map((values) => values.filter((value) => value >= 0));
    const left: number[] = [];
    const next = pop(consuming, layout, survivor);
    for (let value = next(words, ask); value !== NONE; value = next(words, ask)) {
      left.push(value as number);
      assert.ok(left.length <= capacity, "more messages than the ring has room for");
    }
    const got = [...popped.flat(), ...left];
    assert.equal(new Set(got).size, got.length, `a message came out twice: ${got.join()}`);
    const deadProducers = ended.slice(0, pushes.length).filter((thread) => thread.isDead).length;
    const deadConsumers = ended.slice(pushes.length).filter((thread) => thread.isDead).length;
    const missing = pushed.filter((value) => !got.includes(value));
    const foreign = got.filter((value) => !pushed.includes(value));
    // With one consumer nothing is lost that no consumer has noted; a consumer of many takes along what it had in its hands.
    // `dropped` has what was lost and nothing else, but for a producer that ends between overwriting and counting.
    const dropped = words[RingWord.dropped]!;
    const lost = missing.filter((value) => lone === undefined || words[noteOf(layout, value)] === 0);
    const uncounted = overwrites ? deadProducers : 0;
    if (lone === undefined) assert.ok(lost.length <= dropped + deadConsumers + uncounted, `lost: ${lost.join()}`);
    else assert.ok(lost.length <= dropped + uncounted, `lost: ${lost.join()}, ${String(dropped)} counted`);
    if (!overwrites) assert.ok(dropped <= (lone === undefined ? deadConsumers : 0), `${String(dropped)} counted`);
    assert.ok(dropped <= missing.length + foreign.length + deadProducers, `${String(dropped)} counted`);
    if (plan.deaths === 0) assert.equal(missing.length, dropped, `lost uncounted: ${missing.join()}`);
    assert.ok(foreign.length <= deadProducers, `from nowhere: ${foreign.join()}`);
    for (let i = 0; i < pushes.length; i++)
      for (const values of [...popped, left])
        assert.ok(
          inOrder(values.filter((value) => Math.floor(value / 100) === i + 1)),
          `out of order: ${values.join()}`,
        );
    // Nothing stays behind that blocks: a whole turn goes through.
    const fresh = Array.from({ length: capacity }, (_, i) => 1000 + i);
    for (const value of fresh)
      assert.equal(push(kind, layout, survivor, value)(words, ask), value, "the ring is blocked");
    if (!overwrites) assert.equal(push(kind, layout, survivor, 2000)(words, ask), FULL);
    assert.deepEqual(
      fresh.map(() => next(words, ask)),
      fresh,
    );
    assert.equal(next(words, ask), NONE);
  }

  const words = wordsAt(layout, plan.start, survivor);
  const changing = changingWords(layout);
  const shown = (state: State): string =>
    JSON.stringify({ words: changing.map((word) => state.words[word]!.toString(16)), threads: state.threads });
  const explained = (state: State): void => {
    const before = shown(state);
    try {
      atEnd(state);
    } catch (error) {
      throw new Error(`${String(error)}: ${before}`, { cause: error });
    }
  };
  const states = explore({ words, changing, threads, mostDeaths: plan.deaths, atEnd: explained });
  return { states, ends };
}

const WRAP = -1; // the last position before 0
const plans: Readonly<Record<string, Plan>> = {
  "two producers, one consumer": { capacity: 2, start: 0, pushes: [1, 1], pops: [2], deaths: 2 },
  "one producer that goes round, one consumer": { capacity: 1, start: WRAP, pushes: [3], pops: [3], deaths: 1 },
  "one producer, two consumers, over the end of the positions": {
    ...{ capacity: 2, start: WRAP, pushes: [2], pops: [1, 1], deaths: isLong ? 2 : 1 },
  },
  "a producer that gives up beside one that does not": {
    ...{ capacity: 1, start: WRAP, pushes: [0, 1], pops: [1], deaths: 1, givesUp: [true, false] },
  },
  "producers that overwrite": { capacity: 1, start: WRAP, pushes: [1, 1], pops: [1], deaths: 0, overwrites: true },
  "a producer that overwrites, and dies": {
    capacity: 2,
    start: 0,
    pushes: [3],
    pops: [2],
    deaths: 2,
    overwrites: true,
  },
  "two producers, the only consumer": {
    capacity: 2,
    start: WRAP,
    pushes: [1, 1],
    pops: [2],
    deaths: 2,
    lone: { most: 2 },
  },
  "a producer that goes round, the only consumer": {
    ...{ capacity: 1, start: WRAP, pushes: [3], pops: [3], deaths: 1, lone: { most: 1 } },
  },
  "a producer that gives up, the only consumer of two at a time": {
    ...{ capacity: 2, start: 0, pushes: [0, 1], pops: [2], deaths: 1, givesUp: [true, false], lone: { most: 2 } },
  },
  "a producer that overwrites what the only consumer reads": {
    ...{ capacity: 2, start: 0, pushes: [3], pops: [2], deaths: 1, overwrites: true, lone: { most: 2 } },
  },
  "two producers that overwrite, the only consumer": {
    ...{ capacity: 1, start: WRAP, pushes: [1, 1], pops: [1], deaths: 1, overwrites: true, lone: { most: 1 } },
  },
  ...(isLong
    ? {
        "two producers of two and one, one consumer": { capacity: 2, start: 0, pushes: [2, 1], pops: [2], deaths: 1 },
        "two producers, two consumers": { capacity: 2, start: WRAP, pushes: [1, 1], pops: [1, 1], deaths: 2 },
      }
    : {}),
};

for (const [name, plan] of Object.entries(plans))
  test(`${name}: every message once, in order, and nobody is blocked`, (t) => {
    const { states, ends } = check(plan);
    t.diagnostic(`${String(states)} states, ${String(ends)} ends`);
    assert.ok(states > 1000 && ends > 5, `${String(states)} states, ${String(ends)} ends`);
  });

interface Insides {
  words: Int32Array;
  position: number;
  at: number;
  seen: number;
  me: number;
  claimOne(): boolean;
  next(): number;
  passOver(): boolean;
  moveOn(hint: number, position: number): void;
  word(turn: number, state: number, owner: number): number;
  turnOf(position: number): number;
}

/** The protocol with something wrong in it. */
function broken(change: Partial<Insides> & ThisType<Insides>): RingClass {
  class Broken extends ManyRing {}
  Object.assign(Broken.prototype, change);
  return Broken;
}

const faults: Readonly<Record<string, RingClass>> = {
  "a position is taken before its slot says whose it is": broken({
    claimOne() {
      for (;;) {
        if (this.next() !== SlotState.free) return false;
        const { position, at, seen } = this;
        if (Atomics.compareExchange(this.words, RingWord.tail, position, (position + 1) | 0) !== position) continue;
        const mine = this.word(this.turnOf(position), SlotState.claimed, this.me);
        if (Atomics.compareExchange(this.words, at, seen, mine) !== seen) continue;
        this.position = position;
        return true;
      }
    },
  }),
  "the living are taken for dead": broken({
    passOver() {
      const free = this.word((this.seen >>> TURN_SHIFT) + 1, SlotState.free, 0);
      Atomics.compareExchange(this.words, this.at, this.seen, free);
      return true;
    },
  }),
  "a slot of the dead is never moved on": broken({ passOver: () => false }),
  "nobody moves on what a dead thread left behind": broken({
    moveOn(hint: number, position: number) {
      if (this.position === position) return;
      Atomics.compareExchange(this.words, hint, position, (position + 1) | 0);
    },
  }),
  "a freed slot stays in its turn": broken({
    word: (turn, state, owner) => ((state === SlotState.free ? turn - 1 : turn) << TURN_SHIFT) | state | owner,
  }),
};

/** The only consumer with something wrong in it. */
const loneFaults: Readonly<Record<string, ConsumerClass>> = {
  "the only consumer takes by the protocol of many": ManyRing,
  "the only consumer moves the head when it takes": class extends LoneConsumer {
    override take(most: number): number {
      const count = super.take(most);
      for (let i = 0; i < count; i++) this.moveOn(RingWord.head, this.takePositions[i]!);
      return count;
    }
  },
};

for (const [name, kind] of Object.entries(loneFaults))
  test(`the check finds it when ${name}`, () => {
    const plan: Plan = { capacity: 2, start: 0, pushes: [1, 1], pops: [2], deaths: 1, lone: { most: 2, kind } };
    assert.throws(() => check(plan), Error);
  });

test("the check finds it when the only consumer does not write its name where producers overwrite", () => {
  class Unmarked extends LoneConsumer {
    protected override mark(): boolean {
      return true;
    }
  }
  const lone = { most: 1, kind: Unmarked };
  assert.throws(
    () => check({ capacity: 1, start: 0, pushes: [2], pops: [1], deaths: 0, overwrites: true, lone }),
    Error,
  );
});

for (const [name, kind] of Object.entries(faults))
  test(`the check finds it when ${name}`, () => {
    assert.throws(() => check({ capacity: 2, start: 0, pushes: [1, 1], pops: [2], deaths: 1, kind }), Error);
  });
