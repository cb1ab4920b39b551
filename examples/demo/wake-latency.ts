// Collects how long each wake-up took and says what is typical, what is rare and what was worst.

export class WakeLatency {
  readonly #all: number[] = [];
  #recent: number[] = [];

  add(nanoseconds: number): void {
    this.#all.push(nanoseconds);
    this.#recent.push(nanoseconds);
  }

  /** The median since the last call. */
  takeRecentMedian(): number {
    const median = quantile(this.#recent, 0.5);
    this.#recent = [];
    return median;
  }

  summary(): { median: number; p99: number; max: number } {
    return { median: quantile(this.#all, 0.5), p99: quantile(this.#all, 0.99), max: quantile(this.#all, 1) };
  }
}

/** The smallest value that at least this share of all values does not exceed. */
function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? NaN;
}
