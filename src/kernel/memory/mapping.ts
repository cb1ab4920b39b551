// A piece of an object's memory in this thread: an ArrayBuffer that is detached when it is unmapped.
import { readFileSync } from "node:fs";
import { native } from "../../native/load.js";
import { forgetReadOnly, noteReadOnly } from "./access-violation.js";
import { systemError } from "../../errors/system-error.js";

const out = new Float64Array(2);

/** How memory is prepared before it is first touched. */
export const Advice = { PopulateRead: 1, PopulateWrite: 2, Lock: 3 } as const;
export type Advice = (typeof Advice)[keyof typeof Advice];

/** One mapping. It belongs to the thread that made it. */
export class Mapping {
  private constructor(
    readonly buffer: ArrayBuffer,
    /** Address of the first byte. */
    readonly base: number,
    readonly isWritable: boolean,
    private readonly token: number,
  ) {}

  /**
   * Maps `lengthBytes` of a memfd from `offsetBytes`, a multiple of the page size.
   * @throws RtError when there is not enough address space, too many mappings, or too large an ArrayBuffer
   */
  static create(
    fd: number,
    offsetBytes: number,
    lengthBytes: number,
    isWritable: boolean,
    name: string | null,
  ): Mapping {
    const result = native.memoryMap(fd, offsetBytes, lengthBytes, isWritable ? 1 : 0, out);
    if (typeof result === "number") throw systemError(result, name, `${String(lengthBytes)} bytes cannot be mapped`);
    if (!isWritable) noteReadOnly(out[0] ?? 0, name);
    return new Mapping(result, out[0] ?? 0, isWritable, out[1] ?? 0);
  }

  /**
   * Detaches the buffer, so that every view of it has length 0, and gives the address space back. A second call does
   * nothing.
   */
  unmap(): void {
    if (!this.isWritable) forgetReadOnly(this.base);
    if (this.buffer.byteLength > 0) native.memoryUnmap(this.buffer, this.token);
  }

  /**
   * How many of the bytes are mapped by huge pages at the moment. Counts only touched pages of what the system gave at
   * create. Slow: reads /proc/self/smaps.
   */
  hugeBytes(): number {
    const start = this.base.toString(16).padStart(8, "0");
    const lines = readFileSync("/proc/self/smaps", "utf8").split("\n");
    const first = lines.findIndex((line) => line.startsWith(`${start}-`));
    const line = lines.slice(first + 1).find((text) => text.startsWith("ShmemPmdMapped:"));
    return first < 0 ? 0 : Number(/\d+/.exec(line ?? "")?.[0] ?? 0) * 1024;
  }

  /** Asks the system for something about this memory. @returns 0, or a negated errno when the system refuses */
  advise(advice: Advice): number {
    return native.memoryAdvise(this.base, this.buffer.byteLength, advice);
  }
}
