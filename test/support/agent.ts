// Starts agents (agent-main.ts) and speaks with them, so that a test drives several processes and threads step by step.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { HANDLE, RtApi } from "./api.js";
import type { Argument, Command, Notice, Reply, ViewValue, WaitValue } from "./protocol.js";
import { untilAsleep } from "./asleep.js";
import { guard, unguard } from "./watchdog.js";

const MAIN = new URL("./agent-main.js", import.meta.url);

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A call that was begun and may block. */
export interface Waiting {
  readonly reply: Promise<Reply>;
  /** Whether the answer has come. */
  readonly done: () => boolean;
}

/** Gives a thread that must not wake the time to wake by mistake: the only place where the tests rely on time passing. */
export async function settle(): Promise<void> {
  await sleep(120);
}

/** Fails if the wait has ended, or ends now that it has had the time to. */
export async function assertBlocked(...waits: Waiting[]): Promise<void> {
  await settle();
  for (const [i, waiting] of waits.entries()) {
    assert.equal(
      waiting.done(),
      false,
      `wait ${i} must still be blocked: ${JSON.stringify(waiting.done() ? await waiting.reply : null)}`,
    );
  }
}

/** The value a wait returned. */
export async function resultOf(waiting: Waiting): Promise<Reply["value"]> {
  return (await waiting.reply).value;
}

interface Pending {
  readonly answer: (reply: Reply) => void;
  readonly notice: (notice: Notice) => void;
  readonly fail: (error: Error) => void;
}

/** An operation that the agent itself offers, or a function of the side. */
type Operation =
  | keyof RtApi
  | "byteLength"
  | "read"
  | "write"
  | "increment"
  | "keepFaults"
  | "faults"
  | "turn"
  | "exit"
  | "raise"
  | "finish";

export abstract class Agent {
  /** Resolves when the process or thread is gone. */
  readonly ended: Promise<Ending>;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #isReady = false;
  readonly #ready: Promise<void>;
  #becomeReady: () => void = () => undefined;
  protected settleEnded: (ending: Ending) => void = () => undefined;

  constructor() {
    this.#ready = new Promise((resolve) => (this.#becomeReady = resolve));
    this.ended = new Promise((resolve) => {
      this.settleEnded = (ending) => {
        resolve(ending);
        for (const pending of this.#pending.values())
          pending.fail(new Error(`the agent ended: ${JSON.stringify(ending)}`));
        this.#pending.clear();
      };
    });
  }

  protected abstract send(command: Command): void;
  /** SIGKILL for a process, terminate() for a worker; returns when it is gone. */
  abstract kill(): Promise<Ending>;

  async ready(): Promise<this> {
    await Promise.race([this.#ready, this.ended]);
    assert.ok(this.#isReady, "the agent ended before it was ready");
    return this;
  }

  protected receive(message: Reply | Notice | { ready: true }): void {
    if ("ready" in message) {
      this.#isReady = true;
      this.#becomeReady();
      return;
    }
    const pending = this.#pending.get(message.id);
    if ("notice" in message) pending?.notice(message);
    else {
      this.#pending.delete(message.id);
      pending?.answer(message);
    }
  }

  #begin(
    op: Operation,
    args: readonly Argument[],
  ): { waiting: Waiting; begun: Promise<Notice>; isPending: () => boolean } {
    const id = ++this.#lastId;
    let done = false;
    let isPending = false;
    let notice!: Pending["notice"];
    const begun = new Promise<Notice>((resolve) => {
      notice = (heard) => {
        isPending ||= heard.notice === "pending";
        resolve(heard);
      };
    });
    const reply = new Promise<Reply>((answer, fail) => this.#pending.set(id, { answer, fail, notice }));
    reply.then(
      () => (done = true),
      () => (done = true), // whoever awaits the reply gets the error
    );
    this.send({ id, op, args });
    return { waiting: { reply, done: () => done }, begun, isPending: () => isPending };
  }

  /** Makes one call and returns what it gave, with the last error of the agent's thread after it. */
  async call(op: Operation, ...args: Argument[]): Promise<Reply> {
    const reply = await this.#begin(op, args).waiting.reply;
    assert.equal(reply.thrown, undefined, `${op} threw`);
    return reply;
  }

  /** Makes a call that must throw and returns the name of the error. */
  async thrownBy(op: Operation, ...args: Argument[]): Promise<string | undefined> {
    return (await this.#begin(op, args).waiting.reply).thrown;
  }

  /** Makes a call of which only the value counts. */
  async value(op: Operation, ...args: Argument[]): Promise<Reply["value"]> {
    return (await this.call(op, ...args)).value;
  }

  /** Makes a call that must give a handle. */
  async handle(op: Operation, ...args: Argument[]): Promise<HANDLE> {
    const { value, lastError } = await this.call(op, ...args);
    assert.equal(typeof value, "number", `${op} gave no handle: ${lastError}`);
    return value as HANDLE;
  }

  /** Makes a call that must give a view. */
  async view(op: Operation, ...args: Argument[]): Promise<ViewValue> {
    const { value, lastError } = await this.call(op, ...args);
    assert.ok(value !== null && typeof value === "object" && "view" in value, `${op} gave no view: ${lastError}`);
    return value;
  }

  /** Makes an asynchronous wait and returns its outcome. */
  async outcome(op: Operation, ...args: Argument[]): Promise<WaitValue> {
    return (await this.call(op, ...args)).value as WaitValue;
  }

  /** Begins a call that is going to block, and returns when its thread sleeps or its wait is pending. */
  async block(op: Operation, ...args: Argument[]): Promise<Waiting> {
    const { waiting, begun, isPending } = this.#begin(op, args);
    const first = await Promise.race([begun, waiting.reply]);
    if ("notice" in first) await untilAsleep(first.thread, () => waiting.done() || isPending());
    return waiting;
  }

  /** Begins a call without waiting for anything. */
  begin(op: Operation, ...args: Argument[]): Waiting {
    return this.#begin(op, args).waiting;
  }

  /** Has the agent do something that ends it; returns when it is gone. */
  async end(op: "exit" | "raise" | "finish" | "ExitProcess" | "RtExitProcess", ...args: Argument[]): Promise<Ending> {
    this.#begin(op, args).waiting.reply.catch(() => undefined);
    return this.ended;
  }
}

/** Node waits for ever at its end when a thread that compiles waits for a collection then: nodejs/node issue 54918, still open. */
const COMPILE_IN_TURN = ["--no-concurrent-recompilation", "--no-concurrent-sparkplug"];

export class ProcessAgent extends Agent {
  readonly pid: number;
  readonly #child;

  constructor(moduleName: string) {
    super();
    const child = spawn(process.execPath, [...COMPILE_IN_TURN, fileURLToPath(MAIN), moduleName], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    this.pid = child.pid ?? -1;
    guard(this.pid);
    child.on("exit", () => unguard(this.pid));
    child.on("close", (code, signal) => this.settleEnded({ code, signal }));
    child.stdin.on("error", () => undefined); // it may have been killed
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.receive(JSON.parse(line) as Reply);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (!text.includes("the agent was told to fail")) process.stderr.write(text);
    });
  }

  protected override send(command: Command): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  override async kill(): Promise<Ending> {
    this.#child.kill("SIGKILL");
    return this.ended;
  }
}

export class WorkerAgent extends Agent {
  readonly #worker;

  constructor(moduleName: string) {
    super();
    this.#worker = new Worker(MAIN, { workerData: moduleName });
    this.#worker.on("message", (message: Reply) => this.receive(message));
    this.#worker.on("error", () => undefined); // "raise" is meant
    this.#worker.on("exit", (code) => this.settleEnded({ code, signal: null }));
  }

  protected override send(command: Command): void {
    this.#worker.postMessage(command);
  }

  override async kill(): Promise<Ending> {
    void this.#worker.terminate();
    return this.ended;
  }
}

/** Starts a process that is gone when the test ends. */
export async function startProcess(t: TestContext, moduleName: string): Promise<ProcessAgent> {
  const agent = new ProcessAgent(moduleName);
  t.after(() => agent.kill());
  return agent.ready();
}

/** Starts a worker thread that is gone when the test ends. */
export async function startWorker(t: TestContext, moduleName: string): Promise<WorkerAgent> {
  const agent = new WorkerAgent(moduleName);
  t.after(() => agent.kill());
  return agent.ready();
}
