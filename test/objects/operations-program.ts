// Does every operation in its exit listener, and prints what each gave. Given "own" as a third argument, only opens, takes the
// mutex, says so, and waits to be killed. As a process: node operations-program.js LABEL; as a worker: LABEL is workerData.
import { writeSync } from "node:fs";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { codeOf, namesOf, openFour, operations, type Four } from "./operations.js";

const label = isMainThread ? process.argv[2]! : (workerData as string);
const say = (message: unknown): void => {
  if (parentPort) parentPort.postMessage(message);
  else writeSync(1, `${JSON.stringify(message)}\n`);
};

// A promise cannot be kept at the end: what counts is that the call is one, and that the process ends.
function outcomeNow(act: (four: Four) => unknown, four: Four): unknown {
  try {
    const result = act(four);
    if (!(result instanceof Promise)) return result ?? null;
    result.catch(() => undefined);
    return "promise";
  } catch (error) {
    return codeOf(error);
  }
}

if (process.argv[3] === "own") {
  openFour(namesOf(label)).mutex.acquireSync();
  say("owned");
  setInterval(() => undefined, 1000);
} else {
  const fours = operations.map(({ name }) => openFour(namesOf(`${label} ${name}`)));
  process.on("exit", () => {
    say(operations.map(({ act }, i) => outcomeNow(act, fours[i]!)));
  });
}
