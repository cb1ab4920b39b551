// One uncontended operation in a process of its own: `LAYER OPERATION`, figures in nanoseconds an operation. `LAYER OPERATION WAITS`: while its
// thread has so many waits for other objects.
import { Event } from "rtshm";
import { loadAdapter } from "../load-adapter.js";
import { timePerOperation } from "../case.js";
import { answerRequests } from "../peer.js";
import { sharedBytes } from "../shared-bytes.js";

const [layer = "", operation = "", waits = "0"] = (process.argv[2] ?? "").split(" ");

/** The least that a lock in JavaScript can do: our id in by compare-and-swap, out by exchange. */
function bareLock(): () => void {
  const word = new Int32Array(sharedBytes(`uncontended ${process.pid}`, 4096));
  const id = process.pid;
  return () => {
    if (Atomics.compareExchange(word, 0, 0, id) !== 0) throw new Error("taken");
    Atomics.exchange(word, 0, 0);
  };
}

async function pickOperation(): Promise<() => void> {
  if (layer === "bare") return bareLock();
  const adapter = await loadAdapter(layer);
  const name = `uncontended ${layer} ${operation}`;
  if (operation === "set" || operation === "set-reset") {
    const signal = adapter.openEvent(name);
    if (operation === "set") return () => signal.set();
    return () => {
      signal.set();
      signal.reset();
    };
  }
  const lock = operation === "mutex" ? adapter.openMutex(name) : adapter.openSemaphore(name);
  return () => {
    lock.take();
    lock.release();
  };
}

const once = await pickOperation();
for (let i = 0; i < Number(waits); i++) void Event.createUnnamed().wait();

answerRequests(({ operations }: { operations: number }) =>
  timePerOperation(operations, () => {
    for (let i = 0; i < operations; i++) once();
  }),
);
