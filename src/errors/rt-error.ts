// The one error class of failed operations. Misuse of an argument is a TypeError or RangeError instead.
import { Status, statusText, type StatusName } from "./status.js";

/**
 * An operation failed. Judge it by `code` (a name) or `errno` (its Win32 number), never by the text.
 *
 * @example
 * try {
 *   Mutex.create("Line3.Config").close();
 * } catch (error) {
 *   if (error instanceof RtError && error.code === "ERROR_ALREADY_EXISTS") console.log(error.objectName, "is in use");
 *   else throw error;
 * }
 */
export class RtError extends Error {
  /** "RtError", also of its subclasses. */
  override readonly name = "RtError";
  /** Stable name, such as `ERROR_ALREADY_EXISTS`. */
  readonly code: StatusName;
  /** The Win32 number of `code`. */
  readonly errno: number;

  /**
   * @param code what happened
   * @param operation what was tried, such as `mutex.release`
   * @param objectName the object's name; null for an unnamed one or when there is none
   * @param detail what exactly, and what to do about it; the table's text when left out
   */
  constructor(
    code: StatusName,
    readonly operation: string,
    readonly objectName: string | null = null,
    detail: string = statusText(code),
  ) {
    super(`${operation}${objectName === null ? "" : ` ${JSON.stringify(objectName)}`}: ${detail} (${code})`);
    this.code = code;
    this.errno = Status[code];
  }
}
