// Runs a piece of JavaScript in a Node process of its own, under limits if need be, with an end to its time.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { projectRoot } from "../support/project.js";
import { guard, unguard } from "../support/watchdog.js";

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What `say` was called with, in order. */
  readonly said: unknown[];
  readonly stderr: string;
}

const PRELUDE = `
import * as rt from "rtshm/win32";
import { writeSync, readFileSync, readdirSync, readlinkSync, symlinkSync, rmSync, mkdirSync, existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
const say = (value) => writeSync(1, JSON.stringify(value) + "\\n");
const did = (call) => { rt.SetLastError(0xabc); const value = call(); return [value === null || typeof value === "boolean" || typeof value === "bigint" ? value : typeof value === "number" && value > 3 && value < 0x80000000 && value !== 258 ? "handle" : value, rt.GetLastError()]; };
const location = () => ({ value: null });
const makers = {
  memory: (name) => rt.RtCreateSharedMemory(4, 0, 100, name, location()),
  event: (name) => rt.RtCreateEvent(null, false, false, name),
  mutex: (name) => rt.RtCreateMutex(null, false, name),
  semaphore: (name) => rt.RtCreateSemaphore(null, 0, 5, name),
};
const openers = {
  memory: (name) => rt.RtOpenSharedMemory(2, false, name, location()),
  event: (name) => rt.RtOpenEvent(0, false, name),
  mutex: (name) => rt.RtOpenMutex(0, false, name),
  semaphore: (name) => rt.RtOpenSemaphore(0, false, name),
};
const fds = () => readdirSync("/proc/self/fd").length;
const threads = () => readdirSync("/proc/self/task").length;
`;

export interface Options {
  readonly env?: NodeJS.ProcessEnv;
  /** Bash commands before Node is started, such as ulimit. */
  readonly shell?: string;
  readonly limitMs?: number;
  readonly nodeFlags?: readonly string[];
}

/** Runs `code` (an ES module; see PRELUDE for what it can use) to its end. Killed and failed when it takes too long. */
export async function runChild(code: string, options: Options = {}): Promise<Ending> {
  const args = [...(options.nodeFlags ?? []), "--input-type=module", "-e", PRELUDE + code];
  const command = `${options.shell ?? "true"}; exec "$0" "$@"`;
  const child = spawn("bash", ["-c", command, process.execPath, ...args], {
    cwd: projectRoot,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  guard(child.pid!);
  let stdout = "";
  let stderr = "";
  let hung = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const timer = setTimeout(
    () => {
      hung = true;
      child.kill("SIGKILL");
    },
    (options.limitMs ?? 40_000) * (isLong ? 6 : 1),
  );
  const [exitCode, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  unguard(child.pid!);
  assert.ok(!hung, `the process hung after saying ${stdout}`);
  return {
    code: exitCode,
    signal,
    said: stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown),
    stderr,
  };
}

/** The same, for a process that must end well; returns what it said. */
export async function saidBy(code: string, options: Options = {}): Promise<unknown[]> {
  const { code: exitCode, signal, said, stderr } = await runChild(code, options);
  assert.deepEqual({ exitCode, signal }, { exitCode: 0, signal: null }, stderr);
  return said;
}

export const isLong = process.env["RTSHM_LONG"] === "1";
