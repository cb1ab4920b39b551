// Nothing but close(), `using` and the end of its thread ends an object: a garbage collector does not, and openObjects() reports
// what was forgotten.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Event, Mutex, Ring, RtError, Semaphore, SharedMemory, Snapshot, openObjects, type OpenObject } from "rtshm";
import { struct, u32 } from "rtshm/struct";

interface Report {
  readonly open: readonly OpenObject[];
  readonly warnings: readonly string[];
}

const Counter = struct("Counter", { count: u32 });
const program = fileURLToPath(new URL("./kept-program.js", import.meta.url));

async function start(t: TestContext, debug: string): Promise<[ChildProcessWithoutNullStreams, Report]> {
  const env = { ...process.env, RTSHM_DEBUG: debug };
  const child = spawn(process.execPath, ["--expose-gc", program], { env });
  t.after(() => child.kill("SIGKILL"));
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const lines = createInterface(child.stdout);
  for await (const line of lines) return [child, JSON.parse(line) as Report];
  throw new Error(Buffer.concat(errors).toString());
}

const FORGOTTEN = ["event", "semaphore", "mutex", "memory", "memory", null, "snapshot", "ring"];

test("what a program opened and forgot stays for others until the program ends, without a warning", async (t) => {
  const [child, { open, warnings }] = await start(t, "0");
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    open.map(({ name }) => name),
    FORGOTTEN,
  );
  assert.deepEqual(
    open.map(({ kind }) => kind),
    ["event", "semaphore", "mutex", "sharedMemory", "sharedMemory", "event", "snapshot", "ring"],
  );
  for (const { openedAt } of open) assert.equal(openedAt, undefined);

  {
    using event = Event.open("event");
    using semaphore = Semaphore.open("semaphore");
    using mutex = Mutex.open("mutex");
    using memory = SharedMemory.open("memory", { size: 4096 });
    using snapshot = Snapshot.open("snapshot", Counter);
    using ring = Ring.open("ring", { item: Counter });
    assert.deepEqual([event.isClosed, memory.size, semaphore.tryAcquire()], [false, 4096, true]);
    assert.equal(mutex.tryAcquire(), undefined, "its lock is held still");
    assert.throws(() => snapshot.writer(), { code: "ERROR_SHARING_VIOLATION" }, "its writer writes still");
    assert.throws(() => ring.tryPush({ count: 2 }), { code: "ERROR_SHARING_VIOLATION" }, "its producer is one still");
    assert.deepEqual(ring.tryPop(), { count: 1 });
    assert.deepEqual(snapshot.read(), { count: 1 });
  }

  child.stdin.write("\n");
  await once(child, "exit");
  assert.throws(() => Event.open("event"), RtError);
});

test("with RTSHM_DEBUG=1 each says where it was opened, without the package's own frames", async (t) => {
  const [, { open }] = await start(t, "1");
  for (const { openedAt } of open) {
    assert.match(openedAt ?? "", /^ +at forget .*kept-program\.js:\d+:\d+/);
    assert.doesNotMatch(openedAt ?? "", /\/dist\//);
  }
  assert.equal(new Set(open.map(({ openedAt }) => openedAt)).size, FORGOTTEN.length, "each its own line");
});

test("closing takes an object off the report, also when it is closed by using", () => {
  const before = openObjects().length;
  const event = Event.createUnnamed();
  {
    using mutex = Mutex.createUnnamed();
    assert.equal(openObjects().length, before + 2);
    assert.equal(mutex.isClosed, false);
  }
  assert.equal(openObjects().length, before + 1);
  event.close();
  event.close();
  assert.equal(openObjects().length, before);
});
