// A history that is being made up: its steps so far, the state they lead to, and who could do something there.
import { applies, isFree, type Rules } from "./applies.js";
import type { Dice } from "./dice.js";
import { perform } from "./model.js";
import { newState, slotKey, thingOfSlot, type Kind, type State, type Thing } from "./model-state.js";
import { slotsOf, type Step } from "./steps.js";

/** The processes of a history; one more, the judge, looks at what they leave. */
export const PROCESSES = [0, 1, 2] as const;
export const JUDGE = 3;
const THREADS = [0, 1, 2] as const;

const NAMES = ["a", "b", "c", "d"] as const;

export interface Actor {
  readonly p: number;
  readonly thread: number;
}

/** A handle and the object it leads to. */
export interface Held {
  readonly p: number;
  readonly slot: string;
  readonly thing: Thing;
}

export class Story {
  readonly steps: Step[] = [];
  readonly state: State = newState();
  readonly names: readonly string[];
  /** what is made under the names, mostly */
  readonly kinds: ReadonlyMap<string, Kind>;
  /** ids of the objects that the last steps were about */
  focus: readonly number[] = [];
  #slots = 0;

  constructor(
    readonly dice: Dice,
    readonly rules: Rules,
  ) {
    const kind = (): Kind => dice.weighted({ mutex: 4, auto: 3, manual: 2, semaphore: 3 });
    // Few names, so that steps meet; the owners of mutexes are what most faults were about.
    this.names = NAMES.slice(0, Number(dice.weighted({ 2: 2, 3: 5, 4: 4 })));
    this.kinds = new Map(this.names.map((name, i) => [name, i === 0 ? "mutex" : kind()]));
  }

  /** Adds the step if it can be made. */
  add(step: Step): boolean {
    if (!applies(this.state, step, this.rules)) return false;
    const granted = new Set(this.state.ended.keys());
    const named = slotsOf(step).map((slot) => thingOfSlot(this.state, step.p ?? 0, slot)!.id);
    perform(this.state, step);
    const ended = [...this.state.ended].filter(([id]) => !granted.has(id)).flatMap(([, { wait }]) => wait.things);
    const waiting = this.state.waits.filter(({ things }) => things.some((id) => named.includes(id)));
    this.focus = [...ended, ...named, ...waiting.flatMap(({ things }) => things)];
    this.steps.push(step);
    return true;
  }

  nextSlot(): string {
    return `h${String(++this.#slots)}`;
  }

  /** The threads of a process that can make a call now, or could if they were started. */
  freeThreads(p: number): Actor[] {
    const threads = p === JUDGE ? [0] : THREADS;
    return threads.filter((thread) => isFree(this.state, p, thread)).map((thread) => ({ p, thread }));
  }

  held(processes: readonly number[]): Held[] {
    return processes.flatMap((p) => {
      const prefix = slotKey(p, "");
      return [...this.state.slots]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, id]) => ({ p, slot: key.slice(prefix.length), thing: this.state.things.get(id)! }));
    });
  }

  /** The thread that owns the mutex. */
  ownerOf({ owner }: Thing): Actor | undefined {
    const thread = this.state.threads.find(({ id }) => id === owner);
    return thread && { p: thread.process, thread: thread.number };
  }

  processOf(thread: number): number | undefined {
    return this.state.threads.find(({ id }) => id === thread)?.process;
  }

  /** One of the handles, most often of an object that the story is about just now or that somebody waits for. */
  choose(held: readonly Held[]): Held | undefined {
    const near = held.filter(({ thing }) => this.focus.includes(thing.id));
    if (near.length > 0 && this.dice.chance(0.5)) return this.dice.pick(near);
    const wanted = held.filter(({ thing }) => this.state.waits.some(({ things }) => things.includes(thing.id)));
    return this.dice.pick(wanted.length > 0 && this.dice.chance(0.5) ? wanted : held);
  }
}
