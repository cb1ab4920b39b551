// The last error: one number a JavaScript thread. Nothing that runs in the background touches it.
import { RtError } from "../errors/rt-error.js";
import { checkDword } from "./arguments.js";

let lastError = 0;

/** The code that the last failed call, or the last create, of this thread left. Starts at 0. */
export function GetLastError(): number {
  return lastError;
}

/** Sets this thread's last error. @throws RangeError unless `code` is a DWORD */
export function SetLastError(code: number): void {
  lastError = checkDword("code", code);
}

/** Leaves `code` and answers `value`: what a failing function does. */
export function fail<Value>(code: number, value: Value): Value {
  lastError = code;
  return value;
}

/** The answer `failure` to a caught RtError, whose code becomes the last error. Everything else is a bug and passes. */
export function failed<Failure>(error: unknown, failure: Failure): Failure {
  if (!(error instanceof RtError)) throw error;
  lastError = error.errno;
  return failure;
}

/**
 * Runs `call`; an RtError becomes its code as last error and the answer `failure`. Everything else is a bug and passes.
 */
export function guarded<Value, Failure>(failure: Failure, call: () => Value): Value | Failure {
  try {
    return call();
  } catch (error) {
    return failed(error, failure);
  }
}
