// Loads the addon and gives its functions their types. The only importer of a .node file.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** A result of a system call: 0 or more is an answer, less is a negated errno. */
export type SystemResult = number;

/** What the addon exports: system calls and nothing else. Addresses and tokens are plain numbers; sizes and offsets are bytes. */
export interface Native {
  processBlock(): ArrayBuffer | SystemResult;
  processId(): number;
  threadId(): number;
  userId(): number;
  exitNow(status: number): never;
  /** Adds 1 to the process block's word at this offset when this thread ends; what is asked for later happens earlier. */
  addAtThreadEnd(offsetBytes: number): SystemResult;

  memoryCreate(
    name: string,
    totalBytes: number,
    backedBytes: number,
    header: Uint8Array,
    hugePages: 0 | 1,
  ): SystemResult;
  memoryBack(fd: number, offsetBytes: number, lengthBytes: number): SystemResult;
  /** `out` receives [base address, token]. */
  memoryMap(
    fd: number,
    offsetBytes: number,
    lengthBytes: number,
    writable: 0 | 1,
    out: Float64Array,
  ): ArrayBuffer | SystemResult;
  memoryUnmap(buffer: ArrayBuffer, token: number): SystemResult;
  memoryAdvise(base: number, lengthBytes: number, kind: number): SystemResult;

  directoryOpen(path: string, create: 0 | 1): SystemResult;
  /** `out` receives [dev, ino, size, mode, uid, nlink, seals]. */
  descriptorStat(fd: number, out: Float64Array): SystemResult;
  descriptorRead(fd: number, bytes: Uint8Array, offsetBytes: number): SystemResult;
  descriptorClose(fd: number): SystemResult;
  lockOpen(directory: number, name: string): SystemResult;
  lockClose(fd: number): SystemResult;
  lockTake(fd: number, operation: number, timeoutMs: number): SystemResult;
  lockRelease(fd: number): SystemResult;
  linkRead(directory: number, name: string): string | SystemResult;
  linkCreate(target: string, directory: number, name: string): SystemResult;
  linkRename(directory: number, from: string, to: string): SystemResult;
  linkRemove(directory: number, name: string): SystemResult;
  linkStat(directory: number, name: string, out: Float64Array): SystemResult;
  memoryOpen(directory: number, path: string, out: Float64Array): SystemResult;

  /** Returns when a thread has executed its last instruction, as far as the kernel says, or after `boundMs`; where it says nothing, after `blindMs`. */
  threadAwaitEnd(processId: number, threadId: number, boundMs: number, blindMs: number): void;

  futexHasMany(): 0 | 1;
  futexWake(address: number, count: number): SystemResult;
  futexWait(base: number, offsets: Uint32Array, expected: Int32Array, count: number, timeoutMs: number): SystemResult;

  /** `out` receives [base address, token, thread id]. */
  companionStart(
    fd: number,
    lengthBytes: number,
    sliceMs: number,
    onBell: () => void,
    out: Float64Array,
  ): ArrayBuffer | SystemResult;
  companionRobust(token: number, offsetBytes: number): SystemResult;
  /** From now on a change of the bell, in the thread record at this offset, calls back. */
  companionListen(token: number, recordOffset: number): SystemResult;
  companionWatch(token: number, offsets: Uint32Array, expected: Int32Array, count: number): SystemResult;
  companionRef(token: number, keepAlive: 0 | 1): SystemResult;
  companionStop(token: number, buffer: ArrayBuffer): SystemResult;

  /** `exact` is false if there may have been more stores than were counted. */
  setFaultCallback(
    callback: (address: number, regionBase: number, offsetBytes: number, stores: number, exact: boolean) => void,
  ): void;
  /** What the callback would be told at the event loop's next turn, which it then is not. */
  takeFaults(): [address: number, regionBase: number, offsetBytes: number, stores: number, exact: boolean][];
}

const path = fileURLToPath(new URL("../rtshm.node", import.meta.url));

function load(): Native {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(`rtshm runs on Linux x64; this is ${process.platform} ${process.arch}`);
  try {
    return createRequire(import.meta.url)(path) as Native;
  } catch (cause) {
    throw new Error(
      `rtshm: the native addon ${path} cannot be loaded; run "npm run build" in the package (it needs a C compiler)`,
      { cause },
    );
  }
}

/** The addon of this process; loading fails with one sentence that says what to do. */
export const native: Native = load();

/** Values of errno that the code distinguishes, as Linux x64 numbers them. */
export const Errno = {
  ENOENT: 2,
  EINTR: 4,
  ENXIO: 6,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EEXIST: 17,
  ENOTDIR: 20,
  ENFILE: 23,
  EMFILE: 24,
  EFBIG: 27,
  ENOSPC: 28,
  ELOOP: 40,
  ETIMEDOUT: 110,
  ESTALE: 116,
} as const;

/** The `directory` argument that means "relative to the current directory", for absolute paths. */
export const AT_FDCWD = -100;
