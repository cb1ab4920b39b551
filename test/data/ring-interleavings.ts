// All interleavings of a few threads at the granularity of single accesses to shared words, with deaths in between. The code that
// runs is the real one: its Atomics are replaced. A thread is put forward by one access by running its operation from the begin,
// with the answers of the accesses it has made already, and stopping it before the access after the next.

/** One operation of a thread. Its accesses are those it makes by Atomics and by `ask`; all else must depend on their answers only. */
export type Operation = (words: Int32Array, ask: Ask) => unknown;
/** Asks what is shared but no word: whether a thread lives. */
export type Ask = (isAlive: number) => boolean;

export interface ThreadState {
  /** Operations done, with what they returned. */
  readonly results: readonly unknown[];
  /** The answers to the accesses of the operation under way. */
  readonly answers: readonly number[];
  readonly isDead: boolean;
}

export interface State {
  readonly words: Int32Array;
  readonly threads: readonly ThreadState[];
}

export interface World {
  readonly words: Int32Array;
  /** The words that can change: what two states are compared by. */
  readonly changing: readonly number[];
  /** The operations of each thread. */
  readonly threads: readonly (readonly Operation[])[];
  readonly mostDeaths: number;
  /** Called when nobody can go on any more. Throws if something is wrong. */
  readonly atEnd: (state: State) => void;
}

/** More accesses than this in one operation: it does not end. */
const MOST_ACCESSES = 300;

const SUSPENDED = new Error("suspended");
const { load, store, add, sub, compareExchange } = Atomics;

let access: (make: () => number) => number = (make) => make();

function patched<Result>(run: () => Result): Result {
  const through =
    <Arguments extends unknown[]>(real: (...args: Arguments) => unknown) =>
    (...args: Arguments): number =>
      access(() => real(...args) as number);
  Object.assign(Atomics, {
    load: through(load as never),
    store: through(store as never),
    add: through(add as never),
    sub: through(sub as never),
    compareExchange: through(compareExchange as never),
  });
  try {
    return run();
  } finally {
    Object.assign(Atomics, { load, store, add, sub, compareExchange });
  }
}

interface Advance {
  readonly answers: readonly number[];
  readonly result?: unknown;
  readonly isDone: boolean;
}

function advance(operation: Operation, words: Int32Array, answers: readonly number[], ask: Ask): Advance {
  if (answers.length > MOST_ACCESSES) throw new Error("an operation that does not end");
  let made = 0;
  const all = [...answers];
  access = (make) => {
    if (made < answers.length) return answers[made++]!;
    if (made > answers.length) throw SUSPENDED;
    made++;
    const answer = make();
    all.push(answer);
    return answer;
  };
  try {
    const result = operation(words, (id) => access(() => (ask(id) ? 1 : 0)) === 1);
    return { answers: [], result, isDone: true };
  } catch (error) {
    if (error === SUSPENDED) return { answers: all, isDone: false };
    throw error;
  } finally {
    access = (make) => make();
  }
}

function keyOf({ words, threads }: State, changing: readonly number[]): string {
  const lines = threads.map(({ results, answers, isDead }) => `${String(isDead)}|${results.join()}|${answers.join()}`);
  return `${changing.map((word) => words[word]).join()};${lines.join(";")}`;
}

const replaced = (threads: readonly ThreadState[], index: number, thread: ThreadState): ThreadState[] =>
  threads.map((other, i) => (i === index ? thread : other));

function stepped(world: World, state: State, index: number): State {
  const thread = state.threads[index]!;
  const words = state.words.slice();
  const operation = world.threads[index]![thread.results.length]!;
  const ask = (id: number): boolean => state.threads[id - 1]?.isDead === false;
  const { answers, result, isDone } = advance(operation, words, thread.answers, ask);
  const next = { ...thread, answers, results: isDone ? [...thread.results, result] : thread.results };
  return { words, threads: replaced(state.threads, index, next) };
}

/** Visits every state that can be reached. @returns how many there are */
export function explore(world: World): number {
  return patched(() => {
    const start: State = {
      words: world.words,
      threads: world.threads.map(() => ({ results: [], answers: [], isDead: false })),
    };
    const seen = new Set([keyOf(start, world.changing)]);
    const stack = [start];
    const visit = (state: State): void => {
      const key = keyOf(state, world.changing);
      if (seen.has(key)) return;
      seen.add(key);
      stack.push(state);
    };
    for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
      let isEnd = true;
      const deaths = state.threads.filter(({ isDead }) => isDead).length;
      for (const [index, thread] of state.threads.entries()) {
        if (thread.isDead || thread.results.length === world.threads[index]!.length) continue;
        isEnd = false;
        visit(stepped(world, state, index));
        if (deaths < world.mostDeaths)
          visit({ ...state, threads: replaced(state.threads, index, { ...thread, isDead: true }) });
      }
      if (isEnd) world.atEnd({ ...state, words: state.words.slice() });
    }
    return seen.size;
  });
}
