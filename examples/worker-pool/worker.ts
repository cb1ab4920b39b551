// A worker process: takes jobs, one after the other, until it is told to stop or the pool is gone.
import { waitAny } from "rtshm";
import { openPool } from "./pool.js";

const LONGEST_PAUSE_MS = 10_000;
const worker = Number(process.argv[2]);
const { jobs, results, limit, stop } = openPool();

function isPrime(n: number): boolean {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false;
  return n > 1;
}

// The ring is waited for together with the end. To wait takes no job: another worker may be faster.
while ((await waitAny([stop, jobs], { timeoutMs: LONGEST_PAUSE_MS })).index === 1) {
  const job = jobs.tryPop();
  if (job === undefined) continue;
  let primes = 0;
  for (let n = job.from; n < job.to; n++) if (isPrime(n)) primes++;
  await results.push({ id: job.id, worker, primes });
}
for (const object of [jobs, results, limit, stop]) object.close();
