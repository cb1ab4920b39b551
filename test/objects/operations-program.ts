// Does every operation in its exit listener, and prints what each gave. Given "own" as a third argument, only opens, takes the
// mutex, the right to write and a slot, says so, and waits to be killed. As a process: node operations-program.js LABEL; as a worker: LABEL is workerData.
import { writeSync } from "node:fs";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { codeOf, namesOf, openObjects, operations, type Objects } from "./operations.js";

const label = isMainThread ? process.argv[2]! : (workerData as string);
const say = (message: unknown): void => {
  if (parentPort) parentPort.postMessage(message);
  else writeSync(1, `${JSON.stringify(message)}\n`);
};

// A promise cannot be kept at the end: what counts is that the call is one, and that the process ends.
function outcomeNow(act: (objects: Objects) => unknown, objects: Objects): unknown {
  try {
    const result = act(objects);
    if (!(result instanceof Promise)) return result ?? null;
    result.catch(() => undefined);
    return "promise";
  } catch (error) {
    return codeOf(error);
  }
}

if (process.argv[3] === "own") {
  for (const { name } of operations) {
    const { mutex, snapshot, ring } = openObjects(namesOf(`${label} ${name}`));
    mutex.acquireSync();
    snapshot.writer();
    ring.tryClaim();
  }
  say("owned");
  setInterval(() => {}, 1000);
} else {
  const all = operations.map(({ name }) => openObjects(namesOf(`${label} ${name}`)));
  process.on("exit", () => {
    say(operations.map(({ act }, i) => outcomeNow(act, all[i]!)));
  });
}
