// Reads the project's documents: their code blocks and the rows of their tables.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../support/project.js";

/** The text of a document, by its path from the project's root. */
export function documentText(path: string): string {
  return readFileSync(join(projectRoot, path), "utf8");
}

/** The contents of the fenced code blocks of a language. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , code]) => code!);
}

/** The cells of all table rows below a heading, up to the next heading, without the head of the table. */
export function tableRows(text: string, heading: string): string[][] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.includes(heading));
  if (start < 0) throw new Error(`there is no heading "${heading}"`);
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line));
  const section = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length);
  return section
    .filter((line, i) => line.startsWith("|") && !/^\|[ :|-]+$/.test(line) && !/^\|[ :|-]+$/.test(section[i + 1] ?? ""))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}
