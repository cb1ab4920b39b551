// The end of the whole process, from any of its threads.
import { isMainThread } from "node:worker_threads";
import { native } from "../../native/load.js";

/**
 * Ends the process. From the main thread, exit handlers run. From a worker they do not, because its own `process.exit`
 * ends only the worker.
 */
export function endProcess(status: number): never {
  if (isMainThread) process.exit(status);
  return native.exitNow(status);
}
