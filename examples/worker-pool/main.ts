// node build/examples/worker-pool/main.js [--jobs N] [--workers N]
// Jobs and results go through rings; a semaphore limits the jobs under way. One worker is killed in the middle: the job that it had
// in its hands is given out again, and the others go on.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { openPool } from "./pool.js";

const { values } = parseArgs({
  options: { jobs: { type: "string", default: "200" }, workers: { type: "string", default: "4" } },
});
const [jobCount, workerCount] = [Number(values.jobs), Number(values.workers)];
const NUMBERS_A_JOB = 5000;
const VICTIM = 1;

const { jobs, results, limit, stop } = openPool();
const underWay = new Map<number, { id: number; from: number; to: number }>();
const done = Array.from({ length: workerCount }, () => 0);
let primes = 0;
let again = 0;

async function submit(): Promise<void> {
  for (let id = 0; id < jobCount; id++) {
    await limit.acquire(); // a unit for each job, which its result gives back
    const job = { id, from: id * NUMBERS_A_JOB, to: (id + 1) * NUMBERS_A_JOB };
    underWay.set(id, job);
    await jobs.push(job);
  }
}

async function collect(workers: readonly ChildProcess[]): Promise<void> {
  for (let count = 0; count < jobCount;) {
    const result = await results.pop();
    if (!underWay.delete(result.id)) continue; // given out again, and done twice
    limit.release();
    primes += result.primes;
    done[result.worker]!++;
    if (++count === Math.ceil(jobCount / 3)) workers[VICTIM]!.kill("SIGKILL");
  }
}

/** A job in the hands of the dead comes back from nobody. We cannot know which it was, so all under way are given out again. */
async function giveOutAgain(): Promise<void> {
  for (const job of underWay.values()) {
    again++;
    await jobs.push(job);
  }
}

const workers = Array.from({ length: workerCount }, (_, i) =>
  fork(new URL("./worker.js", import.meta.url), [String(i)]),
);
const ended = workers.map((worker) => once(worker, "exit"));
const afterDeath = ended[VICTIM]!.then(giveOutAgain);
await Promise.all([submit(), collect(workers), afterDeath]);
stop.set();
await Promise.all(ended);

for (const [i, count] of done.entries())
  console.log(`worker ${i}: ${count} jobs${i === VICTIM ? ", then killed" : ""}`);
console.log(`${again} jobs given out again; ${primes} primes below ${jobCount * NUMBERS_A_JOB}`);
for (const object of [jobs, results, limit, stop]) object.close();
