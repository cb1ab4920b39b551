// One side of the demo as a process of its own: start it, hear what it prints, see it end.
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PATIENCE_MS = 15_000;

export class Side {
  /** The exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #onLine = (): void => {};

  /** `capture` keeps what it prints until asked for; otherwise it prints on the demo's own terminal. */
  constructor(script: string, options: { capture: boolean; args?: readonly string[] }) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.#child = spawn(process.execPath, [path, ...(options.args ?? [])], {
      stdio: ["ignore", options.capture ? "pipe" : "inherit", "inherit"],
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => resolve(code ?? signal ?? -1));
    });
    if (this.#child.stdout === null) return;
    createInterface(this.#child.stdout).on("line", (line) => {
      this.#lines.push(line);
      this.#onLine();
    });
  }

  /** Passes its lines on to our own output up to the first that matches; false if it ends, or is silent, before. */
  async says(pattern: RegExp): Promise<boolean> {
    const heard = new Promise<boolean>((resolve) => {
      this.#onLine = () => {
        for (let line; (line = this.#lines.shift()) !== undefined;) {
          console.log(line);
          if (!pattern.test(line)) continue;
          this.#onLine = () => {};
          resolve(true);
          return;
        }
      };
    });
    this.#onLine();
    return (await within(PATIENCE_MS, Promise.race([heard, this.ended.then(() => false)]))) ?? false;
  }

  /** Waits for its end and passes on what it still had to say; a side that does not end is killed. */
  async ends(): Promise<number | NodeJS.Signals> {
    if ((await within(PATIENCE_MS, this.ended)) === undefined) this.kill();
    const how = await this.ended;
    for (const line of this.#lines.splice(0)) console.log(line);
    return how;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

async function within<T>(patienceMs: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, patienceMs, undefined)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
