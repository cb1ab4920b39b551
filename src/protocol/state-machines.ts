// The state machines of the waitable types as pure functions on the value of the state word: what is signalled, what a wait
// takes. Everything else (queues, crashes, sleeping) is built around these.
import { ObjectType } from "./object-header.js";

/** Set in a state word while threads may be waiting: the word is frozen and the dispatcher's entry holds the truth. */
export const WAITERS = 0x8000_0000 | 0;
/** A mutex that is free because its owner died. */
export const ABANDONED = 0x4000_0000;

/**
 * Whether a wait would be satisfied.
 * Event: 0 or 1. Semaphore: the count. Mutex: 0 free, ABANDONED free after a death, else the owner's thread id.
 * @param recursiveFor the thread that waits, if a mutex that it owns satisfies it; else 0
 */
export function isSignalled(type: number, state: number, recursiveFor: number): boolean {
  switch (type) {
    case ObjectType.Mutex:
      return state === 0 || state === ABANDONED || state === recursiveFor;
    default:
      return state > 0;
  }
}

/** The state after `thread` was satisfied by a signalled `state`. A mutex taken again by its owner keeps its state. */
export function takenState(type: number, state: number, thread: number): number {
  switch (type) {
    case ObjectType.AutoResetEvent:
      return 0;
    case ObjectType.ManualResetEvent:
    case ObjectType.Snapshot:
    case ObjectType.Ring:
      return state;
    case ObjectType.Semaphore:
      return state - 1;
    default:
      return thread;
  }
}

/** Whether a wait takes something of the object that can be given back: a mutex is abandoned instead, and other types lose nothing. */
export function isConsumed(type: number): boolean {
  return type === ObjectType.AutoResetEvent || type === ObjectType.Semaphore;
}

/** The state after what a wait took is given back: a unit or a signal, as far as there is room. */
export function returnedState(state: number, maximum: number): number {
  return Math.min(state + 1, maximum);
}

/** Whether the object exists to be waited for. */
export function isWaitable(type: number): boolean {
  return type >= ObjectType.AutoResetEvent && type !== ObjectType.Dispatcher;
}

/** Whether a death can satisfy a wait for the object: its owner's, or that of a thread which was granted something and did not get it. */
export function isGuarded(type: number): boolean {
  return type === ObjectType.Mutex || isConsumed(type);
}

/** Whether waits for the object are about data that changes, which the dispatcher does not know. */
export function isDataCondition(type: number): boolean {
  return type === ObjectType.Snapshot || type === ObjectType.Ring;
}
