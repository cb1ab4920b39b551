// The measured operations through the kernel layer: the state machines, without handles and last errors.
import { createObject, mapWaitable, type NewObject, type ObjectKind } from "#kernel/open";
import { Event } from "#kernel/primitives/event";
import { Mutex } from "#kernel/primitives/mutex";
import { Semaphore } from "#kernel/primitives/semaphore";
import { waitOne } from "#kernel/waits/wait-sync";
import type { Waitable } from "#kernel/waits/waitable";
import { WAIT_LIMIT_MS, type Lock, type Signal } from "./adapter.js";

function open(kind: ObjectKind, name: string, create: NewObject): Waitable {
  const { descriptor, header } = createObject(kind, name, create);
  return mapWaitable(descriptor, header);
}

function taken(object: Waitable): void {
  const result = waitOne(object, WAIT_LIMIT_MS);
  if (result !== 0) throw new Error(`wait: ${result}`);
}

export function openMutex(name: string): Lock {
  const mutex = open("mutex", name, { initialOwner: false });
  if (!(mutex instanceof Mutex)) throw new Error(`${name}: not a mutex`);
  return {
    take: () => taken(mutex),
    release: () => {
      if (!mutex.release()) throw new Error("release: not the owner");
    },
  };
}

export function openSemaphore(name: string): Lock {
  const semaphore = open("semaphore", name, { count: 1, maximum: 1 });
  if (!(semaphore instanceof Semaphore)) throw new Error(`${name}: not a semaphore`);
  return {
    take: () => taken(semaphore),
    release: () => {
      if (semaphore.release(1) < 0) throw new Error("release: over the maximum");
    },
  };
}

export function openEvent(name: string): Signal {
  const event = open("event", name, { manualReset: false, signalled: false });
  if (!(event instanceof Event)) throw new Error(`${name}: not an event`);
  return {
    set: () => event.set(),
    reset: () => event.reset(),
    wait: () => taken(event),
    poll: () => waitOne(event, 0) === 0,
  };
}
