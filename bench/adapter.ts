// The operations that are measured through the kernel layer and through the Rt functions alike.

/** A mutex, or a semaphore with one unit. */
export interface Lock {
  take(): void;
  release(): void;
}

/** An auto-reset event. */
export interface Signal {
  set(): void;
  reset(): void;
  /** Throws if nobody sets it for ten seconds. */
  wait(): void;
  /** Whether it is signalled; takes the signal. */
  poll(): boolean;
}

export interface Adapter {
  openMutex(name: string): Lock;
  openSemaphore(name: string): Lock;
  openEvent(name: string): Signal;
}

/** After this a wait of a benchmark has failed: whoever was to end it is gone or stuck. */
export const WAIT_LIMIT_MS = 10_000;
