// Threads and processes that end in the middle of everything, and what is left of them: nothing.
import { isLong, runChild, saidBy } from "./child.js";
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { WAIT_ABANDONED_0 } from "../support/api.js";
import { gives, handleOf } from "../support/expect.js";
import { win32Side } from "../support/sides.js";

const { rt } = win32Side;

test("each of 4096 mutexes that a killed process owned is abandoned for the next, once", async () => {
  const n = 4096;
  const shell = "ulimit -n $(ulimit -Hn)";
  const said = await saidBy(
    `import { spawn } from "node:child_process";
const mutexes = Array.from({ length: ${n} }, (_, i) => rt.RtCreateMutex(null, false, "owned " + i));
say(mutexes.includes(null));
const take = 'import * as rt from "rtshm/win32"; let bad = 0; for (let i = 0; i < ${n}; i++) if (rt.RtWaitForSingleObject(rt.RtOpenMutex(0, false, "owned " + i), 0) !== 0) bad++; console.log(bad); setInterval(() => 0, 1000);';
const owner = spawn(process.execPath, ["--input-type=module", "-e", take], { stdio: ["ignore", "pipe", "inherit"] });
say(Number(await new Promise((resolve) => owner.stdout.once("data", resolve))));
const all = (expected, call) => mutexes.filter((h) => call(h) !== expected).length;
say(all(258, (h) => rt.RtWaitForSingleObject(h, 0)));
owner.kill("SIGKILL");
await new Promise((resolve) => owner.once("exit", resolve));
say([all(0x80, (h) => rt.RtWaitForSingleObject(h, 0)), all(true, rt.RtReleaseMutex), all(0, (h) => rt.RtWaitForSingleObject(h, 0)), all(true, rt.RtReleaseMutex), all(true, rt.RtCloseHandle)]);`,
    { shell },
  );
  assert.deepEqual(said, [false, 0, 0, [0, 0, 0, 0, 0]]);
});

test("every operation on a closed handle answers 6, of whichever type it was", async () => {
  const said = await saidBy(`
for (const kind of Object.keys(makers)) {
  const h = makers[kind]("closed " + kind); const other = makers.event(null); rt.RtCloseHandle(h);
  const bools = [() => rt.RtSetEvent(h), () => rt.RtResetEvent(h), () => rt.RtPulseEvent(h), () => rt.RtReleaseMutex(h), () => rt.RtReleaseSemaphore(h, 1, null), () => rt.RtCloseHandle(h), () => rt.RtMapViewOfSharedMemory(h, 2, 0, 0, 0)];
  const waits = [() => rt.RtWaitForSingleObject(h, 0), () => rt.RtWaitForSingleObject(h, 0xffffffff), () => rt.RtWaitForSingleObjectEx(h, { value: 0n }), () => rt.RtWaitForMultipleObjects(2, [other, h], false, 0), () => rt.RtWaitForMultipleObjects(2, [h, other], true, 50)];
  say([bools.map(did).every(([v, e]) => !v && e === 6), waits.map(did).every(([v, e]) => v === 0xffffffff && e === 6), (await rt.RtWaitForSingleObjectAsync(h, 0)).lastError, (await rt.RtWaitForMultipleObjectsAsync(2, [other, h], false, 10)).lastError, rt.describe(h)]);
}`);
  assert.deepEqual(
    said,
    Array.from({ length: 4 }, () => [true, true, 6, 6, null]),
  );
});

const BUSY = `
const names = Object.keys(makers);
const m = rt.RtCreateMutex(null, false, "busy mutex"), e = rt.RtCreateEvent(null, false, false, "busy event"), s = rt.RtCreateSemaphore(null, 0, 9, "busy semaphore");
if (![0, 0x80].includes(rt.RtWaitForSingleObject(m, 5000))) process.exit(77);
const where = location(); rt.RtCreateSharedMemory(4, 0, 1 << 16, "busy memory", where);
for (let i = 0; i < 20; i++) { rt.RtWaitForSingleObjectAsync(e, 0xffffffff); rt.RtWaitForMultipleObjectsAsync(2, [e, s], true, 5000); }
const worker = new Worker('const w = require("node:worker_threads"); import("rtshm/win32").then((rt) => { w.parentPort.postMessage(1); rt.RtWaitForSingleObject(' + s + ', 0xffffffff); });', { eval: true, execArgv: [] });
await new Promise((resolve) => worker.once("message", resolve));
`;

test("process.exit, an uncaught error and SIGTERM in the middle of everything end the process as they always do", async () => {
  const holder = handleOf(rt.RtCreateMutex(null, false, "busy mutex"));
  for (const [how, code, signal] of [
    ["process.exit(5)", 5, null],
    ["rt.RtExitProcess(6)", 6, null],
    ["process.on('exit', () => { rt.RtSetEvent(e); rt.RtReleaseSemaphore(s, 1, null); }); process.exit(9)", 9, null],
    ["setTimeout(() => { throw new Error('meant'); }); await new Promise(() => 0)", 1, null],
    ["process.kill(process.pid, 'SIGTERM'); await new Promise(() => 0)", null, "SIGTERM"],
    ["process.abort()", null, "SIGABRT"],
  ] as const) {
    const ending = await runChild(`${BUSY}${how};`, { limitMs: 20_000, shell: "ulimit -c 0" });
    assert.deepEqual([ending.code, ending.signal], [code, signal], `${how}: ${ending.stderr}`);
    assert.equal(rt.RtWaitForSingleObject(holder, 1000), WAIT_ABANDONED_0, how);
    assert.equal(rt.RtReleaseMutex(holder), true);
    for (const name of ["busy event", "busy semaphore", "busy memory"])
      assert.deepEqual([rt.RtOpenEvent(0, false, name), rt.GetLastError()], [null, 2], how);
  }
  assert.equal(rt.RtCloseHandle(holder), true);
});

// What a worker does before it is terminated: owns a mutex, and waits in one way or another.
const WORKER = `const { parentPort, workerData: [m, e, free, how] } = require("node:worker_threads");
import("rtshm/win32").then((rt) => {
  rt.RtWaitForSingleObject(m, 0xffffffff);
  const wait = how === 2 ? rt.RtWaitForMultipleObjectsAsync(2, [e, free], true, 0xffffffff) : how === 1 ? rt.RtWaitForSingleObjectAsync(e, 0xffffffff) : undefined;
  parentPort.postMessage(1);
  if (how === 0) rt.RtWaitForSingleObject(e, 0xffffffff);
  if (how === 3) rt.RtWaitForMultipleObjects(2, [e, free], true, 0xffffffff);
});`;

test("a worker terminated while it owns and waits leaves an abandoned mutex, no place in a queue and no resources", async () => {
  const rounds = isLong ? 1000 : 60;
  const said = await saidBy(
    `const m = rt.RtCreateMutex(null, false, null), e = rt.RtCreateEvent(null, false, false, null), free = rt.RtCreateEvent(null, true, false, null);
async function round(i) {
  const worker = new Worker(${JSON.stringify(WORKER)}, { eval: true, execArgv: [], workerData: [m, e, free, i % 4] });
  await new Promise((resolve, reject) => { worker.once("message", resolve); worker.once("error", reject); });
  if (rt.RtWaitForSingleObject(m, 0) !== 258) throw new Error("the worker does not own it");
  await worker.terminate();
  if (rt.RtWaitForSingleObject(m, 10000) !== 0x80) throw new Error("not abandoned in round " + i);
  rt.RtReleaseMutex(m);
  // the dead do not take signals: the event goes to the living
  rt.RtSetEvent(e);
  if (rt.RtWaitForSingleObject(e, 0) !== 0) throw new Error("a dead worker took the signal of round " + i);
}
for (let i = 0; i < 8; i++) await round(i);
const before = [fds(), threads()];
for (let i = 0; i < ${rounds}; i++) await round(i);
for (let i = 0; i < 50 && threads() > before[1]; i++) await new Promise((resolve) => setTimeout(resolve, 20));
say([fds() - before[0], Math.max(0, threads() - before[1])]);
process.exit(0);`,
    { limitMs: 100_000 },
  );
  assert.deepEqual(said, [[0, 0]]);
});

test("a hundred workers that use everything and end leave no thread, descriptor or memory behind", async () => {
  const [growth] = (await saidBy(
    `
const rss = () => { globalThis.gc(); return process.memoryUsage().rss / 2 ** 20; };
const code = \`import("rtshm/win32").then((rt) => { const hs = [rt.RtCreateEvent(null, true, true, "w"), rt.RtCreateMutex(null, true, "m" + \${Math.random()}), rt.RtCreateSharedMemory(4, 0, 1 << 20, "mem", { value: null })]; rt.RtWaitForSingleObject(hs[0], 5); rt.RtWaitForSingleObjectAsync(hs[0], 5); for (const h of hs) rt.RtCloseHandle(h); })\`;
const keep = makers.event("keep");
const round = () => new Promise((resolve, reject) => new Worker(code, { eval: true }).once("exit", resolve).once("error", reject));
for (let i = 0; i < 3; i++) await Promise.all([round(), round(), round(), round()]);
const before = [fds(), threads(), rss()];
for (let i = 0; i < ${isLong ? 100 : 25}; i++) await Promise.all([round(), round(), round(), round()]);
for (let i = 0; i < 50 && threads() > before[1]; i++) await new Promise((resolve) => setTimeout(resolve, 20));
say({ fds: fds() - before[0], threads: Math.max(0, threads() - before[1]), rss: rss() - before[2] });`,
    { nodeFlags: ["--expose-gc"], limitMs: 60_000 },
  )) as [{ fds: number; threads: number; rss: number }];
  assert.deepEqual([growth.fds, growth.threads], [0, 0]);
  assert.ok(growth.rss < 64, `${growth.rss} MiB more`);
});

test("objects in the thousands made by ten processes at once are all there, and gone with them", async (t) => {
  const each = isLong ? 10_000 : 1_000;
  const code = `const kinds = Object.keys(makers); let bad = 0;
for (let i = 0; i < ${each}; i++) if (makers[kinds[i % 4]]("p" + process.pid + "/" + i) === null) bad++;
for (let i = 0; i < ${each}; i += 7) { const h = openers[kinds[i % 4]]("p" + process.pid + "/" + i); if (h === null) bad++; else rt.RtCloseHandle(h); }
say([bad, process.pid]);`;
  const endings = await Promise.all(
    Array.from({ length: 10 }, () => saidBy(code, { shell: "ulimit -n $(ulimit -Hn)", limitMs: 90_000 })),
  );
  for (const [[bad, pid]] of endings as [[number, number]][]) {
    assert.equal(bad, 0);
    for (const i of [0, 4, each - 4])
      assert.equal(rt.RtOpenSharedMemory(2, false, `p${pid}/${i}`, { value: null }), null);
  }
  t.diagnostic(`${10 * each} objects`);
});

test("a store through a read-only view is reported as EXCEPTION_ACCESS_VIOLATION, and the object stays as it was", async (t) => {
  const out = { value: null as ArrayBuffer | null };
  const memory = gives(rt, 0, () => rt.RtCreateSharedMemory(4, 0, 5000, "looked at", out));
  new Uint8Array(out.value!)[4500] = 42;
  const reader = await win32Side.process(t);
  await reader.call("keepFaults");
  await reader.handle("RtOpenSharedMemory", 1, false, "looked at", { location: "view" });
  assert.equal(await reader.value("read", "view", 4500), 42);
  await reader.value("write", "view", 4500, 99);
  for (let i = 0; i < 200 && (await reader.value("faults")) === ""; i++) await reader.value("turn");
  assert.equal(await reader.value("faults"), "EXCEPTION_ACCESS_VIOLATION");
  assert.equal(new Uint8Array(out.value!)[4500], 42);
  assert.equal(await reader.value("read", "view", 4500), 42, "the view shows the object again");
  new Uint8Array(out.value!)[4500] = 43;
  assert.equal(await reader.value("read", "view", 4500), 43);
  assert.equal(rt.RtCloseHandle(memory), true);
});

test("links that a killed process left under names of its own go when another process begins to use the namespace", async () => {
  const RTSHM_DIR = mkdtempSync(join(tmpdir(), "rtshm-test-")); // in a namespace with more links only some are looked at
  const env = { RTSHM_DIR };
  const killed = await runChild(
    `
    for (const [kind, make] of Object.entries(makers)) make("left " + kind + process.pid);
    process.kill(process.pid, "SIGKILL");`,
    { env },
  );
  assert.equal(killed.signal, "SIGKILL");
  const links = () => readdirSync(RTSHM_DIR).filter((name) => name.startsWith("left"));
  assert.equal(links().length, 4, "nobody was there to remove them");
  const next = await runChild(`makers.event("another");`, { env });
  assert.equal(next.code, 0, next.stderr);
  assert.deepEqual(links(), []);
  rmSync(RTSHM_DIR, { recursive: true });
});
