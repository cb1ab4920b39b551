// Waits for the mutex with the number of its argument, blocking or not, and notes when it has the lock that its dead
// owner left.
import { Mutex, type Lock } from "rtshm";
import { WAIT_LIMIT_MS } from "../adapter.js";
import { nowNs } from "../case.js";
import { mutexName } from "../mutex-names.js";
import { answerRequests } from "../peer.js";

/** First `begin`, then `told`: its answer is the time of the monotonic clock at which the thread had the lock. */
export type WaiterRequest = { readonly begin: "async" | "blocking" } | "told";

const timed = { timeoutMs: WAIT_LIMIT_MS };
const mutex = Mutex.openOrCreate(mutexName(Number(process.argv[2])));
let told: Promise<bigint> | undefined;

function noteLock(lock: Lock | undefined): bigint {
  const ns = nowNs();
  if (lock?.abandoned !== true) throw new Error(lock === undefined ? "never told of the death" : "not abandoned");
  lock.release();
  return ns;
}

/** Once the answer to `begin` has gone out: nothing else would leave a thread that blocks. */
async function block(): Promise<bigint> {
  await new Promise(setImmediate);
  return noteLock(mutex.acquireSync(timed));
}

answerRequests(async (request: WaiterRequest) => {
  if (request === "told") return String(await told);
  told = request.begin === "async" ? mutex.acquire(timed).then(noteLock) : block();
  return null;
});
