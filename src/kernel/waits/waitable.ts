// What event, mutex and semaphore have in common: the mapped header page, the name, the way to open and close.
import type { DescriptorIndex } from "../process/descriptor-table.js";
import { descriptorFd } from "../process/descriptor-table.js";
import { HEADER_BYTES, ObjectType, firstIdWords, type Header } from "../../protocol/object-header.js";
import { Mapping } from "../memory/mapping.js";
import { attachThread } from "../thread/this-thread.js";
import type { Queued } from "../dispatcher/entry.js";

/** An object that can be waited for, mapped in this thread. It does not count as a handle. */
export abstract class Waitable implements Queued {
  readonly type: ObjectType;
  readonly name: string | null;
  readonly words: Int32Array;
  readonly id0: number;
  readonly id1: number;
  readonly maximum: number;
  private readonly mapping: Mapping;
  private pins = 1;

  constructor(descriptor: DescriptorIndex, header: Header) {
    attachThread();
    this.mapping = Mapping.create(descriptorFd(descriptor), 0, HEADER_BYTES, true, header.name);
    this.words = new Int32Array(this.mapping.buffer);
    this.type = header.type;
    this.name = header.name;
    this.maximum = header.type === ObjectType.Semaphore ? header.maximum : 1;
    // Not from the mapping: a page that was never touched costs much less to unmap.
    [this.id0, this.id1] = firstIdWords(header.id);
  }

  /** Takes the object for this thread if it is signalled. @returns -1 if not, else 0 or 0x80 (abandoned) */
  abstract tryTake(): number;

  /** For a thread that spins: above 0 `tryTake` is worth a try, 0 not now, below 0 only the dispatcher knows. Takes nothing. */
  abstract look(): number;

  /** Whether a mutex may be taken again by the thread that owns it. */
  readonly recursive: boolean = true;

  /** Empty loops between two looks of a thread that spins. */
  readonly loopsBetweenLooks: number = 0;

  /** Notes that this thread was given the object by somebody else. */
  abstract noteTaken(recursive: boolean): void;

  /** Whether this thread owns it. */
  isOwned(): boolean {
    return false;
  }

  /** Gives back what a wait took that nobody will learn of. */
  putBack(): void {
    // nothing is taken from what stays signalled
  }

  /**
   * Whether the object's own data, not the dispatcher, says that a wait is satisfied. Looked at once the wait is in the queue,
   * and now and then: whoever changes the data can be killed before it wakes those who wait.
   */
  isReady(): boolean {
    return false;
  }

  /** Keeps the mapping while a wait needs it, also when the object is unmapped meanwhile. */
  pin(): void {
    this.pins++;
  }

  unpin(): void {
    if (--this.pins === 0) this.mapping.unmap();
  }

  /** Ends this thread's use of the object; waits under way go on. */
  unmap(): void {
    this.unpin();
  }
}
