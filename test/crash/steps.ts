// The named steps of the source, and how often each scenario visits each of them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../support/project.js";

/** Steps of structures that have victims of their own: test/data. */
const COVERED_ELSEWHERE = ["snapshot.", "ring."];

/** Every name in a `step("...")` of the source: a step that no scenario visits fails the campaign. */
export function stepsOfSource(): string[] {
  const names = new Set<string>();
  for (const file of readdirSync(join(projectRoot, "src"), { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    const text = readFileSync(join(projectRoot, "src", file), "utf8");
    for (const [, name] of text.matchAll(/\bstep\("([^"]+)"\)/g))
      if (name !== undefined && !COVERED_ELSEWHERE.some((prefix) => name.startsWith(prefix))) names.add(name);
  }
  return [...names].sort();
}

const counting = `
import { writeSync } from "node:fs";
const visits = new Map();
let isOff = false;
export function step(name) { if (!isOff) visits.set(name, (visits.get(name) ?? 0) + 1); }
export function withoutSteps(action) { isOff = true; try { action(); } finally { isOff = false; } }
process.on("exit", () => writeSync(2, "VISITS " + JSON.stringify([...visits]) + "\\n"));
`;

const hooks = `
export async function load(url, context, next) {
  if (!url.endsWith("/dist/step.js")) return next(url, context);
  return { format: "module", shortCircuit: true, source: ${JSON.stringify(counting)} };
}
`;

const asUrl = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`;

/** For --import: the victim then counts its steps instead of acting at one. */
export const COUNT_STEPS = asUrl(`import { register } from "node:module"; register(${JSON.stringify(asUrl(hooks))});`);

/** What a counting victim wrote. */
export function visitsIn(stderr: string): Map<string, number> {
  const line = /^VISITS (.*)$/m.exec(stderr)?.[1];
  if (line === undefined) throw new Error(`the victim counted no steps: ${stderr}`);
  return new Map(JSON.parse(line) as [string, number][]);
}
