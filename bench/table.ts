// Rows as text: the table on the screen and in RESULTS.md is the same Markdown.
import { reached, type Goal, type Row, type Unit } from "./case.js";
import { ratios, spread } from "./statistics.js";

const HEADINGS = ["case", "against", "theirs", "ours", "ratio [min..max]", "goal", "reached?"];

export function headerLines(): string[] {
  return [line(HEADINGS), line(HEADINGS.map((_, column) => (column === 2 || column === 3 ? "---:" : "---")))];
}

/** The figures of a smoke run mean nothing, so they are not `judged`. */
export function rowLine(row: Row, judged = true): string {
  const verdict = judged ? reached(row) : null;
  return line([
    row.note === "" ? row.name : `${row.name} (${row.note})`,
    row.against === "" ? "-" : row.against,
    row.theirs.length === 0 ? "-" : figure(spread(row.theirs).median, row.unit),
    figure(spread(row.ours).median, row.unit),
    ratio(row),
    row.goal === null ? "-" : goal(row.goal, row.unit),
    verdict === null ? "-" : verdict ? "yes" : "**no**",
  ]);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function ratio(row: Row): string {
  if (row.theirs.length === 0) {
    const { min, max } = spread(row.ours);
    if (row.ours.length === 1) return "-";
    return `[${figure(min, row.unit)}..${figure(max, row.unit)}]`;
  }
  const { median, min, max } = spread(ratios(row.ours, row.theirs));
  return row.ours.length === 1 ? `${digits(median)}x` : `${digits(median)}x [${digits(min)}..${digits(max)}]`;
}

function goal(wanted: Goal, unit: Unit): string {
  return "ratioAtMost" in wanted ? `<= ${wanted.ratioAtMost}x` : `<= ${figure(wanted.oursAtMost, unit)}`;
}

function figure(value: number, unit: Unit): string {
  const suffix = { ns: "ns", ms: "ms", bytes: "B", percent: "%" }[unit];
  return `${digits(value)} ${suffix}`;
}

/** Three significant digits, whole numbers from 1000 on with thousands separated. */
function digits(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}
