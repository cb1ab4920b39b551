// Runs several threads' unchanged code in every order in which their single accesses to shared words can happen, with a kill of one
// of them anywhere. A thread is run again from its beginning for each step, with the answers it got so far; where it asks for more
// it is suspended. States that were seen are not gone through twice.

/** One access to shared memory, or a question about another thread. */
export type Access =
  | { readonly kind: "load"; readonly at: number }
  | { readonly kind: "store"; readonly at: number; readonly value: number }
  | { readonly kind: "swap"; readonly at: number; readonly expected: number; readonly value: number }
  | { readonly kind: "isAlive"; readonly thread: number };

/** A thread: what it does, with accesses made by `access` below. */
export interface ModelThread {
  readonly run: () => unknown;
  /** Whether it can be killed. */
  readonly mortal?: boolean;
}

/** What the explorer is told to check; all of it is part of the state. */
export interface Observer<Ghost> {
  /** Knowledge that no thread has. Plain data: copied as JSON. */
  readonly start: Ghost;
  /** An access happened: what is known afterwards. */
  readonly saw: (ghost: Ghost, thread: number, access: Access, memory: readonly number[], isFirst: boolean) => Ghost;
  /** A thread has ended with this result. */
  readonly ended: (ghost: Ghost, thread: number, result: unknown) => void;
  /** Threads that have to end within so many accesses when all others stand still, wherever they do. */
  readonly solo: Readonly<Record<number, number>>;
}

interface State<Ghost> {
  readonly memory: readonly number[];
  readonly logs: readonly (readonly number[])[];
  readonly dead: number;
  readonly ghost: Ghost;
}

class Suspended {
  constructor(readonly access: Access) {}
}

let log: readonly number[] = [];
let position = 0;

/** Makes an access, in a thread of the model. @returns what a load or swap found */
export function access(wanted: Access): number {
  if (position >= log.length) throw new Suspended(wanted); // eslint-disable-line @typescript-eslint/only-throw-error -- a jump
  return log[position++]!;
}

function advance(thread: ModelThread, answers: readonly number[]): Suspended | { readonly result: unknown } {
  log = answers;
  position = 0;
  try {
    return { result: thread.run() };
  } catch (thrown) {
    if (thrown instanceof Suspended) return thrown;
    throw thrown;
  }
}

function perform(memory: number[], wanted: Access, dead: number): number {
  if (wanted.kind === "isAlive") return dead === wanted.thread ? 0 : 1;
  const before = memory[wanted.at]!;
  if (wanted.kind === "store" || (wanted.kind === "swap" && before === wanted.expected))
    memory[wanted.at] = wanted.value;
  return before;
}

/** How much was gone through. */
export interface Explored {
  readonly states: number;
  readonly ends: number;
}

/** Explores every order. @throws what the observer throws */
export function explore<Ghost>(
  memory: readonly number[],
  threads: readonly ModelThread[],
  observer: Observer<Ghost>,
): Explored {
  const seen = new Set<string>();
  const stack: State<Ghost>[] = [{ memory, logs: threads.map(() => []), dead: -1, ghost: observer.start }];
  let ends = 0;

  const after = (state: State<Ghost>, thread: number, wanted: Access): State<Ghost> => {
    const next = [...state.memory];
    const answers = state.logs[thread]!;
    const answer = perform(next, wanted, state.dead);
    const logs = state.logs.map((each, i) => (i === thread ? [...answers, answer] : each));
    const ghost = observer.saw(state.ghost, thread, wanted, next, answers.length === 0);
    return { ...state, memory: next, logs, ghost };
  };

  const checkSolo = (state: State<Ghost>, thread: number, most: number): void => {
    for (let now = state, count = 0; ; count++) {
      const step = advance(threads[thread]!, now.logs[thread]!);
      if (!(step instanceof Suspended)) return;
      if (count === most) throw new Error(`thread ${thread} does not end within ${most} accesses of its own`);
      now = after(now, thread, step.access);
    }
  };

  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    const key = JSON.stringify(state);
    if (seen.has(key)) continue;
    seen.add(key);
    let running = 0;
    for (const [i, thread] of threads.entries()) {
      if (i === state.dead) continue;
      const step = advance(thread, state.logs[i]!);
      if (!(step instanceof Suspended)) {
        observer.ended(state.ghost, i, step.result);
        continue;
      }
      running++;
      stack.push(after(state, i, step.access));
      if (thread.mortal === true && state.dead === -1) stack.push({ ...state, dead: i });
      const most = observer.solo[i];
      if (most !== undefined) checkSolo(state, i, most);
    }
    if (running === 0) ends++;
  }
  return { states: seen.size, ends };
}
