// A process under test: started, its threads met as they come, ended.
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { untilStopped } from "../support/stopped.js";
import { greet, within, type ActorThread } from "./actor-thread.js";

const MAIN = fileURLToPath(new URL("./actor.js", import.meta.url));
/** Node waits for ever at its end when a thread that compiles waits for a collection then: nodejs/node issue 54918, still open. */
const COMPILE_IN_TURN = ["--no-concurrent-recompilation", "--no-concurrent-sparkplug"];
/** Starting is not under test. */
const START_MS = 60_000;

/** Told of each process, so that none is left behind. */
export interface Guards {
  readonly guard: (pid: number) => void;
  readonly unguard: (pid: number) => void;
}

export class ActorProcess {
  readonly pid: number;
  /** Resolves when the system has no process of this id any more, nor any of its threads. */
  readonly ended: Promise<void>;
  wasStopped = false;
  readonly threads = new Map<number, ActorThread>();
  readonly #child;
  readonly #server: Server;
  readonly #met = new Map<number, (thread: ActorThread) => void>();
  #said = "";

  constructor(socketPath: string, env: NodeJS.ProcessEnv, guards: Guards) {
    this.#server = createServer((socket) => {
      greet(
        socket,
        () => this.pid,
        ({ thread: number }, thread) => {
          this.threads.set(number, thread);
          void thread.closed.then(() => {
            if (this.threads.get(number) === thread) this.threads.delete(number);
          });
          this.#met.get(number)?.(thread);
        },
      );
    });
    this.#server.listen(socketPath);
    this.#child = spawn(process.execPath, [...COMPILE_IN_TURN, MAIN, socketPath], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.pid = this.#child.pid ?? -1;
    guards.guard(this.pid);
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    this.ended = new Promise((resolve) => {
      this.#child.once("close", () => {
        guards.unguard(this.pid);
        this.#server.close();
        resolve();
      });
    });
  }

  /** What it wrote to its standard error. */
  get said(): string {
    return this.#said;
  }

  async #meet(number: number): Promise<ActorThread> {
    const found = this.threads.get(number);
    if (found) return found;
    const met = new Promise<ActorThread>((resolve) => this.#met.set(number, resolve));
    const over = this.ended.then((): never => {
      throw new Error(`process ${String(this.pid)} ended at its start: ${this.#said}`);
    });
    return within(Promise.race([met, over]), START_MS, `start of thread ${String(number)}`);
  }

  /** The thread; a worker is started if it is not there, for which the main thread must not be blocked. */
  async thread(number: number): Promise<ActorThread> {
    const main = await this.#meet(0);
    if (number === 0) return main;
    const found = this.threads.get(number);
    if (found) return found;
    main.order({ start: number });
    return this.#meet(number);
  }

  /** Ends a worker from outside; resolves when it is gone. */
  async terminate(number: number): Promise<void> {
    const thread = this.threads.get(number);
    const main = await this.#meet(0);
    main.order({ terminate: number });
    await thread?.gone();
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  /** Stops all its threads; resolves when they are. */
  async stop(): Promise<void> {
    this.wasStopped = true;
    this.#child.kill("SIGSTOP");
    await untilStopped(this.pid);
  }

  continue(): void {
    this.#child.kill("SIGCONT");
  }
}
