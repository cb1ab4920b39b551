// Loads the addon and gives its functions their types. The only importer of a .node file.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** A result of a system call: 0 or more is an answer, below 0 a negated errno. */
export type SystemResult = number;

/** What fstat and F_GET_SEALS say about a file, exact in 64 bits; indexed by StatField. */
export type Stat = BigUint64Array;

/** Indices of a Stat. A call that does not ask for `seals` or `headerBytes` leaves 0 there. */
export const StatField = {
  device: 0,
  inode: 1,
  size: 2,
  mode: 3,
  user: 4,
  links: 5,
  seals: 6,
  /** Time of the last change, in nanoseconds since 1970. No program can set it. */
  changedNs: 7,
  /** How many bytes of the header the call has read. */
  headerBytes: 8,
} as const;

/** An empty Stat for a call to fill. */
export const newStat = (): Stat => new BigUint64Array(9);

/**
 * What the addon exports: system calls and nothing else. Addresses and tokens are plain numbers; sizes and offsets are
 * bytes. Every function may be called by any JavaScript thread; a token belongs to the thread that got it.
 */
export interface Native {
  /** The zeroed memory that all JavaScript threads of the process share (kernel/process/process-block.ts). */
  processBlock(): ArrayBuffer | SystemResult;
  processId(): number;
  threadId(): number;
  /** The effective user at this moment. */
  userId(): number;
  /** The system's page size. */
  pageBytes(): number;
  /** Lets other processes of the same user reach this one's descriptors through /proc. */
  makeReachable(): SystemResult;
  /** Ends the process at once. No JavaScript and no exit handler runs. */
  exitNow(status: number): never;
  /**
   * Adds 1 to the process block's word at this offset when this thread ends. What was asked for later happens earlier.
   */
  addAtThreadEnd(offsetBytes: number): SystemResult;

  /**
   * `unheldOffsetBytes`: the word of the process block that gets 1 + the descriptor; below 0: none. See
   * `HoldWord.unheld`.
   */
  memoryCreate(
    name: string,
    totalBytes: number,
    backedBytes: number,
    header: Uint8Array,
    hugePages: 0 | 1,
    unheldOffsetBytes: number,
  ): SystemResult;
  /** Gives memory to a part of a memfd that has none yet. */
  memoryBack(fd: number, offsetBytes: number, lengthBytes: number): SystemResult;
  /** `out` receives [base address, token]. */
  memoryMap(
    fd: number,
    offsetBytes: number,
    lengthBytes: number,
    writable: 0 | 1,
    out: Float64Array,
  ): ArrayBuffer | SystemResult;
  /** Detaches the buffer, so that its views have length 0, and unmaps it. */
  memoryUnmap(buffer: ArrayBuffer, token: number): SystemResult;
  /** `kind`: see Advice in kernel/memory/mapping.ts. */
  memoryAdvise(base: number, lengthBytes: number, kind: number): SystemResult;

  directoryOpen(path: string, create: 0 | 1): SystemResult;
  directoryMode(fd: number, mode: number): SystemResult;
  /** `out` receives the fields of StatField, here and below. */
  descriptorStat(fd: number, out: Stat): SystemResult;
  descriptorWrite(fd: number, bytes: Uint8Array, offsetBytes: number): SystemResult;
  descriptorRead(fd: number, bytes: Uint8Array, offsetBytes: number): SystemResult;
  descriptorClose(fd: number): SystemResult;
  /** Opens a lock file for this thread; it is closed when the thread ends. */
  lockOpen(directory: number, name: string): SystemResult;
  lockClose(fd: number): SystemResult;
  /**
   * Takes the flock `operation`. 1: locked, but the link `stamp` in `directory` (below 0: none) does not say `known`,
   * or the link `canary` is missing. -EAGAIN: not locked in time; -ESTALE: the lock file has been removed.
   */
  lockTake(
    fd: number,
    operation: number,
    timeoutMs: number,
    directory: number,
    stamp: string,
    known: string,
    canary: string,
  ): SystemResult;
  lockRelease(fd: number): SystemResult;
  linkRead(directory: number, name: string): string | SystemResult;
  /** The targets of `base`~first and of the numbers after it, up to the first that is missing. */
  linksRead(directory: number, base: string, first: number): string[] | SystemResult;
  /** Makes a link with the first free number from `base`~slot on. @returns the number */
  linkAppend(target: string, directory: number, base: string, slot: number): SystemResult;
  linkCreate(target: string, directory: number, name: string): SystemResult;
  /** Replaces `to`. */
  linkRename(directory: number, from: string, to: string): SystemResult;
  linkRemove(directory: number, name: string): SystemResult;
  /** The status of what the link leads to. */
  linkStat(directory: number, name: string, out: Stat): SystemResult;
  /** Opens memory and reads its header into `page`. -ENXIO: the path leads to something else. */
  memoryOpen(directory: number, path: string, out: Stat, page: Uint8Array, unheldOffsetBytes: number): SystemResult;
  /** 0: the thread or its descriptor is proven gone; 1: both are there; a negated errno: they cannot be seen. */
  holderState(tid: number, fd: number): SystemResult;
  threadExists(tid: number): 0 | 1;
  threadIsOwn(tid: number): 0 | 1;

  /**
   * Returns when the kernel says that a thread has executed its last instruction, but after `boundMs` at the latest;
   * after `blindMs` where the kernel does not say.
   */
  threadAwaitEnd(processId: number, threadId: number, boundMs: number, blindMs: number): void;

  futexHasMany(): 0 | 1;
  /** From now on the whole process behaves as on a kernel without futex_waitv. */
  futexRefuseMany(): void;
  /** Wakes at most `count` threads that sleep on the word. @returns how many */
  futexWake(address: number, count: number): SystemResult;
  /** Sleeps while every word has its expected value. @returns 0, -ETIMEDOUT, -EAGAIN (a word differs) or -EINTR */
  futexWait(base: number, offsets: Uint32Array, expected: Int32Array, count: number, timeoutMs: number): SystemResult;

  /** `out` receives [base address, token, thread id]. */
  companionStart(
    fd: number,
    lengthBytes: number,
    sliceMs: number,
    onBell: () => void,
    out: Float64Array,
  ): ArrayBuffer | SystemResult;
  /**
   * From now on, the kernel marks `count` words, 8 bytes apart, when the companion ends, if they hold the companion's
   * id. The word added last comes first.
   */
  companionRobust(token: number, offsetBytes: number, count: number): SystemResult;
  /** From now on, each change of the bell in the thread record at this offset calls `onBell`. */
  companionListen(token: number, recordOffset: number): SystemResult;
  /** The words to watch besides the bell, instead of those before. The first change of one calls `onBell`. */
  companionWatch(token: number, offsets: Uint32Array, expected: Int32Array, count: number): SystemResult;
  /** Whether the companion keeps the event loop alive. */
  companionRef(token: number, keepAlive: 0 | 1): SystemResult;
  /** Ends the companion, detaches the buffer and unmaps the file. */
  companionStop(token: number, buffer: ArrayBuffer): SystemResult;

  /** `exact` is false if there may have been more stores than were counted. */
  setFaultCallback(
    callback: (address: number, regionBase: number, offsetBytes: number, stores: number, exact: boolean) => void,
  ): void;
  /** What the callback would be told at the event loop's next turn. The callback is then not called for it. */
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
      `rtshm: the native addon ${path} cannot be loaded. If a bundler moved this code, make rtshm "external" in its options, so that ` +
        `it is loaded from node_modules; otherwise run "npm run build" in the package (it needs a C compiler)`,
      { cause },
    );
  }
}

/** The addon of this process. If it cannot be loaded, importing this fails with one sentence that says what to do. */
export const native: Native = load();

/** Every errno that a call of the addon can answer with, as Linux x64 numbers them. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOLCK: 37,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
  ETIMEDOUT: 110,
  ESTALE: 116,
  EDQUOT: 122,
  EHWPOISON: 133,
} as const;

/** The `directory` argument that means "relative to the current directory", for absolute paths. */
export const AT_FDCWD = -100;
