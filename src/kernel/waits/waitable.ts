// What event, mutex and semaphore have in common: the mapped header page and the name.
import { HEADER_BYTES, ObjectType, firstIdWords, type Header } from "../../protocol/object-header.js";
import { Mapping } from "../memory/mapping.js";
import { descriptorFd, type DescriptorIndex } from "../process/descriptor-table.js";
import type { Queued } from "../queues/entry.js";

/** An object that can be waited for, mapped in this thread, which has to be attached. It does not count as a handle. */
export abstract class Waitable implements Queued {
  readonly type: ObjectType;
  readonly name: string | null;
  readonly words: Int32Array;
  readonly id0: number;
  readonly id1: number;
  readonly maximum: number;
  private readonly mapping: Mapping | undefined;
  private pins = 1;

  /** @param source the object's memory; or words of no object, over which the code is run once before it is needed */
  constructor(source: DescriptorIndex | Int32Array, header: Header) {
    if (typeof source === "number") {
      this.mapping = Mapping.create(descriptorFd(source), 0, HEADER_BYTES, true, header.name);
      this.words = new Int32Array(this.mapping.buffer);
    } else {
      this.mapping = undefined;
      this.words = source;
    }
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

  /** How often the object's data is checked while a wait sleeps; 0: never, because the dispatcher knows the whole state. */
  readonly recheckMs: number = 0;

  /** This thread was given the object by another thread. */
  acknowledge(_recursive: boolean): void {
    // only a mutex has more to do
  }

  /** Whether a thread owns the object whose state this is. */
  isOwnedBy(_state: number, _thread: number): boolean {
    return false;
  }

  /** Whether this thread owns it. */
  isOwned(): boolean {
    return false;
  }

  /** Gives back what a wait took that no program will learn of. */
  putBack(): void {
    // nothing is taken from what stays signalled
  }

  /**
   * Whether the object's own data, not the dispatcher, says that a wait is satisfied. Checked once the wait is in the queue, and now and
   * then: a thread that changes the data can be killed before it wakes those who wait.
   */
  isReady(): boolean {
    return false;
  }

  /** Keeps the mapping while a wait needs it, also when the object is unmapped meanwhile. */
  pin(): void {
    this.pins++;
  }

  unpin(): void {
    if (--this.pins === 0) this.mapping?.unmap();
  }

  /** Ends this thread's use of the object; waits under way go on. */
  unmap(): void {
    this.unpin();
  }
}
