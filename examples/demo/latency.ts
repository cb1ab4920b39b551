// Counts how often which latency occurred: a fixed number of buckets, so that no run is too long and adding makes no garbage.

const BUCKETS_PER_OCTAVE = 64; // a bucket is one per cent wide
const OCTAVES = 43; // up to two hours, in nanoseconds

export class Latency {
  readonly #counts = new Uint32Array(BUCKETS_PER_OCTAVE * OCTAVES);
  #total = 0;
  #max = 0;

  add(nanoseconds: number): void {
    const bucket = Math.floor(BUCKETS_PER_OCTAVE * Math.log2(1 + Math.max(nanoseconds, 0)));
    this.#counts[Math.min(bucket, this.#counts.length - 1)]! += 1;
    this.#total += 1;
    this.#max = Math.max(this.#max, nanoseconds);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#max = 0;
  }

  get medianUs(): number {
    return this.#quantileUs(0.5);
  }

  get p99Us(): number {
    return this.#quantileUs(0.99);
  }

  get maxUs(): number {
    return this.#max / 1000;
  }

  #quantileUs(share: number): number {
    let left = share * this.#total;
    const bucket = this.#counts.findIndex((count) => (left -= count) <= 0);
    const nanoseconds = 2 ** ((bucket + 0.5) / BUCKETS_PER_OCTAVE) - 1;
    return Math.min(nanoseconds / 1000, this.maxUs);
  }
}
