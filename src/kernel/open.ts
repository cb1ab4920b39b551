// Opening and closing objects of any type: checks the registry's answer against the type asked for, and attaches the
// thread for waitable objects.
import { attachDescription } from "./registry/descriptor-string.js";
import type { DescriptorIndex } from "./process/descriptor-table.js";
import { Event } from "./primitives/event.js";
import type { Opened } from "./registry/find-holder.js";
import { askForHugePages } from "./memory/huge-pages.js";
import { ObjectType, type Header, type Structure } from "../protocol/object-header.js";
import { Mutex } from "./primitives/mutex.js";
import type { ObjectSpec } from "./namespace/object-memory.js";
import { forgetKnown } from "./registry/known-names.js";
import * as registry from "./registry/registry.js";
import { namespacePath } from "./namespace/namespace-directory.js";
import { type RtError, failure } from "../errors/rt-error.js";
import { Semaphore } from "./primitives/semaphore.js";
import { isWaitable } from "../protocol/state-machines.js";
import { threadId } from "./thread/this-thread.js";
import { attach } from "./attach.js";
import type { Waitable } from "./waits/waitable.js";

export type { Opened };

/** The kinds that a user sees. An event's reset mode is decided by its creator. */
export type ObjectKind = "sharedMemory" | "event" | "mutex" | "semaphore" | "snapshot" | "ring";

const typesOf: Readonly<Record<ObjectKind, readonly ObjectType[]>> = {
  sharedMemory: [ObjectType.SharedMemory],
  event: [ObjectType.AutoResetEvent, ObjectType.ManualResetEvent],
  mutex: [ObjectType.Mutex],
  semaphore: [ObjectType.Semaphore],
  snapshot: [ObjectType.Snapshot],
  ring: [ObjectType.Ring],
};

/** What a new object starts with. Fields that its kind does not have are left out. */
export interface NewObject {
  readonly sizeBytes?: number;
  readonly readOnly?: boolean;
  /**
   * Asks the system for huge pages from 2 MiB on, and touches all pages at once. When left out, `RTSHM_HUGE_PAGES`
   * decides.
   */
  readonly hugePages?: boolean;
  readonly manualReset?: boolean;
  readonly signalled?: boolean;
  readonly initialOwner?: boolean;
  readonly count?: number;
  readonly maximum?: number;
  readonly structure?: Structure | null;
  /** Further flags of the header. */
  readonly flags?: number;
}

function initialState(kind: ObjectKind, create: NewObject): number {
  if (kind === "mutex") return create.initialOwner === true ? threadId() : 0;
  if (kind === "event") return create.signalled === true ? 1 : 0;
  return create.count ?? 0;
}

function specOf(kind: ObjectKind, name: string | null, create: NewObject): ObjectSpec {
  const [first = ObjectType.SharedMemory, second] = typesOf[kind];
  return {
    type: create.manualReset === true ? (second ?? first) : first,
    name,
    sizeBytes: create.sizeBytes ?? 0,
    flags: (create.readOnly === true ? 1 : 0) | (create.flags ?? 0),
    maximum: create.maximum ?? 0,
    initialState: initialState(kind, create),
    structure: create.structure ?? null,
    hugePages: askForHugePages(create.hugePages, create.sizeBytes ?? 0),
  };
}

function checkKind(opened: Opened, kinds: readonly ObjectKind[]): Opened {
  if (kinds.some((kind) => typesOf[kind].includes(opened.header.type))) return opened;
  registry.release(opened.descriptor, opened.header.name);
  const actual = Object.entries(typesOf).find(([, types]) => types.includes(opened.header.type))?.[0];
  throw failure(
    "ERROR_INVALID_HANDLE",
    opened.header.name,
    `the object's type is ${String(actual)}, not ${kinds.join(" or ")}`,
  );
}

/**
 * Creates an object, or opens the existing one of this name; then `create` is not used.
 * @throws RtError ERROR_INVALID_HANDLE when the name belongs to another kind
 */
export function createObject(kind: ObjectKind, name: string | null, create: NewObject): Opened {
  if (kind !== "sharedMemory") attach(); // first, because a mutex can be owned from its creation on
  if (name === null) return registry.createUnnamed(specOf(kind, null, create));
  return checkKind(
    registry.createOrOpen(name, () => specOf(kind, name, create)),
    [kind],
  );
}

// Another RTSHM_DIR, a private /tmp, another user: all of these look like a wrong name unless the directory is named.
function notFound(name: string): RtError {
  const detail = `no process holds an object of this name in ${namespacePath()}`;
  return failure("ERROR_FILE_NOT_FOUND", name, `${detail}: create it first, or let both programs use one RTSHM_DIR`);
}

/** Opens an existing object. @throws RtError as createObject; ERROR_FILE_NOT_FOUND when no process holds the name */
export function openObject(kind: ObjectKind, name: string): Opened {
  if (kind !== "sharedMemory") attach();
  const opened = registry.openExisting(name);
  if (opened === undefined) throw notFound(name);
  return checkKind(opened, [kind]);
}

/**
 * Opens the object that a descriptor string describes.
 * @throws RtError ERROR_FILE_NOT_FOUND when the object is gone; ERROR_INVALID_PARAMETER for what is not a descriptor
 *   string; ERROR_INVALID_HANDLE when the object is not of one of these kinds
 */
export function attachObject(kinds: readonly ObjectKind[], description: string): Opened {
  const opened = attachDescription(description);
  if (opened === undefined)
    throw failure("ERROR_FILE_NOT_FOUND", null, "no process holds the object described any more");
  if (opened.header.type === ObjectType.Dispatcher) {
    registry.release(opened.descriptor, null);
    throw failure("ERROR_INVALID_PARAMETER", null, "this is not a descriptor string");
  }
  checkKind(opened, kinds);
  if (!isWaitable(opened.header.type)) return opened;
  try {
    attach();
  } catch (error) {
    registry.release(opened.descriptor, opened.header.name);
    throw error;
  }
  return opened;
}

/**
 * Closes one use of an object. `mapped` is this thread's view of it, if it has one. Waits under way go on, and a mutex
 * that this thread owns stays its own until it releases it or ends.
 */
export function closeObject(descriptor: DescriptorIndex, name: string | null, mapped?: Waitable): void {
  registry.release(descriptor, name);
  mapped?.unmap();
}

/**
 * Closes an object that the caller cannot use as its header describes it. The next open of the name reads the header
 * anew: it may have been mended.
 */
export function refuseObject({ descriptor, header }: Opened): void {
  if (header.name !== null) forgetKnown(header.name);
  closeObject(descriptor, header.name);
}

/** Maps a waitable object into this thread. */
export function mapWaitable(descriptor: DescriptorIndex, header: Header): Event | Mutex | Semaphore {
  attach();
  switch (header.type) {
    case ObjectType.Mutex:
      return new Mutex(descriptor, header);
    case ObjectType.Semaphore:
      return new Semaphore(descriptor, header);
    default:
      return new Event(descriptor, header);
  }
}
