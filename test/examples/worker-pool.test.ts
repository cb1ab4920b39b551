// The worker pool example: all jobs are done though a worker is killed, each counts once, nothing is left.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { numbersIn, runExample } from "./run-example.js";

test("every job is done once, though a worker is killed in the middle", async (t) => {
  const output = await runExample(t, "worker-pool", ["--jobs", "100"]);
  const [primes] = numbersIn(output, /(\d+) primes below 500000$/m);
  assert.equal(primes, 41_538, output);
  const done = [...output.matchAll(/^worker \d: (\d+) jobs/gm)].map(([, count]) => Number(count));
  assert.equal(
    done.reduce((sum, count) => sum + count, 0),
    100,
    output,
  );
  assert.match(output, /^worker 1: \d+ jobs, then killed$/m);
});
