// A process in which a worker calls ExitProcess(9) while the main thread has other things to do, and a mutex owned by each.
//   node exit-program.js MODULE NAME-OF-MUTEX
import { writeSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import type { RtApi } from "./api.js";

const [moduleName, name] = isMainThread ? process.argv.slice(2) : (workerData as string[]);
const rt = (await import(moduleName!)) as RtApi;
rt.RtWaitForSingleObject(rt.RtOpenMutex(0, false, `${name} ${isMainThread ? "main" : "worker"}`)!, 0);
if (isMainThread) {
  new Worker(new URL(import.meta.url), { workerData: [moduleName, name] });
  setInterval(() => undefined, 1000);
} else {
  writeSync(1, "before");
  rt.ExitProcess(9);
  writeSync(1, "after");
}
