// The package's main entry: named objects as classes, promises instead of waits. An explicit list, nothing else.
export { RtError } from "./kernel/rt-error.js";
export { AccessViolationError } from "./kernel/access-violation.js";
export type { StatusName } from "./kernel/status.js";
export { Event, type EventOptions } from "./objects/event.js";
export type { Lock } from "./objects/lock.js";
export { Mutex } from "./objects/mutex.js";
export { Semaphore, type SemaphoreOptions } from "./objects/semaphore.js";
export {
  SharedMemory,
  type CreateMemoryOptions,
  type Layout,
  type MapOptions,
  type OpenMemoryOptions,
  type Size,
} from "./objects/shared-memory.js";
export type { SharedObject } from "./objects/shared-object.js";
export { Snapshot, type Since } from "./objects/snapshot.js";
export type { SnapshotCopy } from "./objects/snapshot-copy.js";
export type { SnapshotWriter } from "./objects/snapshot-writer.js";
export type { SyncWaitOptions, TimedWaitOptions, WaitableObject, WaitOptions } from "./objects/waitable-object.js";
export {
  waitAll,
  waitAllSync,
  waitAny,
  waitAnySync,
  type AllResult,
  type AnyResult,
  type TimedOut,
} from "./objects/wait-several.js";
