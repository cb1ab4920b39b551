// `npm run bench`: runs every case in a process of its own, prints its rows and, with --write, bench/RESULTS.md.
// --smoke runs tiny counts and only checks that every case prints; --only NAME[,NAME] picks cases; --rounds N.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Row } from "./case.js";
import { compileAll } from "./c-programs.js";
import { processorTimes, stolenPercent } from "./processor-times.js";
import { writeResults } from "./results.js";
import { headerLines, rowLine } from "./table.js";

const CASE_LIMIT_MS = 15 * 60_000;

const { values: options } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    only: { type: "string" },
    rounds: { type: "string" },
  },
});

const casesDirectory = fileURLToPath(new URL("./cases/", import.meta.url));

function chosenCases(): string[] {
  const all = readdirSync(casesDirectory)
    .filter((file) => file.endsWith(".js"))
    .map((file) => basename(file, ".js"))
    .sort();
  if (options.only === undefined) return all;
  const wanted = options.only.split(",");
  const unknown = wanted.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`no such case: ${unknown.join(", ")}; there are ${all.join(", ")}`);
  return wanted;
}

function caseEnvironment(cDirectory: string, namespaceDirectory: string): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    RTSHM_BENCH_C: cDirectory,
    RTSHM_DIR: namespaceDirectory,
  };
  if (options.smoke) environment.RTSHM_BENCH_SMOKE = "1";
  if (options.rounds !== undefined) environment.RTSHM_BENCH_ROUNDS = options.rounds;
  return environment;
}

/** Runs one case in a new process group, so that a case that hangs is ended with all its peers. */
async function runCase(name: string, cDirectory: string): Promise<Row[]> {
  const namespaceDirectory = mkdtempSync(join(memoryDirectory, "rtshm-bench-"));
  const child = spawn(process.execPath, [join(casesDirectory, `${name}.js`)], {
    detached: true,
    env: caseEnvironment(cDirectory, namespaceDirectory),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const endGroup = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  const watchdog = setTimeout(endGroup, CASE_LIMIT_MS);
  process.once("SIGINT", endGroup);
  const exit = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code === 0 ? "" : `ended with ${code ?? signal}`));
  });
  const rows: Row[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"row":')) {
      console.log(line);
      continue;
    }
    const { row } = JSON.parse(line) as { row: Row };
    rows.push(row);
    console.log(rowLine(row, !options.smoke));
  }
  const problem = await exit;
  clearTimeout(watchdog);
  process.removeListener("SIGINT", endGroup);
  rmSync(namespaceDirectory, { recursive: true, force: true });
  if (problem !== "") throw new Error(problem);
  if (rows.length === 0) throw new Error("printed no rows");
  return rows;
}

/** Where the C programs' shm_open has its names too: a disk's file system would be measured otherwise, see life-cycle.ts. */
const memoryDirectory = "/dev/shm";
const cDirectory = mkdtempSync(join(tmpdir(), "rtshm-bench-c-"));
const timesBefore = processorTimes();
const loadBefore = loadavg()[0] ?? Number.NaN;
const cases = new Map<string, Row[]>();
const failures: string[] = [];
try {
  compileAll(cDirectory);
  console.log(headerLines().join("\n"));
  for (const name of chosenCases()) {
    try {
      cases.set(name, await runCase(name, cDirectory));
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message}`);
    }
  }
} finally {
  rmSync(cDirectory, { recursive: true, force: true });
}
const stolen = stolenPercent(timesBefore).toFixed(2);
const disturbance = `load ${loadBefore.toFixed(2)} before the run; the host took ${stolen} % of the time`;
console.log(disturbance);
for (const failure of failures) console.error(`FAILED ${failure}`);
if (options.write) writeResults({ cases, failures, disturbance });
if (failures.length > 0) process.exitCode = 1;
