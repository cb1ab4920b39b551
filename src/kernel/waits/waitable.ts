// What all objects with a queue have in common: the mapped header page, the name, and what a wait asks of them.
import { HEADER_BYTES, ObjectType, firstIdWords, type Header } from "../../protocol/object-header.js";
import { Mapping } from "../memory/mapping.js";
import { descriptorFd, type DescriptorIndex } from "../process/descriptor-table.js";
import type { Queued } from "../queues/entry.js";

/**
 * An object that threads can wait for, mapped in this thread, which must be attached. It does not count as a handle.
 */
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
    // Not read from the mapping, because a page that was never touched costs much less to unmap.
    [this.id0, this.id1] = firstIdWords(header.id);
  }

  /** Takes the object for this thread if it is signalled. @returns -1 if not, else 0 or 0x80 (abandoned) */
  abstract tryTake(): number;

  /**
   * Checks the object for a thread that spins, and takes nothing. Above 0: `tryTake` may succeed; 0: not now; below 0:
   * only the dispatcher knows.
   */
  abstract look(): number;

  /** Whether the thread that owns a mutex may take it again. */
  readonly recursive: boolean = true;

  /** Empty loops between two checks of a thread that spins. */
  readonly loopsBetweenLooks: number = 0;

  /**
   * How often the object's data is checked while a wait sleeps, in milliseconds. 0: never, because the dispatcher knows
   * the whole state.
   */
  readonly recheckMs: number = 0;

  /**
   * Another thread granted the object to this one, or this thread took it from the dispatcher. `recursive`: this thread
   * owned the mutex already.
   */
  acknowledge(_recursive: boolean): void {
    // only a mutex has something to do
  }

  /** Whether `thread` owns an object with this state. */
  isOwnedBy(_state: number, _thread: number): boolean {
    return false;
  }

  /** Whether this thread owns the object. */
  isOwned(): boolean {
    return false;
  }

  /** Gives back what a wait took, because no program will learn of it. */
  putBack(): void {
    // a wait takes nothing from an object that stays signalled
  }

  /**
   * Whether the object's own data, not the dispatcher, says that a wait is satisfied. Checked when the wait is in the
   * queue, and then now and again, because a thread that changes the data can be killed before it wakes the waiting
   * threads.
   */
  isReady(): boolean {
    return false;
  }

  /** Keeps the mapping while a wait needs it, even if the object is unmapped meanwhile. */
  pin(): void {
    this.pins++;
  }

  unpin(): void {
    if (--this.pins === 0) this.mapping?.unmap();
  }

  /** Ends this thread's use of the object. Waits under way go on. */
  unmap(): void {
    this.unpin();
  }
}
