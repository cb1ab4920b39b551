// The token of an acquired mutex: who has it owns the mutex, and releasing it is the only way to give the mutex back.

import { staysHere } from "./stays-here.js";

/** What a lock needs of its mutex. */
export interface LockOwner {
  /** Gives the mutex back. */
  releaseLock(lock: Lock): void;
}

/**
 * An acquired mutex. It belongs to the code that has the token, not to the thread: two tasks of one thread exclude each
 * other.
 * @example
 * {
 *   using lock = await mutex.acquire();
 *   if (lock.abandoned) repair();
 * } // released here
 */
export class Lock implements Disposable, AsyncDisposable {
  /** @internal */
  readonly handle = staysHere("lock", "acquire the mutex there");
  #owner: LockOwner | undefined;

  /** @internal */
  constructor(
    owner: LockOwner,
    /**
     * Whether the owner before died with the mutex: what it guards may be half changed. Told once, to the next owner.
     */
    readonly abandoned: boolean,
  ) {
    this.#owner = owner;
  }

  /** Whether the mutex is still owned by this token. */
  get isHeld(): boolean {
    return this.#owner !== undefined;
  }

  /** Gives the mutex back, to the first who waits for it. Once more does nothing. In the thread that acquired it. */
  release(): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.releaseLock(this);
  }

  /** Releases it, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** The same for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.release();
    return Promise.resolve();
  }
}
