// A process that does what it is told, line by line, in a namespace directory and, if need be, in namespaces of its own.
import "../support/watchdog.js";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { projectRoot } from "../support/project.js";
import { guard, unguard } from "../support/watchdog.js";

const PROGRAM = `
import { createInterface } from "node:readline";
import * as fs from "node:fs";
import * as rtshm from "rtshm";
import * as rt from "rtshm/win32";
const kept = {};
const attempt = (action) => { try { return action(); } catch (error) { return { code: error.code, message: error.message }; } };
const AsyncFunction = (async () => {}).constructor;
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await new AsyncFunction("rtshm", "rt", "fs", "kept", "attempt", JSON.parse(line))(rtshm, rt, fs, kept, attempt);
  } catch (error) {
    answer = { code: error.code, message: error.message };
  }
  process.stdout.write(JSON.stringify(answer ?? null) + "\\n");
}
process.exit();`;

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** One such process. */
export class Peer {
  private constructor(
    private readonly child: ReturnType<typeof spawn>,
    private readonly answers: AsyncIterator<string, undefined>,
  ) {}

  /** @param wrap a command before Node's, such as unshare with its options */
  static start(directory: string, wrap: readonly string[] = []): Peer {
    const [command = "", ...args] = [...wrap, process.execPath, "--input-type=module", "-e", PROGRAM];
    const child = spawn(command, args, {
      cwd: projectRoot,
      env: { ...process.env, RTSHM_DIR: directory },
      stdio: ["pipe", "pipe", "inherit"],
    });
    guard(child.pid!);
    return new Peer(
      child,
      createInterface({ input: child.stdout })[Symbol.asyncIterator]() as AsyncIterator<string, undefined>,
    );
  }

  /** Runs the body of an async function with rtshm, rt, fs, kept and attempt. @returns what it returns, or its error */
  async run<Answer = unknown>(body: string): Promise<Answer> {
    this.child.stdin!.write(`${JSON.stringify(body)}\n`);
    const { value, done } = await this.answers.next();
    if (done === true) throw new Error(`the process ended at: ${body}`);
    return JSON.parse(value) as Answer;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill("SIGKILL");
    await ended;
    unguard(this.child.pid!);
  }

  /** Lets it end by itself. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    this.child.stdin!.end();
    await ended;
    unguard(this.child.pid!);
  }
}
