// The process's memfds: one descriptor an object however many handles and threads use it, counted.
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

// An entry's words. references: 0 free, CLOSING while its last user tidies up, else the number of users.
const REFERENCES = 0;
const FD = 1;
// Grows whenever the entry is taken: who remembers an index tells by it whether that still means the same.
const GENERATION = 2;
// Hash of the name, 0: none. Written by who adds the entry, before anybody else can know of it.
const NAME_HASH = 3;
const CLOSING = -1;

/**
 * The hold that this thread fills or empties now (thread-resources.ts): index of its words in holdWords, or -1. Decision
 * 0015 says why there are holds.
 *
 * A thread can be terminated where a function begins and where a loop turns, not between two statements: a note is right if it stands
 * directly behind what it is about. So the stores are written out wherever they are made: a function for them would begin in between.
 */
let currentHold = -1;

/** Where the addon notes a descriptor that it opens for the current hold, as memoryOpen and memoryCreate take it. */
export function unheldOffsetBytes(): number {
  return currentHold < 0 ? -1 : holdWordOffsetBytes(currentHold + HoldWord.unheld);
}

/** Has references noted there. @returns where they were noted before */
export function noteReferencesAt(word: number): number {
  const before = currentHold;
  currentHold = word;
  return before;
}

/** An index into the table. It stays valid as long as its holder has not released it. */
export type DescriptorIndex = number;

/**
 * Takes an entry for `fd` with one reference.
 * @param nameHash own-names.ts; 0 for an unnamed object
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

/** The descriptor of an entry that the caller holds a reference to. */
export function descriptorFd(index: DescriptorIndex): number {
  return descriptorWords[index * DESCRIPTOR_WORDS + FD] ?? -1;
}

/** Tells the entry's object from every other that had or will have the same index. */
export function generationOf(index: DescriptorIndex): number {
  return Atomics.load(descriptorWords, index * DESCRIPTOR_WORDS + GENERATION);
}

/** One more reference; false if the entry is on its way out. */
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

/** One more reference to the entry that owns `fd`, if this process has one. */
export function retainDescriptorOf(fd: number): DescriptorIndex | undefined {
  if (fd < 0 || fd >= TABLE_ENTRIES) return undefined;
  const index = Atomics.load(descriptorByFd, fd) - 1;
  if (index < 0 || !retainDescriptor(index)) return undefined;
  return index;
}

/** One reference less, unless it is the last. @returns false: it is, or it may be on its way out */
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
 * One reference less. `last` runs before the descriptor is closed, for the last one only.
 * If it throws, the descriptor is closed all the same.
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

/** What `releaseDescriptor` does for the last reference; also in the place of a thread that was terminated in the middle of it. */
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

/** The entries of everything the process holds. */
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
