// Starts processes and worker threads that use a snapshot as a test tells them, and ends them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { RtError } from "rtshm";
import { f64, struct, u32 } from "rtshm/struct";
import type { Answer, Command } from "./snapshot-peer-main.js";

/** What the peers' snapshots are of. */
export const Sensor = struct("Sensor", { x: f64, y: f64, count: u32 });

/** The value that tells its number. */
export const value = (n: number) => ({ x: n, y: -n, count: n });

/** For `assert.throws` and `assert.rejects`. */
export const failsWith =
  (code: string, message = /./) =>
  (error: unknown): boolean =>
    error instanceof RtError && error.code === code && message.test(error.message);

const MAIN = new URL("./snapshot-peer-main.js", import.meta.url);

/** Another user of the snapshot. Commands are begun in the order in which they are given. */
export class Peer {
  readonly #answers = new Map<number, (text: string) => void>();
  #last = 0;

  constructor(
    readonly pid: number,
    private readonly send: (command: Command) => void,
    private readonly end: () => unknown,
    private readonly ended: Promise<unknown>,
  ) {}

  /** To be called with each answer. */
  receive({ id, text }: Answer): void {
    this.#answers.get(id)?.(text);
  }

  /** Resolves when it has opened the snapshot. */
  ready(): Promise<string> {
    return new Promise((resolve) => this.#answers.set(0, resolve));
  }

  #ask(op: Command["op"], argument = 0): Promise<string> {
    const id = ++this.#last;
    const answer = new Promise<string>((resolve) => this.#answers.set(id, resolve));
    this.send({ id, op, argument });
    return answer;
  }

  /** Writes a value made of a number. @returns its version, or code and text of the error */
  write(n: number): Promise<string> {
    return this.#ask("write", n);
  }

  /** Waits. @returns the version */
  changed(since: number): Promise<string> {
    return this.#ask("changed", since);
  }

  /** Closes the handle. */
  close(): Promise<string> {
    return this.#ask("close");
  }

  /** Resolves when everything it was told before has begun. */
  hasBegun(): Promise<string> {
    return this.#ask("ping");
  }

  /** Resolves when the process is stopped. */
  async stopped(): Promise<void> {
    while (!/^\d+ \(.*\) T/.test(readFileSync(`/proc/${this.pid}/stat`, "utf8"))) await sleep(2);
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Has it end by itself, with everything open. */
  async exit(): Promise<void> {
    void this.#ask("exit");
    await this.ended;
  }

  /** Ends it by force. */
  async kill(): Promise<void> {
    this.end();
    await this.ended;
  }
}

/** Starts a process that is gone when the test ends. */
export async function startPeer(t: TestContext, name: string, env: NodeJS.ProcessEnv = {}): Promise<Peer> {
  const child = spawn(process.execPath, [fileURLToPath(MAIN), name], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  child.stdin.on("error", () => undefined); // it may have been killed
  const send = (command: Command): unknown => child.stdin.write(`${JSON.stringify(command)}\n`);
  const peer = new Peer(child.pid ?? -1, send, () => child.kill("SIGKILL"), ended);
  t.after(() => peer.kill());
  const ready = peer.ready();
  createInterface({ input: child.stdout }).on("line", (line) => peer.receive(JSON.parse(line) as Answer));
  await ready;
  return peer;
}

/** Starts a worker thread that is gone when the test ends. */
export async function startWorkerPeer(t: TestContext, name: string): Promise<Peer> {
  const worker = new Worker(MAIN, { workerData: name });
  const ended = once(worker, "exit");
  const peer = new Peer(
    process.pid,
    (command) => worker.postMessage(command),
    () => worker.terminate(),
    ended,
  );
  t.after(() => peer.kill());
  const ready = peer.ready();
  worker.on("message", (answer: Answer) => peer.receive(answer));
  await ready;
  return peer;
}
