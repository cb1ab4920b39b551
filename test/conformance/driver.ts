// Conformance driver: carries out the runner's commands with rtshm/win32. Every logical thread is a worker, so that each has
// a last error and an identity as owner of its own; this thread only keeps the slots and passes commands on.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Answer, Command, Job, Result } from "./protocol.js";

interface Slot {
  readonly handle: number | null;
  readonly writable: boolean;
}

/** Values that name nothing, whatever the library hands out. */
const LITERALS: Readonly<Record<string, number | null>> = {
  "#null": null,
  "#minus1": -1,
  "#minus2": -2,
  "#garbage": 0x7abc_def1,
};

class Thread {
  readonly #worker = new Worker(new URL("./driver-thread.js", import.meta.url));
  readonly #gone: Promise<void>;
  #answer: ((result: Result) => void) | undefined;
  /** the answer to the wait that was begun, until waitEnd has collected it */
  begun: Promise<Result> | undefined;

  constructor() {
    this.#worker.on("message", (result: Result) => this.#answer?.(result));
    this.#gone = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
  }

  perform(job: Job): Promise<Result> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#worker.postMessage(job);
    });
  }

  async end(how: Command["how"]): Promise<void> {
    if (how === "terminate") await this.#worker.terminate();
    else this.#worker.postMessage(null);
    await this.#gone;
  }
}

const threads = new Map<number, Thread>();
const slots = new Map<string, Slot>();

function threadOf(number: number): Thread {
  let thread = threads.get(number);
  if (!thread) threads.set(number, (thread = new Thread()));
  return thread;
}

function handleOf(text: string): number | null {
  if (text in LITERALS) return LITERALS[text]!;
  if (text.startsWith("#0x")) return Number(text.slice(1));
  const [name, bits] = text.split("|");
  const handle = slots.get(name!)?.handle ?? null;
  return bits === undefined || handle === null ? handle : handle | Number(bits);
}

function jobOf(command: Command): Job {
  const named = command.handles ?? (command.handle === undefined ? [] : [command.handle]);
  return {
    command,
    handles: named.map(handleOf),
    writable: slots.get(command.handle ?? "")?.writable ?? false,
  };
}

async function perform(command: Command): Promise<Answer> {
  const number = command.thread ?? 0;
  if (command.op === "compare") {
    const [a, b] = command.handles!.map(handleOf);
    const { answer } = await threadOf(number).perform(jobOf(command));
    return { sameHandle: a === b, ...answer };
  }
  if (command.op === "endThread") {
    await threads.get(number)?.end(command.how);
    threads.delete(number);
    return { ended: true };
  }
  const thread = threadOf(number);
  if (command.op === "waitEnd") {
    if (!thread.begun) return { error: "no wait was begun" };
    const result = await Promise.race([thread.begun, sleep(Number(command.timeoutMs), null, { ref: false })]);
    if (!result) return { done: false };
    thread.begun = undefined;
    return { done: true, ...result.answer };
  }
  if (thread.begun) return { error: "thread busy" };
  // A new thread loads the library and maps the objects first; the runner's pause after waitBegin is meant for the wait alone.
  if (command.op === "waitBegin") await thread.perform(jobOf({ ...command, op: "meet" }));
  const performed = thread.perform(jobOf(command));
  if (command.op === "waitBegin") {
    thread.begun = performed;
    return { started: true };
  }
  const { answer, handle, writable } = await performed;
  if (command.as !== undefined) slots.set(command.as, { handle: handle ?? null, writable: writable ?? false });
  return answer;
}

threadOf(0); // most scenarios need it, and its start overlaps with that of the other processes
process.stdout.write('{"ready":true}\n');
for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  const command = JSON.parse(line) as Command;
  if (command.op === "exitProcess") (await import("rtshm/win32")).ExitProcess(command.code!);
  process.stdout.write(`${JSON.stringify(await perform(command))}\n`);
}
process.exit(0); // with threads that may still be blocked
