// The code that reads, writes and claims a snapshot, in every order of its single accesses, the writer killed anywhere. A value has
// two bytes here, and each of them is an access. Readers store nothing, so two of them do not differ from one; that is checked too.
import assert from "node:assert/strict";
import { test } from "node:test";
import { claimWriter, releaseWriter } from "#data/snapshot/claim";
import { SLOT_COUNT, SnapshotMemory, SnapshotWord, snapshotBytes, versionOf } from "#protocol/snapshot-layout";
import { ATTEMPTS_MAX, SnapshotReader, UNREADABLE } from "#data/snapshot/reader";
import { SnapshotPublisher } from "#data/snapshot/writer";
import { access, explore, type Explored, type ModelThread, type Observer } from "./every-schedule.js";

const FIRST_SLOT = 32;
const VALUE_BYTES = 2;
const slotAt = (slot: number): number => FIRST_SLOT + VALUE_BYTES * slot;

/** Thread ids in the writer word: not 0, and not their indices. */
const idOf = (thread: number): number => 100 + thread;

type Order = "up" | "down";

/** The shared words and slots, each access to which is one of the model. */
function modelMemory(order: Order, publishFirst = false): SnapshotMemory {
  const words = new Proxy(new Int32Array(0), {
    get: (_, key) => access({ kind: "load", at: Number(key) }),
    set: (_, key, value: number) => (access({ kind: "store", at: Number(key), value }), true),
  });
  const slots = Array.from({ length: SLOT_COUNT }, (_, slot) => {
    const store = (values: Uint8Array): void => {
      const indices = order === "up" ? [0, 1] : [1, 0];
      for (const i of indices) access({ kind: "store", at: slotAt(slot) + i, value: values[i]! });
    };
    const set = (values: Uint8Array): void => {
      if (publishFirst) late.push(() => store(values));
      else store(values);
    };
    return new Proxy([], {
      get: (_, key) => {
        if (key === "length") return VALUE_BYTES;
        return key === "set" ? set : access({ kind: "load", at: slotAt(slot) + Number(key) });
      },
    }) as unknown as Uint8Array;
  });
  return { words, slots, valueBytes: VALUE_BYTES };
}

/** Of the broken writer: what it stores only after it has published. */
let late: (() => void)[] = [];

const RealAtomics = Atomics;
const modelAtomics = {
  load: (_: Int32Array, at: number) => access({ kind: "load", at }),
  store: (_: Int32Array, at: number, value: number) => {
    access({ kind: "store", at, value });
    for (const store of late.splice(0)) store();
  },
  compareExchange: (_: Int32Array, at: number, expected: number, value: number) =>
    access({ kind: "swap", at, expected, value }),
};

const isStillAlive = (id: number): boolean => access({ kind: "isAlive", thread: id - idOf(0) }) === 1;

/** A value that tells its number, and whether it is whole. */
const bytesOf = (n: number): number[] => [n, 255 - n];

interface WriterOptions {
  readonly thread: number;
  readonly values: readonly number[];
  readonly order?: Order;
  readonly release?: boolean;
  readonly publishFirst?: boolean;
  readonly claim?: typeof claimWriter;
}

function writer(options: WriterOptions): ModelThread {
  const { thread, values, order = "up", release = false, publishFirst = false, claim = claimWriter } = options;
  return {
    mortal: true,
    run: () => {
      late = [];
      const memory = modelMemory(order, publishFirst);
      if (claim(memory.words, idOf(thread), isStillAlive) !== 0) return "refused";
      const publisher = new SnapshotPublisher(memory);
      const found = [...publisher.draft];
      const versions = values.map((n) => {
        publisher.draft.set(bytesOf(n));
        return publisher.publish();
      });
      if (release) releaseWriter(memory.words, idOf(thread));
      return { found, versions };
    },
  };
}

type Reading = (reader: SnapshotReader, memory: SnapshotMemory, target: Uint8Array) => number;

function reader(read: Reading = (model, _, target) => model.copyTo(target)): ModelThread {
  return {
    run: () => {
      const memory = modelMemory("up");
      const target = new Uint8Array(VALUE_BYTES);
      const version = read(new SnapshotReader(memory), memory, target);
      return { version, bytes: [...target] };
    },
  };
}

/** Reads the version only. */
const looker: ModelThread = { run: () => ({ version: new SnapshotReader(modelMemory("up")).version() }) };

/** What is published, by version, and the newest version when each thread began. */
interface Ghost {
  readonly published: readonly (readonly [version: number, bytes: readonly number[]])[];
  readonly newestAtStart: Readonly<Record<number, number>>;
}

interface Setup {
  readonly writers: readonly ModelThread[];
  readonly readers?: readonly ModelThread[];
  /** Version at the start: near the end of 32 bits, the wrap is gone through. */
  readonly startVersion?: number;
}

const newest = ({ published }: Ghost): number => published.at(-1)![0];

/** The version in the words of a moment. */
function versionIn(memory: readonly number[]): number {
  const low = memory[SnapshotWord.published]!;
  return versionOf(memory[SnapshotWord.versionHigh + (low & (SLOT_COUNT - 1))]!, low);
}

function observe(readerFirst: number, startVersion: number, start: readonly number[]): Observer<Ghost> {
  const isReader = (thread: number): boolean => thread >= readerFirst;
  return {
    start: { published: [[startVersion, start.slice(...slotRange(startVersion))]], newestAtStart: {} },
    saw(ghost, thread, wanted, memory, isFirst) {
      const { newestAtStart } = ghost;
      const began = isFirst && isReader(thread) ? { ...newestAtStart, [thread]: newest(ghost) } : newestAtStart;
      if (wanted.kind === "store") assert.ok(!isReader(thread), "a reader stores nothing");
      if (wanted.kind !== "store" || wanted.at !== SnapshotWord.published) return { ...ghost, newestAtStart: began };
      const version = versionIn(memory);
      const bytes = memory.slice(...slotRange(version));
      assert.equal(version, newest(ghost) + 1, "versions go up one by one");
      assert.equal(bytes[0]! + bytes[1]!, 255, "what is published is whole");
      return { published: [...ghost.published, [version, bytes]], newestAtStart: began };
    },
    ended(ghost, thread, result) {
      if (result === "refused") return;
      if (!isReader(thread)) {
        const { found, versions } = result as { found: readonly number[]; versions: readonly number[] };
        const own = versions[0]!;
        assert.deepEqual(
          found,
          ghost.published.find(([version]) => version === own - 1)?.[1],
          "it goes on from the last",
        );
        return;
      }
      const { version, bytes } = result as { version: number; bytes?: readonly number[] };
      const value = ghost.published.find(([each]) => each === version);
      assert.ok(value !== undefined, `version ${version} was never published`);
      if (bytes !== undefined) assert.deepEqual(bytes, value[1], `torn: version ${version}`);
      assert.ok(version >= ghost.newestAtStart[thread]!, "older than what was there when the read began");
    },
    // Two loads before the copy, two bytes, two loads after it: what is under way can fail once, the next cannot.
    solo: Object.fromEntries([0, 1].map((i) => [readerFirst + i, 12])),
  };
}

function slotRange(version: number): [number, number] {
  const at = slotAt(version % SLOT_COUNT);
  return [at, at + VALUE_BYTES];
}

function check({ writers, readers = [reader()], startVersion = 0 }: Setup): Explored {
  const memory = Array<number>(slotAt(SLOT_COUNT)).fill(0);
  memory[SnapshotWord.published] = startVersion | 0;
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    memory[SnapshotWord.versionHigh + slot] = Math.floor(startVersion / 2 ** 32);
    memory.splice(slotAt(slot), VALUE_BYTES, ...bytesOf(200 + slot));
  }
  globalThis.Atomics = modelAtomics as unknown as typeof Atomics;
  try {
    return explore(memory, [...writers, ...readers], observe(writers.length, startVersion, memory));
  } finally {
    globalThis.Atomics = RealAtomics;
  }
}

/** A real snapshot of such values, of version 0. */
function modelledBuffer(): SnapshotMemory {
  const memory = new SnapshotMemory(new ArrayBuffer(snapshotBytes(VALUE_BYTES)), VALUE_BYTES);
  memory.slots[0]!.set(bytesOf(5));
  return memory;
}

const many = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

for (const order of ["up", "down"] as const)
  test(`a reader gets a whole value that is not old, whenever the writer publishes or is killed; bytes go in ${order}wards`, (t) => {
    const { states, ends } = check({ writers: [writer({ thread: 0, values: many(1, 6), order })] });
    t.diagnostic(`${states} states, ${ends} ends`);
    assert.ok(states > 500 && ends > 40);
  });

test("the same where 32 bits of version end", (t) => {
  const { states } = check({ writers: [writer({ thread: 0, values: many(1, 6) })], startVersion: 2 ** 32 - 3 });
  t.diagnostic(`${states} states`);
  assert.ok(states > 500);
});

test("a version that is read alone is one that was published, also where 32 bits end", (t) => {
  for (const startVersion of [0, 2 ** 32 - 3]) {
    const writers = [writer({ thread: 0, values: many(1, 6) })];
    t.diagnostic(`${check({ writers, readers: [looker], startVersion }).states} states`);
  }
});

test("a writer that is killed anywhere is replaced: the next goes on from the last whole value, readers see nothing else", (t) => {
  const writers = [writer({ thread: 0, values: [1, 2] }), writer({ thread: 1, values: [11, 12, 13], order: "down" })];
  const { states, ends } = check({ writers });
  t.diagnostic(`${states} states, ${ends} ends`);
  assert.ok(ends > 100);
});

test("two that want to write, one after the other, beside a killed one or at once: never two at a time", (t) => {
  const writers = [
    writer({ thread: 0, values: [1], release: true }),
    writer({ thread: 1, values: [11, 12], release: true }),
    writer({ thread: 2, values: [21] }),
  ];
  const { states, ends } = check({ writers, readers: [] });
  t.diagnostic(`${states} states, ${ends} ends`);
  assert.ok(ends > 100);
});

test("two readers beside one writer", (t) => {
  const { states } = check({ writers: [writer({ thread: 0, values: many(1, 3) })], readers: [reader(), reader()] });
  t.diagnostic(`${states} states`);
  assert.ok(states > 5000);
});

test("a reader that was stopped while exactly 2^32 values were published does not take the mixture for a value", () => {
  const memory = modelledBuffer();
  const { words, slots } = memory;
  let copies = 0;
  const target = new Uint8Array(VALUE_BYTES);
  target.set = (source: ArrayLike<number>): void => {
    for (let i = 0; i < VALUE_BYTES; i++) {
      target[i] = source[i]!;
      if (copies === 0 && i === 0) {
        words[SnapshotWord.versionHigh] = 1;
        slots[0]!.set(bytesOf(9));
      }
    }
    copies++;
  };
  assert.equal(new SnapshotReader(memory).copyTo(target), 2 ** 32);
  assert.deepEqual([...target], bytesOf(9));
  assert.equal(copies, 2);
});

test("words that change at every look make an error, not an endless loop", () => {
  const memory = modelledBuffer();
  const target = new Uint8Array(VALUE_BYTES);
  let copies = 0;
  target.set = (): void => {
    copies++;
    memory.words[SnapshotWord.published] = (memory.words[SnapshotWord.published]! + SLOT_COUNT) | 0;
  };
  assert.equal(new SnapshotReader(memory).copyTo(target), UNREADABLE);
  assert.equal(copies, ATTEMPTS_MAX);
});

test("the model finds what it is for: algorithms that are broken", () => {
  const six = writer({ thread: 0, values: many(1, 6) });
  const loadPublished = ({ words }: SnapshotMemory): number => Atomics.load(words, SnapshotWord.published);
  const copyOnce =
    (isWhole: (low: number, now: number) => boolean): Reading =>
    (_, memory, target) => {
      for (;;) {
        const low = loadPublished(memory);
        target.set(memory.slots[low & (SLOT_COUNT - 1)]!);
        if (isWhole(low, loadPublished(memory))) return low;
      }
    };
  assert.doesNotThrow(() => check({ writers: [six], readers: [reader(copyOnce((low, now) => now - low < 3))] }));
  const broken: [Setup, RegExp][] = [
    [{ writers: [writer({ thread: 0, values: many(1, 6), publishFirst: true })] }, /what is published is whole|torn/],
    [{ writers: [six], readers: [reader(copyOnce(() => true))] }, /torn/],
    [{ writers: [six], readers: [reader(copyOnce((low, now) => now - low < 4))] }, /torn/],
    [{ writers: [six], readers: [reader(copyOnce(() => false))] }, /does not end/],
    [
      {
        writers: [0, 1].map((thread) =>
          writer({
            thread,
            values: [10 * thread + 1, 10 * thread + 2],
            claim: (words, id, isAlive) => {
              const holder = words[SnapshotWord.writer]!;
              if (holder !== 0 && isAlive(holder)) return holder;
              words[SnapshotWord.writer] = id; // a load and a store are no compare-and-swap
              return 0;
            },
          }),
        ),
        readers: [],
      },
      /versions go up|it goes on from the last|what is published is whole/,
    ],
  ];
  for (const [setup, message] of broken) assert.throws(() => check(setup), message);
});
