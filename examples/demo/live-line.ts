// One line of this machine's load: redrawn in place on a terminal, otherwise a plain line a second.
import { CpuHistory } from "./cpu-history.js";
import { LOAD_1_MIN, MEMORY_AVAILABLE_KIB, MEMORY_TOTAL_KIB } from "./layout.js";

const BARS = "▁▂▃▄▅▆▇█";
const REDRAW_MS = 50;
const PLAIN_MS = 1000;
const LOAD_WINDOW_MS = 500;
const SHORTEST_HISTORY = 8;
const LONGEST_HISTORY = 24;
/** What a core takes besides its bars: " 100%  ". */
const PERCENTAGE_COLUMNS = 7;
const KIB_PER_GIB = 1024 ** 2;

const [BOLD, DIM, GREEN, YELLOW, RED, RESET] = ["1", "2", "32", "33", "31", "0"].map((code) => `\x1b[${code}m`);
const CLEAR_TO_END = "\x1b[K";

export interface Picture {
  readonly sample: Float64Array;
  readonly period: number;
  readonly missed: number;
  readonly latencyUs: number;
}

export class LiveLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #everyMs: number;
  readonly #cpu: CpuHistory;
  #nextMs = performance.now();

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#everyMs = stream.isTTY ? REDRAW_MS : PLAIN_MS;
    this.#cpu = new CpuHistory(Math.ceil(LOAD_WINDOW_MS / this.#everyMs), LONGEST_HISTORY);
  }

  isDue(): boolean {
    return performance.now() >= this.#nextMs;
  }

  show(picture: Picture): void {
    this.#nextMs = performance.now() + this.#everyMs;
    this.#cpu.add(picture.sample);
    if (this.#cpu.cores.length === 0) return; // nothing to compare the first sample with
    const text = this.#stream.isTTY ? this.#painted(factsOf(picture)) : this.#plain(factsOf(picture));
    this.#stream.write(text);
  }

  end(): void {
    if (this.#stream.isTTY) this.#stream.write("\n");
  }

  #plain(facts: readonly string[]): string {
    const cores = this.#cpu.cores.map((past) => `${bar(latest(past))} ${percentage(past)}`);
    return `win32: cpu ${cores.join(" ")} | ${facts.join(" | ")}\n`;
  }

  #painted(facts: string[]): string {
    // One column less than there are: a character in the last one makes some terminals wrap.
    const columns = this.#stream.columns - 1 - "cpu ".length;
    const wanted = this.#cpu.cores.length * (PERCENTAGE_COLUMNS + SHORTEST_HISTORY);
    while (widthOf(facts) > columns - Math.min(wanted, columns / 2)) facts.pop();
    return `\rcpu ${this.#bars(columns - widthOf(facts))}${facts.map(afterRule).join("")}${CLEAR_TO_END}`;
  }

  /** For each core its recent past and a percentage, or one bar a core where there is no room for that. */
  #bars(columns: number): string {
    const { cores } = this.#cpu;
    const length = Math.min(Math.floor(columns / cores.length) - PERCENTAGE_COLUMNS, LONGEST_HISTORY);
    if (length < SHORTEST_HISTORY / 4) return cores.slice(0, columns).map(latest).map(paintedBar).join("");
    return cores
      .map((past) => " ".repeat(Math.max(length - past.length, 0)) + past.slice(-length).map(paintedBar).join(""))
      .map((bars, core) => `${bars} ${percentage(cores[core] ?? [])}`)
      .join("  ");
  }
}

/** The most telling first: a narrow terminal drops from the end. */
function factsOf({ sample, period, missed, latencyUs }: Picture): string[] {
  const totalGib = (sample[MEMORY_TOTAL_KIB] ?? 0) / KIB_PER_GIB;
  const usedGib = totalGib - (sample[MEMORY_AVAILABLE_KIB] ?? 0) / KIB_PER_GIB;
  return [
    `period ${String(period).padStart(6)}`,
    `missed ${missed}`,
    `wake ${latencyUs.toFixed(0).padStart(4)} µs`,
    `mem ${usedGib.toFixed(1)}/${totalGib.toFixed(1)} GiB`,
    `load ${(sample[LOAD_1_MIN] ?? 0).toFixed(2)}`,
  ];
}

function afterRule(fact: string): string {
  const [label, value] = fact.split(/ (.*)/);
  return ` ${DIM}│ ${label}${RESET} ${BOLD}${value}${RESET}`;
}

function widthOf(facts: readonly string[]): number {
  return facts.reduce((columns, fact) => columns + " │ ".length + fact.length, 0);
}

function paintedBar(load: number): string {
  return `${load < 0.5 ? GREEN : load < 0.85 ? YELLOW : RED}${bar(load)}${RESET}`;
}

function bar(load: number): string {
  return BARS[Math.min(Math.floor(load * BARS.length), BARS.length - 1)] ?? " ";
}

function percentage(past: readonly number[]): string {
  return `${String(Math.round(latest(past) * 100)).padStart(3)}%`;
}

function latest(past: readonly number[]): number {
  return past.at(-1) ?? 0;
}
