// Plays one history after the other with processes that stay, until one fails.
import type { Guards } from "./actor-process.js";
import type { Rules } from "./applies.js";
import { Cast } from "./cast.js";
import { play, type Failure } from "./play.js";
import type { Step } from "./steps.js";

export class Lane {
  readonly #casts = new Map<boolean, Cast>();
  constructor(readonly guards: Guards) {}

  async play(steps: readonly Step[], rules: Rules, patienceMs: number): Promise<Failure | undefined> {
    const cast = this.#casts.get(rules.slices) ?? new Cast(rules, this.guards);
    this.#casts.set(rules.slices, cast);
    const failure = await play(cast, steps, rules, patienceMs);
    if (failure) await this.#drop(rules.slices);
    return failure;
  }

  /** With processes that have no history. */
  async playAnew(steps: readonly Step[], rules: Rules, patienceMs: number): Promise<Failure | undefined> {
    await this.#drop(rules.slices);
    return this.play(steps, rules, patienceMs);
  }

  async #drop(slices: boolean): Promise<void> {
    await this.#casts.get(slices)?.end();
    this.#casts.delete(slices);
  }

  async end(): Promise<void> {
    await this.#drop(true);
    await this.#drop(false);
  }
}
