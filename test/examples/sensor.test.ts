// The sensor example: both rates are kept about, no value is torn, nothing is left.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { numbersIn, runExample } from "./run-example.js";

test("a reader gets the newest whole value while another process writes", async (t) => {
  const output = await runExample(t, "sensor", ["--seconds", "1"]);
  const [samples = 0] = numbersIn(output, /^writer: (\d+) samples/m);
  const [reads = 0, news = 0, torn, version = 0, versions] = numbersIn(
    output,
    /^reader: (\d+) reads, (\d+) found news, (\d+) torn, .* version (\d+) of (\d+)/m,
  );
  assert.equal(torn, 0);
  assert.equal(versions, samples);
  assert.ok(news > 0 && news <= reads && version <= samples && samples > 100, output);
});
