// The process's memfds: one descriptor an object, counted, for all the handles and threads that use it.
import { native } from "../../native/load.js";
import {
  DESCRIPTOR_WORDS,
  HoldWord,
  descriptorByFd,
  descriptorWords,
  holdWordOffsetBytes,
  holdWords,
  processWords,
  ProcessWord,
  TABLE_ENTRIES,
} from "./process-block.js";
import { failure } from "../../errors/rt-error.js";

// An entry's words. references: 0 free, CLOSING while its last user tidies up, else the number of users; by
// compare-and-swap. The other words are written by the thread that takes the entry, while it is CLOSING.
const REFERENCES = 0;
const FD = 1;
// Grows whenever a thread takes the entry: it tells whether a remembered index still means the same object.
const GENERATION = 2;
// Hash of the name, 0: none.
const NAME_HASH = 3;
const CLOSING = -1;

/**
 * The hold that this thread fills or empties now (thread-resources.ts): index of its words in holdWords, or -1.
 * Decision 0015 says why there are holds.
 *
 * V8 terminates a thread only where a function begins or a loop turns, never between two statements. So a note is right
 * if its store stands directly behind what it notes. The stores are therefore written out in each place, because a
 * function for them would begin in between.
 */
let currentHold = -1;

/**
 * Where the addon notes a descriptor that it opens for the current hold; an argument of memoryOpen and memoryCreate.
 */
export function unheldOffsetBytes(): number {
  return currentHold < 0 ? -1 : holdWordOffsetBytes(currentHold + HoldWord.unheld);
}

/** Sets the hold that this thread's references are noted in; -1: none. @returns the hold before */
export function fillHold(word: number): number {
  const before = currentHold;
  currentHold = word;
  return before;
}

/** An index into the table. It stays valid until its holder releases it. */
export type DescriptorIndex = number;

/**
 * Takes an entry for `fd` with one reference.
 * @param nameHash see own-names.ts; 0 for an unnamed object
 * @throws RtError when the table is full; the caller still owns fd
 */
export function addDescriptor(fd: number, nameHash: number): DescriptorIndex {
  if (fd >= TABLE_ENTRIES)
    throw failure(
      "ERROR_NOT_ENOUGH_MEMORY",
      null,
      `descriptor ${String(fd)} is above ${String(TABLE_ENTRIES - 1)}, the highest that can be used: close other files first`,
    );
  const start = Atomics.load(processWords, ProcessWord.descriptorHint);
  for (let i = 0; i < TABLE_ENTRIES; i++) {
    const index = (start + i) % TABLE_ENTRIES;
    if (descriptorWords[index * DESCRIPTOR_WORDS + REFERENCES] !== 0) continue;
    if (Atomics.compareExchange(descriptorWords, index * DESCRIPTOR_WORDS + REFERENCES, 0, CLOSING) !== 0) continue;
    descriptorWords[index * DESCRIPTOR_WORDS + FD] = fd;
    descriptorWords[index * DESCRIPTOR_WORDS + NAME_HASH] = nameHash;
    Atomics.add(descriptorWords, index * DESCRIPTOR_WORDS + GENERATION, 1);
    Atomics.store(descriptorByFd, fd, index + 1);
    Atomics.store(descriptorWords, index * DESCRIPTOR_WORDS + REFERENCES, 1);
    if (currentHold >= 0) {
      holdWords[currentHold + HoldWord.descriptor] = index + 1;
      holdWords[currentHold + HoldWord.unheld] = 0;
    }
    Atomics.store(processWords, ProcessWord.descriptorHint, (index + 1) % TABLE_ENTRIES);
    return index;
  }
  throw failure(
    "ERROR_NOT_ENOUGH_MEMORY",
    null,
    `this process already holds ${String(TABLE_ENTRIES)} objects: close some`,
  );
}

/** Closes an open file that is in no entry. */
export function closeUnheld(fd: number): void {
  native.descriptorClose(fd);
  if (currentHold >= 0) holdWords[currentHold + HoldWord.unheld] = 0;
}

/** The descriptor of an entry to which the caller holds a reference. */
export function descriptorFd(index: DescriptorIndex): number {
  return descriptorWords[index * DESCRIPTOR_WORDS + FD] ?? -1;
}

/** Tells the entry's object from all others that had or will have the same index. */
export function generationOf(index: DescriptorIndex): number {
  return Atomics.load(descriptorWords, index * DESCRIPTOR_WORDS + GENERATION);
}

/** Adds a reference. @returns false if the entry is free or closing */
export function retainDescriptor(index: DescriptorIndex): boolean {
  for (;;) {
    const references = Atomics.load(descriptorWords, index * DESCRIPTOR_WORDS + REFERENCES);
    if (references <= 0) return false;
    if (
      Atomics.compareExchange(descriptorWords, index * DESCRIPTOR_WORDS + REFERENCES, references, references + 1) !==
      references
    )
      continue;
    if (currentHold >= 0) holdWords[currentHold + HoldWord.descriptor] = index + 1;
    return true;
  }
}

/** Adds a reference to the entry that owns `fd`, if this process has one. */
export function retainDescriptorOf(fd: number): DescriptorIndex | undefined {
  if (fd < 0 || fd >= TABLE_ENTRIES) return undefined;
  const index = Atomics.load(descriptorByFd, fd) - 1;
  if (index < 0 || !retainDescriptor(index)) return undefined;
  return index;
}

/** Gives one reference back, unless it is the last. @returns false: it is the last, or the entry is closing */
export function releaseUnlessLast(index: DescriptorIndex): boolean {
  for (;;) {
    const references = Atomics.load(descriptorWords, index * DESCRIPTOR_WORDS + REFERENCES);
    if (references <= 1) return false;
    const next = references - 1;
    if (
      Atomics.compareExchange(descriptorWords, index * DESCRIPTOR_WORDS + REFERENCES, references, next) !== references
    )
      continue;
    if (currentHold >= 0 && holdWords[currentHold + HoldWord.descriptor] === index + 1)
      holdWords[currentHold + HoldWord.descriptor] = 0;
    return true;
  }
}

/**
 * Gives one reference back. For the last one, `last` runs before the descriptor is closed, which happens even if `last`
 * throws.
 */
export function releaseDescriptor(index: DescriptorIndex, last: (fd: number) => void): void {
  for (;;) {
    const references = Atomics.load(descriptorWords, index * DESCRIPTOR_WORDS + REFERENCES);
    if (references <= 0) return;
    const next = references === 1 ? CLOSING : references - 1;
    if (
      Atomics.compareExchange(descriptorWords, index * DESCRIPTOR_WORDS + REFERENCES, references, next) !== references
    )
      continue;
    if (currentHold >= 0 && holdWords[currentHold + HoldWord.descriptor] === index + 1)
      holdWords[currentHold + HoldWord.descriptor] = next === CLOSING ? -(index + 1) : 0;
    if (next !== CLOSING) return;
    break;
  }
  finishRelease(index, last);
}

/**
 * What `releaseDescriptor` does for the last reference. Also called in the place of a thread that was terminated in the
 * middle of it.
 */
export function finishRelease(index: DescriptorIndex, last: (fd: number) => void): void {
  const fd = descriptorFd(index);
  try {
    last(fd);
  } finally {
    Atomics.store(descriptorByFd, fd, 0);
    native.descriptorClose(fd);
    Atomics.store(descriptorWords, index * DESCRIPTOR_WORDS + REFERENCES, 0);
    if (currentHold >= 0 && holdWords[currentHold + HoldWord.descriptor] === -(index + 1))
      holdWords[currentHold + HoldWord.descriptor] = 0;
  }
}

/** The entries of all objects that the process holds. */
export function openDescriptors(): DescriptorIndex[] {
  const open: DescriptorIndex[] = [];
  for (let index = 0; index < TABLE_ENTRIES; index++)
    if ((descriptorWords[index * DESCRIPTOR_WORDS + REFERENCES] ?? 0) > 0) open.push(index);
  return open;
}

/** The entries whose name has this hash. */
export function descriptorsOfHash(nameHash: number): DescriptorIndex[] {
  return openDescriptors().filter((index) => descriptorWords[index * DESCRIPTOR_WORDS + NAME_HASH] === nameHash);
}
