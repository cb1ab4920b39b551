// Handles: numbers that are valid in every JavaScript thread of the process and ended everywhere by one close.
import {
  handleWords,
  ProcessWord,
  processWords,
  TABLE_ENTRIES,
  retainDescriptor,
  type DescriptorIndex,
  type Mapping,
  mapWaitable,
  headerOf,
  release,
  type Event,
  type Mutex,
  type Semaphore,
} from "../kernel/index.js";
import type { Header, ObjectType } from "../protocol/object-header.js";
import { RtError, failure } from "../errors/rt-error.js";
import { Status } from "../errors/status.js";
import { isWaitable } from "../protocol/state-machines.js";
import { dropViews, type Views } from "./views.js";

declare const handleBrand: unique symbol;
/** An open object, as a number: positive, a multiple of 4, of this process only. */
export type HANDLE = number & {
  /** For the compiler only: no number has it. */
  readonly [handleBrand]: true;
};

// Words of an entry. value: 0 free, BUSY while it is made or ended, else the handle's number.
const ENTRY_WORDS = 8;
const VALUE = 0;
const GENERATION = 1;
const DESCRIPTOR = 2;
const TYPE = 3;
const ACCESS = 4;
const BUSY = -1;

const INDEX_MASK = TABLE_ENTRIES - 1;
const GENERATION_LIMIT = 0x1fff;

/** Bits of a handle's access: what may be done to the memory through it. */
export const ACCESS_READ = 1;
export const ACCESS_WRITE = 2;
/** The handle is one of the rtss side: its views are pre-faulted and locked in memory. */
export const ACCESS_LOCK = 4;

/** What this thread has mapped of a handle. */
export interface LocalHandle {
  readonly value: number;
  readonly descriptor: DescriptorIndex;
  readonly type: ObjectType;
  readonly access: number;
  readonly header: Header;
  /** Event, mutex or semaphore; undefined for shared memory. */
  readonly waitable: Event | Mutex | Semaphore | undefined;
  readonly views: Views;
}

/** By index. What is closed elsewhere stays here until this thread uses or replaces it. */
const locals: (LocalHandle | undefined)[] = [];

function claim(): number {
  const start = Atomics.load(processWords, ProcessWord.handleHint);
  for (let i = 0; i < TABLE_ENTRIES; i++) {
    const index = (start + i) & INDEX_MASK;
    const at = index * ENTRY_WORDS;
    if (handleWords[at] !== 0 || Atomics.compareExchange(handleWords, at, 0, BUSY) !== 0) continue;
    // Going round the table keeps a number that was closed from coming back soon.
    Atomics.store(processWords, ProcessWord.handleHint, (index + 1) & INDEX_MASK);
    return index;
  }
  throw failure("ERROR_NOT_ENOUGH_MEMORY", null, `this process has ${String(TABLE_ENTRIES)} handles open: close some`);
}

/** Makes sure that a handle can be made: throws RtError when the table is full. */
export function reserveHandle(): number {
  return claim();
}

/** Gives a reserved entry back unused. */
export function unreserveHandle(index: number): void {
  Atomics.store(handleWords, index * ENTRY_WORDS + VALUE, 0);
}

/** Publishes a reserved entry as a handle to an open object. */
export function publishHandle(
  index: number,
  descriptor: DescriptorIndex,
  header: Header,
  access: number,
  waitable: Event | Mutex | Semaphore | undefined,
): LocalHandle {
  const at = index * ENTRY_WORDS;
  const generation = ((handleWords[at + GENERATION] ?? 0) % GENERATION_LIMIT) + 1;
  const value = ((generation << 16) | index) * 4;
  handleWords[at + GENERATION] = generation;
  handleWords[at + DESCRIPTOR] = descriptor;
  handleWords[at + TYPE] = header.type;
  handleWords[at + ACCESS] = access;
  forget(index);
  const local = keep(index, value, descriptor, header, access, waitable);
  Atomics.store(handleWords, at + VALUE, value);
  return local;
}

const noViews: Views = new Set();

// The one place where these are made, so that V8 gives them one shape.
function keep(
  index: number,
  value: number,
  descriptor: DescriptorIndex,
  header: Header,
  access: number,
  waitable: Event | Mutex | Semaphore | undefined,
): LocalHandle {
  const { type } = header;
  const views = isWaitable(type) ? noViews : new Set<Mapping>();
  const local: LocalHandle = { value, descriptor, type, access, header, waitable, views };
  locals[index] = local;
  return local;
}

function forget(index: number): void {
  const local = locals[index];
  if (local === undefined) return;
  locals[index] = undefined;
  local.waitable?.unmap();
  dropViews(local.views);
}

// The descriptor is held while the object is mapped: another thread may close the handle, and its number may get a new
// meaning.
function meet(value: number, index: number): LocalHandle | undefined {
  const at = index * ENTRY_WORDS;
  const descriptor = handleWords[at + DESCRIPTOR] ?? 0;
  const isOpen = Atomics.load(handleWords, at + VALUE) === value && retainDescriptor(descriptor);
  if (!isOpen) {
    if (locals[index]?.value === value) forget(index); // closed in another thread
    return undefined;
  }
  forget(index);
  let name: string | null = null;
  try {
    const header = headerOf(descriptor);
    name = header.name;
    if (Atomics.load(handleWords, at + VALUE) !== value) return undefined;
    const waitable = isWaitable(header.type) ? mapWaitable(descriptor, header) : undefined;
    const access = handleWords[at + ACCESS] ?? 0;
    return keep(index, value, descriptor, header, access, waitable);
  } catch (error) {
    if (!(error instanceof RtError)) throw error;
    lookupFailure = error.errno; // also when it was closed meanwhile
    return undefined;
  } finally {
    release(descriptor, name);
  }
}

let lookupFailure: number = Status.ERROR_INVALID_HANDLE;

/** Why the handle just looked for was not found: not open, or this thread could not map its object. */
export function handleFailure(): number {
  const code = lookupFailure;
  lookupFailure = Status.ERROR_INVALID_HANDLE;
  return code;
}

/** The object behind a handle in this thread, mapped at its first use here; undefined if it is not open. */
export function findHandle(handle: number): LocalHandle | undefined {
  const value = handle & ~3; // the two low bits are the caller's, as in Win32
  const index = (value >>> 2) & INDEX_MASK;
  const local = locals[index];
  if (local !== undefined && local.value === value && handleWords[index * ENTRY_WORDS] === value) return local;
  if (value <= 0 || handle > 0x7fff_ffff || !Number.isInteger(handle)) return undefined;
  return meet(value, index);
}

/**
 * Ends a handle everywhere; `close` then gives the object up. Only one caller wins.
 * @returns false if it was not open
 */
export function endHandle(handle: number, close: (local: LocalHandle) => void): boolean {
  const local = findHandle(handle);
  if (local === undefined) return false;
  const index = (local.value >>> 2) & INDEX_MASK;
  const at = index * ENTRY_WORDS;
  if (Atomics.compareExchange(handleWords, at + VALUE, local.value, BUSY) !== local.value) return false;
  locals[index] = undefined;
  dropViews(local.views);
  try {
    close(local);
  } finally {
    Atomics.store(handleWords, at + VALUE, 0);
  }
  return true;
}
