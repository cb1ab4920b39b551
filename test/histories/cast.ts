// The processes under test of one world: a namespace directory, and processes by number, which stay over many histories.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ActorProcess, type Guards } from "./actor-process.js";
import type { ActorThread } from "./actor-thread.js";
import { NO_SLICES, type Rules } from "./applies.js";

export class Cast {
  readonly #directory = mkdtempSync(join(tmpdir(), "rtshm-histories-"));
  readonly #processes = new Map<number, ActorProcess>();
  readonly #env: NodeJS.ProcessEnv;
  readonly #guards;
  #started = 0;
  #isOver = false;
  #histories = 0;

  constructor({ slices }: Rules, guards: Guards) {
    this.#guards = guards;
    const namespace = join(this.#directory, "namespace");
    mkdirSync(namespace, { mode: 0o700 });
    const { [NO_SLICES]: _, ...env } = process.env;
    this.#env = { ...env, RTSHM_DIR: namespace, ...(slices ? {} : { [NO_SLICES]: "1" }) };
  }

  /** A prefix for names that no history before had. */
  nextPrefix(): string {
    return `${String(++this.#histories)} `;
  }

  process(number: number): ActorProcess {
    let found = this.#processes.get(number);
    if (!found) {
      const socketPath = join(this.#directory, `socket ${String(++this.#started)}`);
      this.#processes.set(number, (found = new ActorProcess(socketPath, this.#env, this.#guards)));
      const started = found;
      void found.ended.then(() => {
        if (this.#processes.get(number) !== started) return;
        this.#processes.delete(number);
        if (!this.#isOver) this.process(number); // it starts before it is asked for
      });
    }
    return found;
  }

  thread(process: number, number: number): Promise<ActorThread> {
    return this.process(process).thread(number);
  }

  /** What the processes wrote to their standard error: should be nothing. */
  get said(): string {
    return [...this.#processes.values()].map(({ said }) => said).join("");
  }

  async kill(number: number): Promise<void> {
    await this.#processes.get(number)?.kill();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#processes.values()].map((process) => process.kill()));
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
