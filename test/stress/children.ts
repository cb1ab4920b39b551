// Starts the processes of a stress, collects what they report, and ends them all if one hangs.
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("./actor.js", import.meta.url));
const GRACE_MS = 30_000;

export type Report = Readonly<Record<string, number | string>>;

export interface Actor {
  readonly child: ChildProcess;
  readonly reports: Report[];
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts an actor of a kind; it works for so many seconds, reports and ends. */
export function startActor(kind: string, seconds: number, number: number): Actor {
  const child = fork(MAIN, [kind, String(seconds), String(number)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const reports: Report[] = [];
  running.add(child);
  child.on("message", (report) => void reports.push(report as Report));
  const watchdog = setTimeout(() => child.kill("SIGABRT"), seconds * 1000 + GRACE_MS);
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on("exit", (code, signal) => {
      clearTimeout(watchdog);
      running.delete(child);
      resolve(signal ?? code);
    });
  });
  return { child, reports, ended };
}

/** Runs so many actors of a kind to their end; fails if one does not end well. @returns the sums of what they reported */
export async function runActors(kind: string, seconds: number, count: number): Promise<Record<string, number>> {
  const actors = Array.from({ length: count }, (_, number) => startActor(kind, seconds, number));
  const endings = await Promise.all(actors.map(({ ended }) => ended));
  for (const ending of endings) if (ending !== 0) throw new Error(`an actor of "${kind}" ended with ${String(ending)}`);
  return sumOf(actors);
}

/**
 * Keeps so many actors of a kind at work for a while. Each in its turn is killed once it has reported something, and another
 * started; at the end all are killed. Fails if one ends in another way. @returns how many were killed at work
 */
export async function killInTurn(kind: string, seconds: number, count: number): Promise<number> {
  const actors = new Set<Actor>();
  let number = 0;
  let killed = 0;
  let badEnding: string | number | undefined;
  const start = (): void => {
    const actor = startActor(kind, seconds, number++);
    actors.add(actor);
    void actor.ended.then((ending) => {
      actors.delete(actor);
      if (ending !== "SIGKILL") badEnding ??= ending ?? "nothing";
    });
  };
  for (let i = 0; i < count; i++) start();
  const endMs = Date.now() + seconds * 1000;
  while (Date.now() < (killed < 3 ? endMs + 15_000 : endMs) && badEnding === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
    const victim = [...actors].find(({ reports }) => reports.length > 0);
    if (victim === undefined) continue; // nobody has done anything yet
    victim.child.kill("SIGKILL");
    actors.delete(victim);
    killed++;
    start();
  }
  for (const actor of actors) actor.child.kill("SIGKILL");
  await Promise.all([...actors].map(({ ended }) => ended));
  if (badEnding !== undefined) throw new Error(`an actor of "${kind}" was not killed, but ended with ${badEnding}`);
  return killed;
}

export function sumOf(actors: readonly Actor[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { reports } of actors)
    for (const report of reports)
      for (const [key, value] of Object.entries(report))
        if (typeof value === "number") sums[key] = (sums[key] ?? 0) + value;
  return sums;
}
