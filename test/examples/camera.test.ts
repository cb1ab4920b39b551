// The camera example: every frame that is looked at is whole, the slow viewer misses frames, nothing is left.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Event } from "rtshm";
import { numbersIn, runExample } from "./run-example.js";

test("three viewers see whole frames; the slow one sees fewer and holds nobody up", async (t) => {
  const output = await runExample(t, "camera", ["--seconds", "1.5", "--fps", "30", "--slow-ms", "200"]);
  const [frames, seconds = 0] = numbersIn(output, /^camera: +(\d+) frames in ([\d.]+) s/m);
  assert.equal(frames, 45);
  for (const viewer of [1, 2, 3]) {
    const line = new RegExp(`^viewer ${viewer}: (\\d+) frames seen, (\\d+) missed, \\d+ late, (\\d+) wrong`, "m");
    const [seen = 0, missed = 0, wrong] = numbersIn(output, line);
    assert.ok(seen > 0 && seen + missed <= 45, output);
    assert.equal(wrong, 0, output);
    if (viewer === 3) assert.ok(seen <= (seconds + 0.1) / 0.2 + 1, `it needs 200 ms a frame:\n${output}`);
  }
});

test("a second camera is refused", async (t) => {
  const held = Event.create("Camera.Stop");
  t.after(() => held.close());
  const output = await runExample(t, "camera", [], { code: 1, left: ["Camera.Stop~0"] });
  assert.equal(output, "camera:   another camera is running\n");
});
