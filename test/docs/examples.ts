// Collects the examples in docstrings and documents, and makes modules of them that the compiler and Node take.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as rtshm from "rtshm";
import * as headers from "rtshm/c-header";
import * as structs from "rtshm/struct";
import * as win32 from "rtshm/win32";
import { projectRoot } from "../support/project.js";

export interface Example {
  /** File and line. */
  readonly where: string;
  readonly code: string;
}

/** What examples of single calls use without declaring it, as a module to import before them. */
export const placeholders = `
import { Event, Mutex, Snapshot } from "rtshm";
import { f64, struct } from "rtshm/struct";
const Sensor = struct("Sensor", { x: f64, y: f64 });
declare global {
  var stop: Event, frame: Event, mutex: Mutex, signal: AbortSignal;
  var sensor: ReturnType<typeof Snapshot.createUnnamed<ReturnType<typeof Sensor.read>, ReturnType<typeof Sensor.view>>>;
  function draw(...what: unknown[]): void;
  function repair(): void;
  function work(): void;
  function writeConfig(): void;
}
Object.assign(globalThis, {
  stop: Event.createUnnamed(),
  frame: Event.createUnnamed({ signalled: true }),
  mutex: Mutex.createUnnamed(),
  signal: AbortSignal.timeout(60_000),
  sensor: Snapshot.createUnnamed(Sensor),
  draw: () => process.exit(0),
  repair() {},
  work() {},
  writeConfig() {},
});
// A value before the example, and one that comes meanwhile, for those that wait for it.
const first = sensor.writer();
first.write({ x: 1, y: 2 });
first.close();
setTimeout(() => sensor.write({ x: 3, y: 4 }), 50).unref();
`;

const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length;

const files = (folder: string, ending: string): string[] =>
  (readdirSync(join(projectRoot, folder), { recursive: true }) as string[])
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))
    .sort();

/** The examples of all docstrings, as they are printed. */
export function docstringExamples(): Example[] {
  return files("src", ".ts").flatMap((file) => {
    const text = readFileSync(join(projectRoot, file), "utf8");
    return [...text.matchAll(/^ *\* @example\n((?: *\* .*\n| *\*\n)*?)(?= *\* @| *\*\/)/gm)].map((match) => ({
      where: `${file}:${String(lineOf(text, match.index))}`,
      code: match[1]!.replace(/^ *\* ?/gm, ""),
    }));
  });
}

/** The fenced blocks of a language in all documents. */
export function documentExamples(language: "ts" | "js"): Example[] {
  const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...files("docs", ".md")];
  return documents.flatMap((file) => {
    const text = readFileSync(join(projectRoot, file), "utf8");
    return [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
      .filter(([, found]) => found === language)
      .map((match) => ({ where: `${file}:${String(lineOf(text, match.index))}`, code: match[2]! }));
  });
}

/** The module of a docstring's example: what it uses of the package is imported. */
export function moduleOf({ where, code }: Example): string {
  const entries = Object.entries({ rtshm, "rtshm/c-header": headers, "rtshm/struct": structs, "rtshm/win32": win32 });
  const taken = new Set<string>(); // the first entry that has a name is where it belongs
  const imports = entries.flatMap(([entry, exported]) => {
    const used = Object.keys(exported).filter((name) => !taken.has(name) && new RegExp(`\\b${name}\\b`).test(code));
    for (const name of used) taken.add(name);
    return used.length === 0 ? [] : [`import { ${used.join(", ")} } from "${entry}";`];
  });
  return [`// ${where}`, `import "./placeholders.js";`, ...imports, code, "export {};"].join("\n");
}
