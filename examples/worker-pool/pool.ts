// What the pool's processes share: a ring of jobs, a ring of results, a limit of jobs under way, the end.
import { Event, Ring, Semaphore } from "rtshm";
import { struct, u32 } from "rtshm/struct";

/** Counts the primes from `from` to before `to`. */
export const Job = struct("Job", { id: u32, from: u32, to: u32 });
export const Result = struct("Result", { id: u32, worker: u32, primes: u32 });

/** The most jobs under way: as many fit into the rings, so that nobody ever waits for room. */
const LIMIT = 16;

/** Opens all four, or makes them. */
export const openPool = () => ({
  jobs: Ring.openOrCreate("Pool.Jobs", { item: Job, capacity: LIMIT * 2 }),
  results: Ring.openOrCreate("Pool.Results", { item: Result, capacity: LIMIT * 2 }),
  limit: Semaphore.openOrCreate("Pool.Limit", { initial: LIMIT, maximum: LIMIT }),
  stop: Event.openOrCreate("Pool.Stop", { manualReset: true }),
});
