// From a failed system call to the error a user can act on.
import { getSystemErrorName } from "node:util";
import { Errno } from "../native/load.js";
import { type RtError, failure } from "./rt-error.js";
import type { StatusName } from "./status.js";

function advice(errno: number): { code: StatusName; text: string } {
  switch (errno) {
    case Errno.EMFILE:
      return { code: "ERROR_NOT_ENOUGH_MEMORY", text: "this process has no descriptor left: raise `ulimit -n`" };
    case Errno.ENFILE:
      return { code: "ERROR_NOT_ENOUGH_MEMORY", text: "the system has no descriptor left: raise fs.file-max" };
    case Errno.ENOMEM:
      return {
        code: "ERROR_NOT_ENOUGH_MEMORY",
        text: "out of memory, address space or mappings: see vm.max_map_count and `ulimit -v`",
      };
    case Errno.EAGAIN:
      return { code: "ERROR_NOT_ENOUGH_MEMORY", text: "no thread or lock to be had: see `ulimit -u` and `ulimit -l`" };
    case Errno.ENOSPC:
      return { code: "ERROR_COMMITMENT_LIMIT", text: "no memory left for the object" };
    case Errno.EFBIG:
      return {
        code: "ERROR_COMMITMENT_LIMIT",
        text: "larger than `ulimit -f` allows, or than an ArrayBuffer of this Node can be: map a window of it",
      };
    case Errno.EACCES:
      return { code: "ERROR_ACCESS_DENIED", text: "the system denies it" };
    default:
      return { code: "ERROR_NOT_ENOUGH_MEMORY", text: "the system refuses" };
  }
}

/** Whether the system refused for want of descriptors or memory, which says nothing of what was asked for. */
export function isShortage(result: number): boolean {
  return result === -Errno.EMFILE || result === -Errno.ENFILE || result === -Errno.ENOMEM;
}

/** The error for a system call that answered `result` (a negated errno). */
export function systemError(result: number, objectName: string | null, what: string): RtError {
  const { code, text } = advice(-result);
  return failure(code, objectName, `${what}: ${getSystemErrorName(result)}: ${text}`);
}
