// What a case module is made of: interleaved rounds of named figures, and rows that compare two of them.
import { waitForQuiet } from "./quiet.js";
import { percentile, ratios, spread } from "./statistics.js";

/** What a row should reach: a ratio to its partner, or a figure of our own. */
export type Goal = { readonly ratioAtMost: number } | { readonly oursAtMost: number };

export type Unit = "ns" | "ms" | "bytes" | "percent";

/** One line of the results: a figure for each round. Without a partner `theirs` is empty. */
export interface Row {
  readonly name: string;
  readonly against: string;
  readonly unit: Unit;
  readonly theirs: readonly number[];
  readonly ours: readonly number[];
  readonly goal: Goal | null;
  readonly note: string;
  /** Rounds of the case, up to here, that began although other programs kept the machine busy. */
  readonly disturbed: number;
}

export type Figures = Readonly<Record<string, number>>;
export type Source = () => Figures | Promise<Figures>;

export const smoke = process.env.RTSHM_BENCH_SMOKE === "1";

/** A count of operations: next to nothing in a smoke run. */
export function count(full: number, inSmoke = Math.min(full, 20)): number {
  return smoke ? inSmoke : full;
}

/** Rounds to measure; `RTSHM_BENCH_ROUNDS` overrides a case's own number. */
export function rounds(full: number): number {
  if (smoke) return 2;
  return Number(process.env.RTSHM_BENCH_ROUNDS ?? full);
}

let disturbed = 0;

/**
 * Calls every source once a round, always in the same order (A B A B), so that whatever else the machine does hits
 * all of them. One round before the first is thrown away.
 */
export async function interleave(times: number, ...sources: Source[]): Promise<Map<string, number[]>> {
  const collected = new Map<string, number[]>();
  for (let round = smoke ? 0 : -1; round < times; round++) {
    if (!smoke && !(await waitForQuiet()) && round >= 0) disturbed++;
    for (const source of sources) {
      for (const [name, value] of Object.entries(await source())) {
        if (round < 0) continue;
        const values = collected.get(name);
        if (values) values.push(value);
        else collected.set(name, [value]);
      }
    }
  }
  return collected;
}

export interface Comparison {
  readonly name: string;
  /** The partner in words, and the name of its figure; none for a figure that stands alone. */
  readonly against?: string;
  readonly theirs?: string;
  readonly ours: string;
  readonly goal?: Goal;
  readonly unit?: Unit;
  readonly note?: string;
  /** One figure of all rounds instead of one a round: how late it gets, where that is the point. */
  readonly of?: "p99" | "largest";
}

function ofAllRounds(values: readonly number[], which: "p99" | "largest"): number[] {
  return values.length === 0 ? [] : [percentile(values, which === "p99" ? 0.99 : 1)];
}

/** Of no more values than this, the 99th percentile is the largest. */
const P99_IS_LARGEST = 100;

function tailWords(of: "p99" | "largest", values: number): string {
  return of === "p99" && values <= P99_IS_LARGEST ? "p99, which is the largest," : of;
}

/** Reports how late it gets: the 99th percentile and, if that is another figure, the largest. */
export function reportTail(collected: ReadonlyMap<string, number[]>, comparison: Comparison): void {
  report(collected, { ...comparison, of: "p99" });
  const { goal: _, ...withoutGoal } = comparison;
  if ((collected.get(comparison.ours)?.length ?? 0) > P99_IS_LARGEST)
    report(collected, { ...withoutGoal, of: "largest" });
}

/** Reports a row made of two collected figures. */
export function report(collected: ReadonlyMap<string, number[]>, comparison: Comparison): void {
  const ours = collected.get(comparison.ours);
  const theirs = comparison.theirs === undefined ? [] : collected.get(comparison.theirs);
  if (!ours || !theirs) throw new Error(`${comparison.name}: no figure ${comparison.ours} or ${comparison.theirs}`);
  const { of } = comparison;
  const row: Row = {
    name: of === undefined ? comparison.name : `${comparison.name}, ${tailWords(of, ours.length)} of ${ours.length}`,
    against: comparison.against ?? "",
    unit: comparison.unit ?? "ns",
    theirs: of === undefined ? theirs : ofAllRounds(theirs, of),
    ours: of === undefined ? ours : ofAllRounds(ours, of),
    goal: comparison.goal ?? null,
    note: comparison.note ?? "",
    disturbed,
  };
  process.stdout.write(`${JSON.stringify({ row })}\n`);
}

/** Whether the row's goal is reached by its median; null where there is no goal. */
export function reached(row: Row): boolean | null {
  if (row.goal === null) return null;
  if ("oursAtMost" in row.goal) return spread(row.ours).median <= row.goal.oursAtMost;
  return spread(ratios(row.ours, row.theirs)).median <= row.goal.ratioAtMost;
}

export const nowNs: () => bigint = process.hrtime.bigint;

/** Nanoseconds of one of `operations` done by `body`. */
export function timePerOperation(operations: number, body: () => void): number {
  const start = nowNs();
  body();
  return Number(nowNs() - start) / operations;
}
