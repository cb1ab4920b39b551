// The door of the kernel: what rtx and objects may use, and they use nothing else of it.
export { isStillAlive, processOf } from "./dispatcher/liveness.js";
export { AccessViolationError } from "./memory/access-violation.js";
export { Advice, Mapping } from "./memory/mapping.js";
export { PAGE_BYTES } from "./memory/page-size.js";
export { headerOf } from "./namespace/object-memory.js";
export {
  type NewObject,
  type ObjectKind,
  type Opened,
  attachObject,
  closeObject,
  createObject,
  mapWaitable,
  openObject,
  refuseObject,
} from "./open.js";
export { DataCondition } from "./primitives/data-condition.js";
export { Event } from "./primitives/event.js";
export { Mutex } from "./primitives/mutex.js";
export { Semaphore } from "./primitives/semaphore.js";
export { type DescriptorIndex, descriptorFd, retainDescriptor } from "./process/descriptor-table.js";
export { endProcess } from "./process/end-process.js";
export { ProcessWord, TABLE_ENTRIES, handleWords, processWords } from "./process/process-block.js";
export { ABANDONED_RESULT } from "./queues/entry-state.js";
export { describeDescriptor } from "./registry/descriptor-string.js";
export { nameMeant } from "./registry/object-name.js";
export { release } from "./registry/registry.js";
export { type HoldIndex, dropHold, giveBackHoldsOfEnded, newHold, withHold } from "./thread-resources.js";
export { threadId } from "./thread/this-thread.js";
export { type Pending, cancelWaits } from "./waits/pending-waits.js";
export { waitAsync } from "./waits/wait-async.js";
export { waitMany, waitOne } from "./waits/wait-sync.js";
export type { Waitable } from "./waits/waitable.js";
