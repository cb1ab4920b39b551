// Plays a history: makes each step in a process under test and in the model, and compares. What the model says must end is
// awaited; what it says must not end must be pending still when the history is over.
import { isDeepStrictEqual } from "node:util";
import type { Answer } from "../conformance/protocol.js";
import { untilAsleep } from "../support/asleep.js";
import { pause, within, type ActorThread, type Call } from "./actor-thread.js";
import { applies, type Rules } from "./applies.js";
import type { Cast } from "./cast.js";
import { perform, UNTOUCHED, type Performed } from "./model.js";
import { isBlocked, isDeaf, newState, slotKey, threadsOf, type Thing } from "./model-state.js";
import { killedBy, print, slotsOf, type Step } from "./steps.js";

/** Longer than a slice: what a timer could still end has ended. */
const SETTLE_MS = 320;

export interface Failure {
  /** the number of the step, or of steps for the end of the history */
  readonly index: number;
  /** what was expected and what came */
  readonly fault: string;
  readonly message: string;
}

class Mismatch extends Error {}

class Play {
  readonly #state = newState();
  readonly #prefix;
  readonly #values = new Map<string, number>();
  /** the waits that were begun and whose reports were not looked at, by the model's id */
  readonly #calls = new Map<number, Call>();

  constructor(
    readonly cast: Cast,
    readonly rules: Rules,
    readonly patienceMs: number,
  ) {
    this.#prefix = cast.nextPrefix();
  }

  async step(step: Step): Promise<void> {
    const state = this.#state;
    const { op, p = 0, thread = 0 } = step;
    if (!applies(state, step, this.rules)) return;
    if (op === "settle") return this.settle();
    if (op === "stop") await this.#quiet(p);
    if (op === "stop" || op === "continue") {
      perform(state, step);
      return op === "stop" ? this.cast.process(p).stop() : this.cast.process(p).continue();
    }
    // Who is about to act or to end has been told what it has; a main thread may have to start or end a worker.
    const isEnd = op === "kill" || op === "exitProcess" || op === "endThread";
    for (const one of killedBy(step)) await this.#collect((number) => isEnd || number === thread || number === 0, one);
    const performed = perform(state, step);
    if (isEnd) await within(this.#end(step), this.patienceMs, "the end");
    else await this.#call(step, await this.cast.thread(p, thread), performed);
    if (!step.hurry) await this.#collect();
    this.#expectPending();
  }

  #say(step: Step): Step {
    return typeof step.name === "string" && step.name !== "" ? { ...step, name: this.#prefix + step.name } : step;
  }

  #order(step: Step, thread: ActorThread): Call {
    const handles = slotsOf(step).map((slot) => this.#values.get(slotKey(step.p ?? 0, slot)) ?? 0);
    return thread.order({ step: this.#say(step), handles, lastError: UNTOUCHED });
  }

  async #call(step: Step, thread: ActorThread, { answer, wait }: Performed): Promise<void> {
    const call = this.#order(step, thread);
    if (wait !== undefined) {
      this.#calls.set(wait, call);
      // The next step must find it in its queue, or find taken what it took.
      if (step.later) await within(call.begun, this.patienceMs, "the promise");
      else if (this.#state.ended.has(wait)) await within(call.report, this.patienceMs, "the wait");
      else await untilAsleep(thread.tid, () => call.answer() !== undefined);
      return;
    }
    const report = await within(call.report, this.patienceMs, "the answer");
    if (step.as !== undefined && typeof report.handle === "number")
      this.#values.set(slotKey(step.p ?? 0, step.as), report.handle);
    this.#compare(answer, report.answer, "answer");
  }

  async #end(step: Step): Promise<void> {
    const { op, p = 0, how, thread = 0 } = step;
    const process = this.cast.process(p);
    if (op === "kill") await Promise.all(killedBy(step).map((one) => this.cast.process(one).kill()));
    else if (how === "terminate") await process.terminate(thread);
    else {
      if (op === "exitProcess" && how === "finish") await this.#endStrangers(p);
      const actor = await process.thread(thread);
      this.#order(step, actor);
      await (op === "exitProcess" ? process.ended : actor.gone());
    }
    const { waits, ended } = this.#state;
    for (const id of this.#calls.keys())
      if (!ended.has(id) && !waits.some((wait) => wait.id === id)) this.#calls.delete(id);
  }

  /** Workers of earlier histories would keep the process alive. */
  async #endStrangers(p: number): Promise<void> {
    const process = this.cast.process(p);
    for (const number of process.threads.keys()) if (number !== 0) await process.terminate(number);
  }

  /** Awaits the waits that the model says have ended, of certain threads of a process or of all. */
  async #collect(ofThread: (number: number) => boolean = () => true, process?: number): Promise<void> {
    const { ended, threads } = this.#state;
    for (const [id, call] of this.#calls) {
      const over = ended.get(id);
      if (!over || over.untold) continue;
      const thread = threads.find((one) => one.id === over.wait.thread)!;
      if (process !== undefined && (thread.process !== process || !ofThread(thread.number))) continue;
      const who = `the wait of ${String(thread.process)}.${String(thread.number)} that must end with ${String(over.result)}`;
      const report = await within(call.report, this.patienceMs, who);
      this.#calls.delete(id);
      this.#compare({ ret: over.result, lastError: over.wait.later ? 0 : UNTOUCHED }, report.answer, who);
    }
  }

  #compare(expected: Answer, came: Answer | undefined, what: string): void {
    if (isDeepStrictEqual(came, expected)) return;
    throw new Mismatch(`${what}: ${JSON.stringify(came)} came, not ${JSON.stringify(expected)}`);
  }

  #expectPending(): void {
    for (const { id, thread } of this.#state.waits) {
      const answer = this.#calls.get(id)?.answer();
      const { process = 0, number = 0 } = this.#state.threads.find((one) => one.id === thread) ?? {};
      if (answer !== undefined)
        throw new Mismatch(
          `the wait of ${String(process)}.${String(number)} must not end: ${JSON.stringify(answer)} came`,
        );
    }
  }

  /** Nobody in the process is in the middle of anything: stopped with a lock in its hands, it would hold up the others. */
  async #quiet(p: number): Promise<void> {
    await this.#collect();
    const process = this.cast.process(p);
    for (const { id, number } of threadsOf(this.#state, p)) {
      const thread = await this.cast.thread(p, number);
      // A wait that has been through a stop is another system call since.
      if (isBlocked(this.#state, id)) await untilAsleep(thread.tid, () => process.wasStopped);
      else await within(this.#order({ p, op: "turn" }, thread).report, this.patienceMs, "a turn");
    }
  }

  /** Gives what must not end the time to. */
  async settle(): Promise<void> {
    await this.#collect();
    await pause(SETTLE_MS);
    await this.finish();
  }

  /** Everything that must end has ended, and nothing else: each thread that is free has had a turn of its event loop. */
  async finish(): Promise<void> {
    await this.#collect();
    for (const { id, process, number } of this.#state.threads) {
      if (isDeaf(this.#state, id)) continue;
      const thread = await this.cast.thread(process, number);
      await within(this.#order({ op: "turn" }, thread).report, this.patienceMs, "a turn");
    }
    this.#expectPending();
  }

  /** Gives back what is owned and open, so that the processes can begin the next history; ends those that wait still. */
  async clean(): Promise<void> {
    const { slots, stopped, threads, waits } = this.#state;
    const killed: number[] = [];
    for (const p of new Set(threads.map(({ process }) => process))) {
      const own = threadsOf(this.#state, p);
      const isWaiting = own.some(({ id }) => waits.some(({ thread }) => thread === id));
      if (!isWaiting && !stopped.has(p)) {
        for (const { id, number } of own) await this.#releaseAll(p, number, id);
        const prefix = slotKey(p, "");
        for (const key of [...slots.keys()].filter((one) => one.startsWith(prefix)))
          await this.step({ p, op: "closeHandle", handle: key.slice(prefix.length) });
      }
      if (isWaiting || stopped.has(p) || own.some(({ id }) => this.#owned(id).length > 0)) killed.push(p);
    }
    for (const p of killed) await this.cast.kill(p);
  }

  #owned(thread: number): Thing[] {
    return [...this.#state.things.values()].filter(({ owner }) => owner === thread);
  }

  /** The mutexes that the process has a handle of. */
  async #releaseAll(p: number, thread: number, id: number): Promise<void> {
    const prefix = slotKey(p, "");
    for (const mutex of this.#owned(id)) {
      const key = [...this.#state.slots].find(([slot, thing]) => thing === mutex.id && slot.startsWith(prefix))?.[0];
      if (key === undefined) continue;
      while (mutex.owner === id) await this.step({ p, thread, op: "releaseMutex", handle: key.slice(prefix.length) });
    }
  }
}

/** Plays the history. After a failure the cast is of no use any more. */
export async function play(
  cast: Cast,
  steps: readonly Step[],
  rules: Rules,
  patienceMs: number,
): Promise<Failure | undefined> {
  const player = new Play(cast, rules, patienceMs);
  let index = 0;
  try {
    for (; index < steps.length; index++) await player.step(steps[index]!);
    await player.finish();
    await player.clean();
    return undefined;
  } catch (error) {
    const step = steps[index];
    const said = cast.said === "" ? "" : `; standard error: ${cast.said}`;
    const fault = (error as Error).message;
    return { index, fault, message: `${step ? print(step) : "at the end"}: ${fault}${said}` };
  }
}
