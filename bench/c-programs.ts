// The partners in C: compiles bench/c/*.c and runs one of the programs, which answers with a line of JSON.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("../../bench/c/", import.meta.url));

/** Compiles every program into `directory`. */
export function compileAll(directory: string): void {
  for (const file of readdirSync(sources).filter((name) => name.endsWith(".c"))) {
    const output = join(directory, basename(file, ".c"));
    execFileSync(compiler(), ["-O2", "-std=gnu11", "-o", output, join(sources, file), "-lpthread", "-lrt"], {
      stdio: ["ignore", "inherit", "inherit"],
    });
  }
}

export function compiler(): string {
  return process.env.CC ?? "cc";
}

/** The path of a program of those that the runner compiled. */
export function cProgram(program: string): string {
  const directory = process.env.RTSHM_BENCH_C;
  if (!directory) throw new Error("RTSHM_BENCH_C is not set: start cases by `node build/bench/run.js --only NAME`");
  return join(directory, program);
}

/** Runs a program and returns what it printed: figures by name. */
export function runC(program: string, ...args: (string | number)[]): Record<string, number> {
  const output = execFileSync(cProgram(program), args.map(String), { encoding: "utf8" });
  return JSON.parse(output) as Record<string, number>;
}

/** The figure `ns` of a run. */
export function nanosecondsInC(program: string, ...args: (string | number)[]): number {
  const { ns } = runC(program, ...args);
  if (ns === undefined) throw new Error(`${program} ${args.join(" ")} printed no "ns"`);
  return ns;
}
