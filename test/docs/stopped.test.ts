// What ARCHITECTURE.md says of a process that is stopped inside one of the two locks. Each bound is ten seconds, so this takes twenty.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test, type TestContext } from "node:test";
import * as rt from "rtshm/win32";
import { projectRoot } from "../support/project.js";
import { untilStopped } from "../support/stopped.js";
import { guard, unguard } from "../support/watchdog.js";

const BOUND_MS = 10_000;

interface Stopped {
  /** Lets the process go on, and gives what it printed. */
  readonly goOn: () => Promise<string>;
}

/** Runs statements in a process until it has stopped itself at a step. */
async function stoppedAt(t: TestContext, step: string, code: string): Promise<Stopped> {
  const script = `import * as rt from "rtshm/win32"; ${code}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: projectRoot,
    env: { ...process.env, RTSHM_STEP: `${step}:stop` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = child.pid!;
  guard(pid);
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = new Promise<string>((resolve) =>
    child.once("close", () => {
      unguard(pid);
      resolve(output);
    }),
  );
  await untilStopped(pid, () => assert.equal(child.exitCode, null, `it ended before ${step}: ${output}`));
  return {
    goOn: () => {
      child.kill("SIGCONT");
      return ended;
    },
  };
}

test("stopped inside the dispatcher lock: what is not contended goes on, what is fails with ERROR_BUSY", async (t) => {
  const mutex = rt.RtCreateMutex(null, true, "contended")!;
  const other = rt.RtCreateMutex(null, false, "not contended")!;
  const event = rt.RtCreateEvent(null, false, false, "event")!;
  const stopped = await stoppedAt(
    t,
    "wait.enqueued",
    `console.log(rt.RtWaitForSingleObject(rt.RtOpenMutex(0, false, "contended"), rt.INFINITE))`,
  );

  assert.equal(rt.RtWaitForSingleObject(other, 0), rt.WAIT_OBJECT_0);
  assert.equal(rt.RtReleaseMutex(other), true);
  assert.equal(rt.RtSetEvent(event), true);
  assert.equal(rt.RtWaitForSingleObject(event, 0), rt.WAIT_OBJECT_0);
  assert.equal(rt.RtWaitForSingleObject(event, 100), rt.WAIT_TIMEOUT);

  const before = performance.now();
  assert.deepEqual([rt.RtReleaseMutex(mutex), rt.GetLastError()], [false, rt.ERROR_BUSY]);
  assert.ok(performance.now() - before >= BOUND_MS - 1);

  const output = stopped.goOn();
  assert.equal(rt.RtReleaseMutex(mutex), true, "the mutex is still ours");
  assert.equal(await output, "0\n");
});

test("stopped inside the namespace lock: creates fail with ERROR_BUSY, waits go on", async (t) => {
  const event = rt.RtCreateEvent(null, true, true, "held")!;
  const stopped = await stoppedAt(t, "registry.found", `console.log(rt.RtOpenEvent(0, false, "held") !== null)`);

  assert.equal(rt.RtWaitForSingleObject(event, 0), rt.WAIT_OBJECT_0);
  const before = performance.now();
  assert.deepEqual([rt.RtCreateEvent(null, true, true, "new"), rt.GetLastError()], [null, rt.ERROR_BUSY]);
  assert.ok(performance.now() - before >= BOUND_MS - 1);

  assert.equal(await stopped.goOn(), "true\n");
  assert.notEqual(rt.RtCreateEvent(null, true, true, "new"), null);
});
