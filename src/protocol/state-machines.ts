// The state machines of the waitable types, as pure functions on the value of the state word: what is signalled, what a
// wait takes.
import { ObjectType } from "./object-header.js";

/** Set in a state word while threads may be waiting: the word is frozen and the dispatcher's entry holds the state. */
export const WAITERS = 0x8000_0000 | 0;
/** The state of a mutex that is free because its owner died. */
export const ABANDONED = 0x4000_0000;

/**
 * Whether a wait for the object would be satisfied. Event: 0 or 1. Semaphore: the count. Mutex: 0 free, ABANDONED free
 * after a death, else the owner's thread id.
 * @param recursiveFor the waiting thread, if a mutex that it owns satisfies the wait; else 0
 */
export function isSignalled(type: number, state: number, recursiveFor: number): boolean {
  switch (type) {
    case ObjectType.Mutex:
      return state === 0 || state === ABANDONED || state === recursiveFor;
    default:
      return state > 0;
  }
}

/** The state after a signalled object was taken for `thread`. A mutex taken again by its owner keeps its state. */
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

/** Whether a wait takes something that can be given back. A mutex is abandoned instead; other types lose nothing. */
export function isConsumed(type: number): boolean {
  return type === ObjectType.AutoResetEvent || type === ObjectType.Semaphore;
}

/** The state after a unit or a signal that a wait took is given back, as far as there is room. */
export function returnedState(state: number, maximum: number): number {
  return Math.min(state + 1, maximum);
}

/** Whether threads can wait for the object. */
export function isWaitable(type: number): boolean {
  return type >= ObjectType.AutoResetEvent && type !== ObjectType.Dispatcher;
}

/**
 * Whether a death can satisfy a wait for the object: the owner's death, or that of a thread which was granted something
 * and whose wait has not ended.
 */
export function isGuarded(type: number): boolean {
  return type === ObjectType.Mutex || isConsumed(type);
}

/**
 * Whether waits for the object are about data that changes. The dispatcher does not know whether such a wait is
 * satisfied.
 */
export function isDataCondition(type: number): boolean {
  return type === ObjectType.Snapshot || type === ObjectType.Ring;
}
