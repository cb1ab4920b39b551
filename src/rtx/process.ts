// Output and the end of the process.
import { writeSync } from "node:fs";
import { endProcess } from "../kernel/index.js";
import { checkDword } from "./arguments.js";
import { formatPrintf } from "./printf.js";

// False when nobody can read it any more, or the disk is full.
function writeAll(text: string): boolean {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return false; // a full non-blocking pipe: try again
    }
  }
  return true;
}

/**
 * printf to standard output, written when it returns; see formatPrintf for the format.
 * @returns the number of characters, or -1 when it could not be written (a pipe whose reader is gone), as printf in C
 */
export function RtPrintf(format: string, ...args: unknown[]): number {
  const text = formatPrintf(format, args);
  return writeAll(text) ? text.length : -1;
}

/** The same as RtPrintf: JavaScript strings are wide already. */
export function RtWprintf(format: string, ...args: unknown[]): number {
  return RtPrintf(format, ...args);
}

/**
 * Ends the process, from any of its threads, with the low 8 bits of `code` as exit status; from a worker no exit
 * handlers run.
 */
export function ExitProcess(code: number): never {
  return endProcess(checkDword("code", code) & 0xff);
}
