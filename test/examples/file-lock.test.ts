// The file lock example: no change is lost, and the death of an owner is told once and put right.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { runExample } from "./run-example.js";

test("three processes change one file, one dies in the middle of a write, and no change is lost", async (t) => {
  const output = await runExample(t, "file-lock", ["--changes", "40"]);
  assert.match(output, /^editor 2: dies with the lock in its hands and half a file written$/m);
  assert.match(output, /^editor 2: made 20 changes, the file has 20$/m);
  for (const editor of [1, 3])
    assert.match(output, new RegExp(`^editor ${editor}: made 40 changes, the file has 40`, "m"));
  assert.match(output, /^no change was lost$/m);
});
