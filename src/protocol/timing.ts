// Every duration that the peers of a namespace rely on. Milliseconds.

/**
 * A thread that sleeps looks up after this long. It is a net for one case: a process killed between the commit of a change and the
 * waking of the threads that the change concerns.
 */
export const SLICE_MS = 250;

/** How long an operation waits for a stopped process to leave the dispatcher lock before it fails with ERROR_BUSY. */
export const LOCK_BOUND_MS = 10_000;

/** How long a look at a contended object (time-out 0) waits for that. */
export const LOOK_PATIENCE_MS = 250;

/** How long a thread that changed data waits for that before it leaves the waking to the holder of the lock. */
export const NOTIFY_PATIENCE_MS = 1;

/** A thread whose death was told may still be executing its last instruction: it is waited for this long at the most. */
export const LAST_INSTRUCTION_BOUND_MS = 100;

/** The same where nobody can say whether the thread is still there. */
export const BLIND_GRACE_MS = 1;
