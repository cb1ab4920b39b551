// How busy each core has been lately, worked out from the kernel's running counts of clock ticks.
import { CORES, TICKS } from "./layout.js";

export class CpuHistory {
  /** For each core its load between 0 and 1, the newest last. */
  readonly cores: number[][] = [];
  readonly #samples: Float64Array[] = [];

  /** Each load is that of a window of so many samples; a tick is 10 ms, so a short window would only jump about. */
  constructor(
    readonly window: number,
    readonly length: number,
  ) {}

  add(sample: Float64Array): void {
    const before = this.#samples[0];
    this.#samples.push(sample.slice());
    if (this.#samples.length > this.window) this.#samples.shift();
    if (before === undefined) return; // there is no load between a sample and itself

    for (let core = 0; core < (sample[CORES] ?? 0); core++) {
      const word = TICKS + 2 * core;
      const busy = difference(sample, before, word);
      const all = difference(sample, before, word + 1);
      const past = (this.cores[core] ??= []);
      past.push(all > 0 ? Math.min(Math.max(busy / all, 0), 1) : 0);
      if (past.length > this.length) past.shift();
    }
  }
}

function difference(after: Float64Array, before: Float64Array, word: number): number {
  return (after[word] ?? 0) - (before[word] ?? 0);
}
