// The far end of worker.postMessage: counts what arrives, or posts it back.
import { parentPort } from "node:worker_threads";

let left = 0;
let echoes = false;

parentPort?.on("message", (request: { count: number; echoes: boolean } | string) => {
  if (typeof request !== "string") {
    left = request.count;
    echoes = request.echoes;
    parentPort?.postMessage("armed");
    return;
  }
  if (echoes) parentPort?.postMessage(request);
  else if (--left === 0) parentPort?.postMessage("done");
});
