// Stores through read-only views: which object a fault belongs to, and the error that reports it.
import { native } from "../../native/load.js";
import { RtError } from "../../errors/rt-error.js";

/** Names of the objects behind this thread's read-only mappings, by base address. */
const readOnlyBases = new Map<number, string | null>();

let isListening = false;

/**
 * A store through a read-only view. It went into a private copy: the object is unchanged, and the view shows the object
 * again.
 */
export class AccessViolationError extends RtError {
  /**
   * @param objectName name of the object, null if unnamed
   * @param offsetBytes where the first such store went, in bytes from the start of the view's mapping
   * @param stores how many stores were caught since the last report; there may have been more
   */
  constructor(
    objectName: string | null,
    readonly offsetBytes: number,
    readonly stores: number,
  ) {
    super(
      "EXCEPTION_ACCESS_VIOLATION",
      "store",
      objectName,
      `${String(stores)} store(s) through a read-only view, the first at offset ${String(offsetBytes)}; ` +
        "the object is unchanged: open it for writing",
    );
  }
}

function violation(regionBase: number, offsetBytes: number, stores: number): AccessViolationError {
  return new AccessViolationError(readOnlyBases.get(regionBase) ?? null, offsetBytes, stores);
}

/** Notes a read-only mapping of this thread, so that a fault in it can name the object. */
export function noteReadOnly(base: number, name: string | null): void {
  readOnlyBases.set(base, name);
  if (isListening) return;
  isListening = true;
  native.setFaultCallback((_address, regionBase, offsetBytes, stores) => {
    throw violation(regionBase, offsetBytes, stores);
  });
  // A program that exits in the turn of the store must still hear of it.
  process.once("exit", () => {
    const [fault] = native.takeFaults();
    if (fault !== undefined) throw violation(fault[1], fault[2], fault[3]);
  });
}

/** Forgets a mapping that is gone, but not yet: a store through it is still reported in the event loop's next turns. */
export function forgetReadOnly(base: number): void {
  const name = readOnlyBases.get(base);
  setTimeout(() => {
    if (readOnlyBases.get(base) === name) readOnlyBases.delete(base);
  }, 1000).unref();
}
