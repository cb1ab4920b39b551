// Slots that somebody leaves behind: many of one dead thread, every one of a large ring.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { native } from "#native/load";
import { Ring } from "rtshm";
import { projectRoot } from "../support/project.js";
import { freshName } from "../support/sides.js";

const byte = (value: number): Uint8Array => new Uint8Array([value]);

function run(code: string, ...flags: string[]): { stdout: string; stderr: string; signal: NodeJS.Signals | null } {
  return spawnSync(
    process.execPath,
    [
      ...flags,
      "--input-type=module",
      "-e",
      `import { native } from "#native/load";
import { Ring } from "rtshm"; ${code}`,
    ],
    {
      cwd: projectRoot,
      encoding: "utf8",
    },
  );
}

test("a killed thread's last instruction is awaited once, not once for each slot that it had", () => {
  const name = freshName();
  using ring = Ring.create(name, { messageBytes: 8, capacity: 64 });
  const claimed = `Ring.open(${JSON.stringify(name)}).tryClaim(64); process.kill(process.pid, "SIGKILL");`;
  assert.equal(run(claimed).signal, "SIGKILL");
  const { threadAwaitEnd } = native;
  let questions = 0;
  native.threadAwaitEnd = (...args) => {
    questions++;
    threadAwaitEnd(...args);
  };
  try {
    assert.equal(ring.tryPop(), undefined);
  } finally {
    native.threadAwaitEnd = threadAwaitEnd;
  }
  assert.deepEqual([questions, ring.dropped], [1, 0], "a claim is no message");
  assert.equal(ring.tryPushBatch(Array.from({ length: 64 }, () => byte(1))), 64);
});

test("every slot of a large ring is claimed and given up: that is no damage", () => {
  const capacity = 1 << 20;
  using ring = Ring.createUnnamed({ messageBytes: 8, capacity });
  const claim = ring.tryClaim(capacity);
  assert.equal(claim?.length, capacity);
  claim.abandon();
  assert.equal(ring.tryPush(byte(1)), true);
  assert.deepEqual(ring.tryPop(), byte(1));
});
