// Objects that are forgotten instead of closed: the garbage collector closes them with a warning, and closes nothing that is in use.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

interface Step {
  readonly step: string;
  /** Whether each name is still held. */
  readonly left: boolean[];
  readonly warnings: string[];
}

test("what is forgotten is closed with a warning; what is closed, viewed, awaited or locked is not", () => {
  const program = fileURLToPath(new URL("./forgotten-program.js", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", program], { encoding: "utf8" });
  const lines = stdout.trim().split("\n");
  assert.equal(lines.pop(), "7", stderr);
  const [forgotten, closed, viewed, awaited, locked] = lines.map((line) => JSON.parse(line) as Step);
  assert.deepEqual(forgotten?.left, [false, false, false, false, false, false]);
  assert.equal(forgotten.warnings.length, 8);
  for (const warning of forgotten.warnings) assert.match(warning, /^RTSHM_NOT_CLOSED .*without close\(\).*using/);
  assert.match(forgotten.warnings.join("\n"), /The semaphore "semaphore"[^]*The sharedMemory "memory"/);
  assert.deepEqual([closed?.left, closed?.warnings], [[false], []]);
  assert.deepEqual([viewed?.left, viewed?.warnings], [[true, true], []]);
  assert.deepEqual([awaited?.left, awaited?.warnings], [[true, true, true, true, true], []]);
  assert.deepEqual(locked?.left, [true]);
  assert.match(
    locked.warnings.find((warning) => warning.includes('"locked"')) ?? "",
    /stays locked until this thread ends/,
  );
});
