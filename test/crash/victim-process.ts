// Starts a victim, follows its log, and says what it had done and what was under way when it ended.
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isStopped } from "../support/stopped.js";
import { guard, unguard } from "../support/watchdog.js";
import type { Scenario } from "./script.js";

const MAIN = fileURLToPath(new URL("./victim.js", import.meta.url));

export interface Done {
  readonly index: number;
  readonly result: number;
}

interface Line {
  readonly begins?: number;
  readonly ends?: number;
  readonly result?: number;
  readonly finished?: boolean;
}

export interface VictimOptions {
  readonly directory: string;
  readonly round: string;
  readonly scenario: Scenario;
  readonly step?: string;
  readonly ever?: boolean;
  readonly imports?: string;
  readonly onBegin?: (index: number, victim: Victim) => void;
}

export class Victim {
  readonly done: Done[] = [];
  /** The operation under way, or -1. */
  inFlight = -1;
  finished = false;
  hasEnded = false;
  stderr = "";
  readonly pid: number;
  readonly ended: Promise<NodeJS.Signals | number | null>;
  readonly begun: Promise<void>;
  readonly #child: ChildProcess;

  constructor(readonly options: VictimOptions) {
    const imports = options.imports === undefined ? [] : ["--import", options.imports];
    const args = [...imports, MAIN, options.round, options.scenario.name, options.ever === true ? "EVER" : "ONCE"];
    const env = { ...process.env, RTSHM_DIR: options.directory, RTSHM_STEP: options.step ?? "" };
    const child = spawn(process.execPath, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    this.pid = child.pid ?? -1;
    guard(this.pid);
    child.on("exit", () => unguard(this.pid));
    child.stdin.on("error", () => undefined); // it may be dead
    let haveBegun!: () => void;
    this.begun = new Promise((resolve) => (haveBegun = resolve));
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      haveBegun();
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#receive(JSON.parse(line) as Line);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        this.hasEnded = true;
        haveBegun();
        resolve(signal ?? code);
      });
    });
  }

  #receive(line: Line): void {
    if (line.begins !== undefined) {
      this.inFlight = line.begins;
      this.options.onBegin?.(line.begins, this);
    }
    if (line.ends !== undefined) {
      this.inFlight = -1;
      this.done.push({ index: line.ends, result: line.result ?? -1 });
    }
    if (line.finished === true) this.finished = true;
  }

  goOn(): void {
    this.#child.stdin?.write("\n");
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  isStopped(): boolean {
    return isStopped(this.pid);
  }
}
