// Random histories of waits, signals, closes and deaths end as the model of Win32 says. A failure prints the seed and a short
// script: `node build/test/histories/run.js --replay FILE` plays it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { guard, unguard } from "../support/watchdog.js";
import { campaign } from "./campaign.js";

const isLong = process.env["RTSHM_LONG"] === "1";
const ROUNDS = isLong ? 600 : 40;
/** The long form has others each time, and says which. */
const FIRST_SEED = isLong ? Date.now() % 1_000_000_000 : 1;

test("random histories agree with the model of Win32", async (t) => {
  t.diagnostic(`${String(ROUNDS)} histories from seed ${String(FIRST_SEED)}`);
  const seeds = Array.from({ length: ROUNDS }, (_, i) => FIRST_SEED + i);
  const [failuresMax, shrinkMs] = isLong ? [10, 60_000] : [1, 30_000];
  const reports: string[] = [];
  await campaign({ seeds, lanes: 3, guards: { guard, unguard }, failuresMax, shrinkMs }, (report) => {
    reports.push(report);
    t.diagnostic(report);
  });
  if (reports.length > 0) assert.fail(reports.join("\n\n"));
});
