// One logical thread of the conformance driver: makes the calls.
import { parentPort } from "node:worker_threads";
import * as rt from "rtshm/win32";
import type { HANDLE } from "rtshm/win32";
import type { Answer, Command, Job, Result } from "./protocol.js";

const PAGE = 4096;

/** The bytes of the shared memory that this thread created or opened, by handle. */
const mapped = new Map<number, ArrayBuffer>();
/** The same by slot, for comparisons. */
const viewOfSlot = new Map<string, ArrayBuffer>();

function outcome(result: Answer): Result {
  return { answer: { ...result, lastError: rt.GetLastError() } };
}

function made({ as }: Command, handle: HANDLE | null): Result {
  return { answer: { handle: handle === null ? null : as, lastError: rt.GetLastError() }, handle };
}

/** The runner knows sizes in whole pages; ours are exact to the byte. */
function madeMemory(command: Command, handle: HANDLE | null, location: rt.Location, writable: boolean): Result {
  const lastError = rt.GetLastError();
  if (handle === null || location.value === null) return { answer: { handle: null, lastError }, handle };
  mapped.set(handle, location.value);
  viewOfSlot.set(command.as!, location.value);
  const size = Math.ceil(location.value.byteLength / PAGE) * PAGE;
  return { answer: { handle: command.as, lastError, size }, handle, writable };
}

/** Calls `use` with the bytes behind the handle as this thread sees them, or not at all where they cannot be reached. */
function withBytes(handle: HANDLE, use: (bytes: DataView) => Answer): Answer {
  const lastError = rt.GetLastError();
  // Also the use at which this thread notices that the handle was closed in another one.
  const view = rt.RtMapViewOfSharedMemory(handle, rt.SHM_MAP_READ, 0, 0, 0);
  const own = mapped.get(handle);
  let answer: Answer = { fault: true };
  if (own === undefined && view !== null) {
    // belongs to another thread: reach it through a view of this one, with the access that the handle has
    const writable = rt.RtMapViewOfSharedMemory(handle, rt.SHM_MAP_WRITE, 0, 0, 0);
    answer = use(new DataView(writable ?? view));
    if (writable !== null) rt.RtUnmapViewOfSharedMemory(writable);
  } else if (own !== undefined && own.byteLength > 0) answer = use(new DataView(own));
  if (view !== null) rt.RtUnmapViewOfSharedMemory(view);
  rt.SetLastError(lastError);
  return answer;
}

function load(bytes: DataView, width: Command["width"], offset: number): Answer {
  if (offset + width! / 8 > bytes.byteLength) return { fault: true };
  const value = {
    8: () => BigInt(bytes.getUint8(offset)),
    16: () => BigInt(bytes.getUint16(offset, true)),
    32: () => BigInt(bytes.getUint32(offset, true)),
    64: () => bytes.getBigUint64(offset, true),
  }[width!]();
  return { value: `0x${value.toString(16)}` };
}

function store(bytes: DataView, width: Command["width"], offset: number, value: bigint): Answer {
  if (offset + width! / 8 > bytes.byteLength) return { fault: true };
  const low = Number(value & 0xffff_ffffn);
  ({
    8: () => bytes.setUint8(offset, low),
    16: () => bytes.setUint16(offset, low, true),
    32: () => bytes.setUint32(offset, low, true),
    64: () => bytes.setBigUint64(offset, value, true),
  })[width!]();
  return { ok: true };
}

function numberOf(value: string | number | undefined, names: Readonly<Record<string, number>>): number {
  return typeof value === "string" ? names[value]! : (value ?? 0);
}

const PROTECT = { readonly: rt.PAGE_READONLY, readwrite: rt.PAGE_READWRITE };
const MAP_ACCESS = { read: rt.SHM_MAP_READ, write: rt.SHM_MAP_WRITE };
const OBJECT_ACCESS = { all: 0x1f0003, modify: 2, synchronize: 0x100000 };

function perform({ command: c, handles, writable }: Job): Result {
  const h = (handles[0] ?? null) as HANDLE;
  const name = c.name ?? null;
  const milliseconds = c.timeoutMs === "infinite" ? rt.INFINITE : (c.timeoutMs ?? 0);
  switch (c.op) {
    case "createSharedMemory": {
      const protect = numberOf(c.protect, PROTECT);
      const location: rt.Location = { value: null };
      const handle = rt.RtCreateSharedMemory(protect, c.sizeHigh ?? 0, c.size!, name, location);
      return madeMemory(c, handle, location, protect !== rt.PAGE_READONLY);
    }
    case "openSharedMemory": {
      const access = numberOf(c.access, MAP_ACCESS);
      const location: rt.Location = { value: null };
      const handle = rt.RtOpenSharedMemory(access, false, name, location);
      return madeMemory(c, handle, location, access !== rt.SHM_MAP_READ);
    }
    case "load":
      return { answer: withBytes(h, (bytes) => load(bytes, c.width, c.offset!)) };
    case "store":
      // A raw store through a read-only view is reported later, as an uncaught exception: other tests are about that.
      return {
        answer: writable
          ? withBytes(h, (bytes) => store(bytes, c.width, c.offset!, BigInt(c.value!)))
          : { fault: true },
      };
    case "createEvent":
      return made(c, rt.RtCreateEvent(null, Boolean(c.manualReset), Boolean(c.initialState), name));
    case "createMutex":
      return made(c, rt.RtCreateMutex(null, Boolean(c.initialOwner), name));
    case "createSemaphore":
      return made(c, rt.RtCreateSemaphore(null, c.initial!, c.max!, name));
    case "openEvent":
      return made(c, rt.RtOpenEvent(numberOf(c.access ?? "all", OBJECT_ACCESS), false, name));
    case "openMutex":
      return made(c, rt.RtOpenMutex(numberOf(c.access ?? "all", OBJECT_ACCESS), false, name));
    case "openSemaphore":
      return made(c, rt.RtOpenSemaphore(numberOf(c.access ?? "all", OBJECT_ACCESS), false, name));
    case "setEvent":
      return outcome({ ok: rt.RtSetEvent(h) });
    case "resetEvent":
      return outcome({ ok: rt.RtResetEvent(h) });
    case "pulseEvent":
      return outcome({ ok: rt.RtPulseEvent(h) });
    case "releaseMutex":
      return outcome({ ok: rt.RtReleaseMutex(h) });
    case "releaseSemaphore": {
      const NOT_WRITTEN = -1;
      const previous = { value: NOT_WRITTEN };
      const ok = rt.RtReleaseSemaphore(h, c.count!, previous);
      return outcome({ ok, previous: previous.value === NOT_WRITTEN ? null : previous.value });
    }
    case "wait":
      return outcome({ ret: rt.RtWaitForSingleObject(h, milliseconds) });
    case "waitMany":
      return outcome({ ret: rt.RtWaitForMultipleObjects(handles.length, handles as HANDLE[], c.all!, milliseconds) });
    case "waitBegin":
      return outcome({
        ret: c.handles
          ? rt.RtWaitForMultipleObjects(handles.length, handles as HANDLE[], c.all!, milliseconds)
          : rt.RtWaitForSingleObject(h, milliseconds),
      });
    case "closeHandle":
      return outcome({ ok: rt.RtCloseHandle(h) });
    case "meet":
      for (const handle of handles) rt.describe(handle as HANDLE);
      return outcome({});
    case "getLastError":
      return outcome({});
    case "setLastError":
      rt.SetLastError(Number(c.value));
      return outcome({});
    case "compare": {
      const [a, b] = c.handles!.map((slot) => viewOfSlot.get(slot));
      return { answer: { sameView: a !== undefined && a === b } };
    }
    default:
      return { answer: { error: `unknown operation ${c.op}` } };
  }
}

const port = parentPort!;
port.on("message", (job: Job | null) => {
  if (job === null) return port.close();
  const { pre } = job.command;
  if (pre !== undefined) rt.SetLastError(pre);
  try {
    port.postMessage(perform(job));
  } catch (error) {
    port.postMessage({ answer: { error: String(error) } });
  }
});
