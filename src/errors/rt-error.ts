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
  /** "RtError", for its subclasses too. */
  override readonly name = "RtError";
  /** Stable name, such as `ERROR_ALREADY_EXISTS`. */
  readonly code: StatusName;
  /** The Win32 number of `code`. */
  readonly errno: number;
  /** The operation that was called, such as `mutex.release`. */
  readonly operation: string;

  /**
   * @param code what happened
   * @param operation what was called, such as `mutex.release`
   * @param objectName the object's name; null for an unnamed object, or when there is no object
   * @param detail what exactly happened, and what the user can do about it; the table's text when left out
   */
  constructor(
    code: StatusName,
    operation: string,
    readonly objectName: string | null = null,
    detail: string = statusText(code),
  ) {
    super(`${operation}${objectName === null ? "" : ` ${JSON.stringify(objectName)}`}: ${detail} (${code})`);
    this.code = code;
    this.errno = Status[code];
    this.operation = operation;
  }
}

/** The operation of an error that has not reached an API yet. */
const UNLABELLED = "rtshm";

/**
 * An error of the kernel, which does not know what the program called. The API function that it leaves by adds that
 * with `labelled`.
 */
export function failure(code: StatusName, objectName: string | null = null, detail?: string): RtError {
  return new RtError(code, UNLABELLED, objectName, detail);
}

/**
 * Adds the operation that the program called to an error of the kernel. Any other error is passed on as it is.
 * @param inner the stem of operations that this one is made of: an error with such a name gets this operation's name
 */
export function labelled(error: unknown, operation: string, inner?: string): unknown {
  if (!(error instanceof RtError)) return error;
  const { message, stack, operation: before } = error;
  if (before !== UNLABELLED && (inner === undefined || !before.startsWith(inner))) return error;
  error.message = operation + message.slice(before.length);
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
  (error as { operation: string }).operation = operation;
  return error;
}

/** Runs `action` for an API operation. An error of the kernel leaves with the operation's name. */
export function asOperation<Result>(operation: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw labelled(error, operation);
  }
}
