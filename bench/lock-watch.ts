// Lets a program in C watch a lock word from the second core while something works on the first, and returns the holds
// that it saw.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { cProgram } from "./c-programs.js";

/** Holds in their order, nanoseconds each. */
export interface Holds {
  /** The watcher's own absences left out. */
  readonly ns: readonly number[];
  /** The part of each in which its holder was kept from its core. */
  readonly preempted: readonly number[];
  /** How long the watcher was kept from its core, out of `watchedNs`. */
  readonly awayNs: number;
  readonly watchedNs: number;
}

/** A program in C, line by line. */
export interface Talking {
  readonly process: ChildProcess;
  /** The next line that it prints. Throws when it ends before. */
  line(): Promise<string>;
}

export function startC(program: string, ...args: (string | number)[]): Talking {
  const child = spawn(cProgram(program), args.map(String), { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    async line() {
      const next = await lines.next();
      if (next.done === true) throw new Error(`${program}: ended without an answer`);
      return next.value;
    },
  };
}

/**
 * Watches word `word` of `file` until threads of process `pid` have held it `most` times or `work` is over.
 * @param work begins when the watcher watches
 */
export async function watchHolds(
  file: string,
  word: number,
  pid: number,
  most: number,
  work: () => Promise<unknown>,
): Promise<Holds> {
  const watcher = startC("lock-holds", "watch", file, word, pid, most);
  const exited = once(watcher.process, "exit");
  await watcher.line();
  await work();
  watcher.process.kill("SIGTERM");
  const holds = JSON.parse(await watcher.line()) as Holds;
  await exited;
  return holds;
}
