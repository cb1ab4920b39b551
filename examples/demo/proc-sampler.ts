// Reads this machine's load a thousand times a second: files kept open, one buffer, no strings, no garbage.
import { closeSync, openSync, readSync } from "node:fs";
import {
  CORES,
  LOAD_15_MIN,
  LOAD_1_MIN,
  LOAD_5_MIN,
  MAX_CORES,
  MEMORY_AVAILABLE_KIB,
  MEMORY_TOTAL_KIB,
  SAMPLE_WORDS,
  TICKS,
} from "./layout.js";

const NEWLINE = 0x0a;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_C = 0x63;
const MEM_TOTAL = Buffer.from("MemTotal:");
const MEM_AVAILABLE = Buffer.from("MemAvailable:");

export class ProcSampler {
  /** The latest sample, laid out as in layout.ts. */
  readonly sample = new Float64Array(SAMPLE_WORDS);
  readonly #stat = openSync("/proc/stat", "r");
  readonly #meminfo = openSync("/proc/meminfo", "r");
  readonly #loadavg = openSync("/proc/loadavg", "r");
  readonly #bytes = Buffer.alloc(32 * 1024);
  #at = 0;
  #end = 0;

  read(): void {
    this.#load(this.#stat);
    this.#skipLine();
    let cores = 0;
    while (cores < MAX_CORES && this.#bytes[this.#at] === LETTER_C) this.#readCore(TICKS + 2 * cores++);
    this.sample[CORES] = cores;

    this.#load(this.#meminfo);
    this.sample[MEMORY_TOTAL_KIB] = this.#numberAfter(MEM_TOTAL);
    this.sample[MEMORY_AVAILABLE_KIB] = this.#numberAfter(MEM_AVAILABLE);

    this.#load(this.#loadavg);
    this.sample[LOAD_1_MIN] = this.#number();
    this.sample[LOAD_5_MIN] = this.#number();
    this.sample[LOAD_15_MIN] = this.#number();
  }

  close(): void {
    for (const fd of [this.#stat, this.#meminfo, this.#loadavg]) closeSync(fd);
  }

  /** `cpu7 user nice system idle iowait irq softirq steal …`; what follows is part of user and nice already. */
  #readCore(word: number): void {
    this.#number();
    const userAndSystem = this.#number() + this.#number() + this.#number();
    const idle = this.#number() + this.#number();
    const busy = userAndSystem + this.#number() + this.#number() + this.#number();
    this.sample[word] = busy;
    this.sample[word + 1] = busy + idle;
    this.#skipLine();
  }

  /** A read at position 0 makes the kernel write the file anew, so the descriptors stay open for good. */
  #load(fd: number): void {
    this.#at = 0;
    this.#end = readSync(fd, this.#bytes, 0, this.#bytes.length, 0);
  }

  #skipLine(): void {
    while (this.#at < this.#end && this.#bytes[this.#at++] !== NEWLINE);
  }

  #numberAfter(label: Buffer): number {
    this.#at = Math.max(this.#bytes.indexOf(label), 0) + label.length;
    return this.#number();
  }

  #number(): number {
    while (this.#at < this.#end && !this.#isDigit()) this.#at++;
    let value = 0;
    while (this.#isDigit()) value = value * 10 + this.#digit();
    if (this.#bytes[this.#at] !== POINT) return value;
    this.#at++;
    let scale = 1;
    for (; this.#isDigit(); scale *= 10) value = value * 10 + this.#digit();
    return value / scale;
  }

  #isDigit(): boolean {
    const byte = this.#bytes[this.#at] ?? 0;
    return this.#at < this.#end && byte >= ZERO && byte <= NINE;
  }

  #digit(): number {
    return (this.#bytes[this.#at++] ?? ZERO) - ZERO;
  }
}
