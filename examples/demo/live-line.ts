// One line of this machine's load: redrawn in place on a terminal, otherwise a plain line a second.
import { CORES, LOAD_1_MIN, MEMORY_AVAILABLE_KIB, MEMORY_TOTAL_KIB, TICKS } from "./layout.js";

const BARS = "▁▂▃▄▅▆▇█";
const REDRAW_MS = 50;
const PLAIN_MS = 1000;
/** The kernel counts in ticks of 10 ms, so a shorter window would only jump about. */
const WINDOW_MS = 500;
const LONGEST_HISTORY = 24;
const KIB_PER_GIB = 1024 ** 2;

const [BOLD, DIM, GREEN, YELLOW, RED, RESET] = ["1", "2", "32", "33", "31", "0"].map((code) => `\x1b[${code}m`);
const CLEAR_TO_END = "\x1b[K";

export interface Picture {
  readonly sample: Float64Array;
  readonly period: number;
  readonly missed: number;
  readonly latencyNs: number;
}

export class LiveLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #everyMs: number;
  readonly #samples: Float64Array[] = [];
  readonly #history: number[][] = [];
  #nextMs = performance.now();

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#everyMs = stream.isTTY ? REDRAW_MS : PLAIN_MS;
  }

  isDue(): boolean {
    return performance.now() >= this.#nextMs;
  }

  show(picture: Picture): void {
    this.#nextMs += this.#everyMs;
    this.#remember(picture.sample);
    const facts = factsOf(picture);
    if (!this.#stream.isTTY) {
      this.#stream.write(`win32: ${this.#cores(Infinity, false)}  ${facts.join("  ")}\n`);
      return;
    }
    // One column less than there are: a character in the last one makes some terminals wrap.
    const columns = this.#stream.columns - 1;
    while (facts.length > 0 && columns - widthOf(facts) < 12) facts.pop();
    this.#stream.write(
      `\r${this.#cores(columns - widthOf(facts), true)}${facts.map(separated).join("")}${CLEAR_TO_END}`,
    );
  }

  end(): void {
    if (this.#stream.isTTY) this.#stream.write("\n");
  }

  #remember(sample: Float64Array): void {
    this.#samples.push(sample.slice());
    if (this.#samples.length > Math.max(WINDOW_MS / this.#everyMs, 1) + 1) this.#samples.shift();
    const before = this.#samples[0] ?? sample;
    const cores = sample[CORES] ?? 0;
    this.#history.length = cores;
    for (let core = 0; core < cores; core++) {
      const busy = ticks(sample, core, 0) - ticks(before, core, 0);
      const all = ticks(sample, core, 1) - ticks(before, core, 1);
      const history = (this.#history[core] ??= []);
      history.push(all > 0 ? Math.min(Math.max(busy / all, 0), 1) : 0);
      if (history.length > LONGEST_HISTORY) history.shift();
    }
  }

  /** For each core its recent past and a percentage; a single bar where there is no room for more. */
  #cores(columns: number, colour: boolean): string {
    const each = Math.floor((columns - 4) / Math.max(this.#history.length, 1)) - 7;
    const paint = colour ? coloured : (bar: string) => bar;
    if (each < 2)
      return `cpu ${this.#history
        .slice(0, columns - 4)
        .map((past) => paint(bar(now(past)), now(past)))
        .join("")}`;
    const one = (past: number[]) => {
      const bars = past.slice(-each).map((load) => paint(bar(load), load));
      const blank = colour ? " ".repeat(Math.min(each, LONGEST_HISTORY) - bars.length) : "";
      return `${blank}${bars.join("")} ${`${Math.round(now(past) * 100)}`.padStart(3)}%`;
    };
    return `cpu ${this.#history.map(one).join("  ")}`;
  }
}

/** The most telling first: a narrow terminal drops from the end. */
function factsOf({ sample, period, missed, latencyNs }: Picture): string[] {
  const total = (sample[MEMORY_TOTAL_KIB] ?? 0) / KIB_PER_GIB;
  const used = total - (sample[MEMORY_AVAILABLE_KIB] ?? 0) / KIB_PER_GIB;
  return [
    `period ${period}`,
    `missed ${missed}`,
    `wake ${(latencyNs / 1000).toFixed(0).padStart(3)} µs`,
    `mem ${used.toFixed(1)}/${total.toFixed(1)} GiB`,
    `load ${(sample[LOAD_1_MIN] ?? 0).toFixed(2)}`,
  ];
}

function separated(fact: string): string {
  const [label = "", ...value] = fact.split(" ");
  return ` ${DIM}│ ${label}${RESET} ${BOLD}${value.join(" ")}${RESET}`;
}

function widthOf(facts: readonly string[]): number {
  return facts.reduce((sum, fact) => sum + fact.length + 3, 0);
}

function coloured(bar: string, load: number): string {
  return `${load < 0.5 ? GREEN : load < 0.85 ? YELLOW : RED}${bar}${RESET}`;
}

function bar(load: number): string {
  return BARS[Math.min(Math.floor(load * BARS.length), BARS.length - 1)] ?? " ";
}

function now(past: readonly number[]): number {
  return past.at(-1) ?? 0;
}

function ticks(sample: Float64Array, core: number, which: 0 | 1): number {
  return sample[TICKS + 2 * core + which] ?? 0;
}
