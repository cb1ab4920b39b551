// Every duration that the peers of a namespace rely on. Milliseconds.

/**
 * A sleeping thread checks its waits again after this long, at the latest. This is a net for the few places that
 * decision 0018 lists. One: a process is killed between the commit of a change and the waking of the threads that it
 * concerns.
 */
export const SLICE_MS = 250;

/** How long an operation waits for a stopped process to leave a lock, before it fails with ERROR_BUSY. */
export const LOCK_BOUND_MS = 10_000;

/** How long a try with time-out 0 waits for that, where an object's state is in the dispatcher. */
export const LOOK_PATIENCE_MS = 250;

/** How long a thread that changed data waits for that before it leaves the waking to the holder of the lock. */
export const NOTIFY_PATIENCE_MS = 1;

/** How long at most a thread waits for another, whose death the kernel told, to execute its last instruction. */
export const LAST_INSTRUCTION_BOUND_MS = 100;

/** The same where nobody can say whether that thread is still there. */
export const BLIND_GRACE_MS = 1;
