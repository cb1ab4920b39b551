// Waits for, signals and releases objects that another process waits for too: each of these takes the dispatcher's
// lock. Until the first request this process has the library loaded and nothing open.
import { Event, waitAny } from "rtshm";
import { WAIT_LIMIT_MS } from "../adapter.js";
import { openContended } from "../contended-objects.js";
import { answerRequests } from "../peer.js";

let objects: (ReturnType<typeof openContended> & { readonly own: Event }) | undefined;

async function use(rounds: number): Promise<void> {
  objects ??= { ...openContended(), own: Event.createUnnamed() };
  const { semaphore, event, mutex, own } = objects;
  for (let i = 0; i < rounds; i++) {
    const wait = waitAny([semaphore, own], { timeoutMs: WAIT_LIMIT_MS });
    semaphore.release();
    if ((await wait).timedOut) throw new Error("the unit was not granted");
    event.set();
    if (!event.waitSync({ timeoutMs: 0 })) throw new Error("the event is not set");
    const lock = mutex.tryAcquire();
    if (lock === undefined) throw new Error("somebody else owns the mutex");
    lock.release();
  }
}

answerRequests(({ rounds }: { rounds: number }) => use(rounds));
