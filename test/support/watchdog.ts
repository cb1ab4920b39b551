// Ends a test file that hangs, even one whose main thread is blocked in a wait, together with the processes it started.
import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";

const LIMIT_MS = Number(process.env["RTSHM_TEST_LIMIT_MS"] ?? 290_000);

const watcher = new Worker(
  `const { parentPort, workerData } = require("node:worker_threads");
   const { writeSync } = require("node:fs");
   const pids = new Set();
   parentPort.on("message", ({ add, remove }) => { if (add) pids.add(add); if (remove) pids.delete(remove); });
   setTimeout(() => {
     writeSync(2, "watchdog: no end after " + workerData + " ms: " + process.argv[1] + "\\n");
     for (const pid of pids) { try { process.kill(pid, "SIGKILL"); } catch {} }
     process.kill(process.pid, "SIGKILL");
   }, workerData);`,
  { eval: true, workerData: LIMIT_MS },
);
watcher.unref();
watcher.on("error", (error) => writeSync(2, `watchdog: ${String(error)}\n`));

const running = new Set<number>();

/** Has the process killed if this test file hangs, or ends without it. */
export function guard(pid: number): void {
  running.add(pid);
  watcher.postMessage({ add: pid });
}

/** The process is known to have ended: its id may belong to another one from now on. */
export function unguard(pid: number): void {
  running.delete(pid);
  watcher.postMessage({ remove: pid });
}

process.on("exit", () => {
  for (const pid of running) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended meanwhile
    }
  }
});
