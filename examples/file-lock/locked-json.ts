// A JSON file that several processes change, each change under a lock between processes.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { Mutex } from "rtshm";

/** What a change found. */
export interface Outcome {
  /** Whether the lock's owner before had died. */
  readonly abandoned: boolean;
  /** Whether it had left the file half written: it was put back to what it was before. */
  readonly repaired: boolean;
}

export class LockedJson<Value> implements Disposable {
  readonly #path: string;
  readonly #backup: string;
  readonly #mutex: Mutex;

  /** @param path the file; everybody who gives the same path shares the lock */
  constructor(
    path: string,
    private readonly empty: Value,
  ) {
    this.#path = resolve(path);
    this.#backup = `${this.#path}.before`;
    const hash = createHash("sha256").update(this.#path).digest("hex").slice(0, 16);
    this.#mutex = Mutex.openOrCreate(`File ${basename(path)} ${hash}`);
  }

  /** Reads the file, has it changed, and writes it. Nobody else does so meanwhile. */
  async update(change: (value: Value) => void, write = writeFile): Promise<Outcome> {
    using lock = await this.#mutex.acquire();
    const repaired = lock.abandoned && (await this.#repair());
    const value = await this.#read();
    change(value);
    if (existsSync(this.#path)) await copyFile(this.#path, this.#backup);
    await write(this.#path, JSON.stringify(value));
    await rm(this.#backup, { force: true });
    return { abandoned: lock.abandoned, repaired };
  }

  // Who died may have been anywhere in update(): as long as there is a backup, the file cannot be trusted.
  async #repair(): Promise<boolean> {
    if (!existsSync(this.#backup)) return false;
    await copyFile(this.#backup, this.#path);
    return true;
  }

  async #read(): Promise<Value> {
    return existsSync(this.#path)
      ? (JSON.parse(await readFile(this.#path, "utf8")) as Value)
      : structuredClone(this.empty);
  }

  [Symbol.dispose](): void {
    this.#mutex.close();
  }
}
