// The dispatcher's memory and some objects' header pages as plain arrays whose every store is written down, so that a test
// can go back to the state after any of them: what a process leaves that is killed between two stores.

export interface Store {
  readonly array: number;
  readonly index: number;
  readonly value: number;
}

const PlainAtomics = Atomics;
const targets = new WeakMap<object, { array: number; real: Int32Array }>();
let journal: Store[] | undefined;

const note = (array: number, index: number, value: number): void => void journal?.push({ array, index, value });

function wrap(real: Int32Array, array: number): Int32Array {
  const proxy = new Proxy(real, {
    get: (target, key) => Reflect.get(target, key, target) as unknown,
    set: (target, key, value: number) => {
      if (typeof key === "string" && /^\d+$/.test(key)) note(array, Number(key), value | 0);
      return Reflect.set(target, key, value, target);
    },
  });
  targets.set(proxy, { array, real });
  return proxy;
}

const realOf = (words: Int32Array): Int32Array => targets.get(words)?.real ?? words;

function stored(words: Int32Array, index: number): void {
  const target = targets.get(words);
  if (target !== undefined) note(target.array, index, target.real[index]!);
}

type Change = "store" | "add" | "sub" | "exchange" | "and" | "or";

function changing(name: Change) {
  return (words: Int32Array, index: number, value: number): number => {
    const before = PlainAtomics[name](realOf(words), index, value);
    stored(words, index);
    return before;
  };
}

const recordingAtomics = {
  load: (words: Int32Array, index: number) => PlainAtomics.load(realOf(words), index),
  compareExchange: (words: Int32Array, index: number, expected: number, value: number) => {
    const before = PlainAtomics.compareExchange(realOf(words), index, expected, value);
    if (before === expected) stored(words, index);
    return before;
  },
  wait: () => "timed-out", // the pause before a lock is taken over
  store: changing("store"),
  add: changing("add"),
  sub: changing("sub"),
  exchange: changing("exchange"),
  and: changing("and"),
  or: changing("or"),
};

/** The arrays of one moment. Array 0 is the dispatcher's memory, the others are header pages. */
export type Snapshot = readonly Int32Array[];

/** Runs `work` on copies of the arrays, wrapped, with every store to them written down. */
export function recording<Result>(
  start: Snapshot,
  useWords: (words: Int32Array) => void,
  work: (pages: readonly Int32Array[]) => Result,
): { result: Result; stores: Store[]; end: Snapshot } {
  const end = start.map((words) => words.slice());
  const [dispatcher, ...pages] = end.map(wrap);
  const stores: Store[] = [];
  useWords(dispatcher!);
  globalThis.Atomics = recordingAtomics as unknown as typeof Atomics;
  journal = stores;
  try {
    return { result: work(pages), stores, end };
  } finally {
    journal = undefined;
    globalThis.Atomics = PlainAtomics;
  }
}

/** The arrays as they are after the first `count` of the stores. */
export function after(start: Snapshot, stores: readonly Store[], count: number): Snapshot {
  const copy = start.map((words) => words.slice());
  for (const { array, index, value } of stores.slice(0, count)) copy[array]![index] = value;
  return copy;
}
