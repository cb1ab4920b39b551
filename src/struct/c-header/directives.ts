// The lines of a header that are directives, and which lines a condition is about.
import { CHeaderError } from "./header-error.js";
import type { Token } from "./tokens.js";

/** Tokens up to the next directive, or one directive. */
export type Line = readonly Token[];

/** What is read if a condition holds. */
export interface Branch {
  /** The directive that begins it. */
  readonly head: Line;
  readonly lines: readonly Line[];
}

/** Whether a line is one. */
export const isDirective = (line: Line): boolean => line[0]?.text === "#" && line[0].kind === "mark";
/** Its word: `define`, `ifdef`. */
export const directiveOf = (line: Line): string => (isDirective(line) ? (line[1]?.text ?? "") : "");
/** Tokens as text. */
export const textOf = (tokens: Line): string => tokens.map(({ text }) => text).join(" ");

/** Directives, and between them what is none, as lines. */
export function linesOf(tokens: Line): Token[][] {
  const lines: Token[][] = [];
  for (const token of tokens) {
    const last = lines.at(-1);
    // Lines that are no directives run together.
    if (last === undefined || (token.startsLine && (token.text === "#" || isDirective(last)))) lines.push([token]);
    else last.push(token);
  }
  return lines;
}

/** Whether a branch that is perhaps not read can change what is read. */
export function matters(lines: readonly Line[]): boolean {
  const harmless = ["error", "warning", "if", "ifdef", "ifndef", "elif", "else", "endif", "undef", "line", ""];
  return lines.some((line) => {
    if (!isDirective(line)) return true;
    if (directiveOf(line) === "include") return line.some(({ text }) => /pshpack|poppack/i.test(text));
    return directiveOf(line) === "pragma" ? line[2]?.text === "pack" : !harmless.includes(directiveOf(line));
  });
}

/** A directive as an error shows it. */
export function shownLine(line: Line): string {
  const text = textOf(line).replace("# ", "#");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** @throws CHeaderError that names a directive */
export function fail(line: Line, advice: string): never {
  throw new CHeaderError(line[0]?.line ?? 0, shownLine(line), advice);
}

/** The branches of the condition at `start`, and the line of its #endif. */
export function branchesFrom(lines: readonly Line[], start: number): { branches: Branch[]; next: number } {
  const branches: Branch[] = [];
  let depth = 0;
  let begin = start;
  for (let i = start; i < lines.length; i++) {
    const name = directiveOf(lines[i] as Line);
    if (/^(if|ifdef|ifndef)$/.test(name)) depth++;
    if (depth === 1 && i > start && /^(else|elif|endif)$/.test(name)) {
      branches.push({ head: lines[begin] as Line, lines: lines.slice(begin + 1, i) });
      begin = i;
    }
    if (name === "endif" && --depth === 0) return { branches, next: i };
  }
  return fail(lines[start] as Line, "its #endif is missing");
}

/**
 * The X of `#ifndef X` or `#if !defined(X)` where `#define X` follows: a guard, or a default. It is not defined unless
 * somebody said so.
 */
export function guardedName({ head, lines }: Branch): string | undefined {
  const [, name] = /^# (?:ifndef|if ! defined \(?) ?(\w+)(?: \))?$/.exec(textOf(head)) ?? [];
  const first = lines.find((line) => !["pragma", "include"].includes(directiveOf(line))) ?? [];
  return directiveOf(first) === "define" && first[2]?.text === name ? name : undefined;
}
