// One process of a stress: node actor.js KIND SECONDS NUMBER. Threads of it are the same file with workerData.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { readSnapshot, writeSnapshot } from "./snapshot-work.js";
import { count, countUnderKills, juggle, storm } from "./work.js";

const THREADS = 3;

interface Assignment {
  readonly kind: string;
  readonly seconds: number;
  readonly number: number;
}

const works: Record<string, (seconds: number, number: number) => Promise<Record<string, number>>> = {
  count,
  storm,
  juggle,
  countUnderKills,
  readSnapshot,
  writeSnapshot,
};

/** How many threads each process of a kind has, if not one. */
const threadsOf: Readonly<Record<string, number>> = { count: THREADS, readSnapshot: 2 };

async function work({ kind, seconds, number }: Assignment): Promise<Record<string, number>> {
  const chosen = works[kind];
  if (chosen === undefined) throw new Error(`no work ${kind}`);
  return chosen(seconds, number);
}

async function lead(assignment: Assignment): Promise<void> {
  const threads = (threadsOf[assignment.kind] ?? 1) - 1;
  const workers = Array.from({ length: threads }, (_, i) => {
    const data = { ...assignment, number: assignment.number * THREADS + i + 1 };
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: data });
    return new Promise<object>((resolve, reject) => {
      worker.once("message", (report: object) => resolve(report));
      worker.once("error", reject);
    });
  });
  const own = await work({ ...assignment, number: assignment.number * THREADS });
  for (const report of [own, ...(await Promise.all(workers))]) process.send?.(report);
  process.disconnect();
}

if (isMainThread) {
  const [, , kind = "", seconds = "1", number = "0"] = process.argv;
  await lead({ kind, seconds: Number(seconds), number: Number(number) });
} else parentPort?.postMessage(await work(workerData as Assignment));
