// The package's main entry: named objects as classes, promises instead of waits. An explicit list, nothing else.
export type { ReadonlyArrayView, ReadonlyPart, ReadonlyView } from "./struct/readonly-view.js";
export { RtError } from "./errors/rt-error.js";
export { AccessViolationError } from "./kernel/index.js";
export type { StatusName } from "./errors/status.js";
export { Event, type EventOptions } from "./objects/event.js";
export type { Lock } from "./objects/lock.js";
export { Mutex } from "./objects/mutex.js";
export { openObjects, type OpenObject } from "./objects/open-objects.js";
export { Ring } from "./objects/ring/ring.js";
export type { ByteMessages, RingOpening, RingSize, RingUse, StructMessages } from "./objects/ring/ring-options.js";
export type { Claim, Peek, Peeked } from "./objects/ring/ring-slots.js";
export { Semaphore, type SemaphoreOptions } from "./objects/semaphore.js";
export {
  SharedMemory,
  type Access,
  type CreateMemoryOptions,
  type Layout,
  type MapOptions,
  type OpenedMemory,
  type OpenMemoryOptions,
  type ReadonlyViewIn,
  type Size,
  type ViewIn,
} from "./objects/shared-memory.js";
export type { SharedObject } from "./objects/shared-object.js";
export { Snapshot, type Since } from "./objects/snapshot/snapshot.js";
export type { SnapshotCopy } from "./objects/snapshot/snapshot-copy.js";
export type { SnapshotWriter } from "./objects/snapshot/snapshot-writer.js";
export type {
  EndlessSyncWaitOptions,
  SyncWaitOptions,
  TimedWaitOptions,
  WaitableObject,
  WaitOptions,
} from "./objects/waitable-object.js";
export {
  waitAll,
  waitAllSync,
  waitAny,
  waitAnySync,
  type AllResult,
  type AnyResult,
  type TimedOut,
} from "./objects/wait-several.js";
