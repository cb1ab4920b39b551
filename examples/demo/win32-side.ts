// The Win32 side: follows the real-time side without ever blocking its own event loop, and shows what it sees.
// After as many seconds as its argument says it tells everybody, itself too, to stop.
import {
  ExitProcess,
  GetLastError,
  RtCloseHandle,
  RtOpenEvent,
  RtOpenMutex,
  RtOpenSemaphore,
  RtOpenSharedMemory,
  RtPrintf,
  RtReleaseMutex,
  RtReleaseSemaphore,
  RtSetEvent,
  RtWaitForMultipleObjectsAsync,
  RtWaitForSingleObjectAsync,
  SHM_MAP_READ,
  WAIT_ABANDONED,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
  type HANDLE,
  type Location,
} from "rtshm/win32";
import { Latency } from "./latency.js";
import {
  GUARD_NAME,
  LOAD_NAME,
  PERIOD_NAME,
  RTSS_INDEX,
  SAMPLE_OFFSET,
  SAMPLE_WORDS,
  SEEN_NAME,
  STAMPS,
  STOP_NAME,
  STORAGE_NAME,
} from "./layout.js";
import { LiveLine } from "./live-line.js";

const SILENCE_MS = 5000;

// Ctrl-C reaches every process of the terminal: the demo answers it by setting the stop event, so that all can clean up.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

const location: Location = { value: null };

const storage = RtOpenSharedMemory(SHM_MAP_READ, false, STORAGE_NAME, location);
const indices = new Uint32Array(mapped(storage, STORAGE_NAME));

const load = RtOpenSharedMemory(SHM_MAP_READ, false, LOAD_NAME, location);
const loadBytes = mapped(load, LOAD_NAME);
const stamps = new BigInt64Array(loadBytes, 0, STAMPS);
const publishedSample = new Float64Array(loadBytes, SAMPLE_OFFSET);

const guard = opened(RtOpenMutex(0, false, GUARD_NAME), GUARD_NAME);
const period = opened(RtOpenEvent(0, false, PERIOD_NAME), PERIOD_NAME);
const seen = opened(RtOpenSemaphore(0, false, SEEN_NAME), SEEN_NAME);
const stop = opened(RtOpenEvent(0, false, STOP_NAME), STOP_NAME);

RtPrintf('win32: opened "%s" read-only, handle 0x%08X\n', STORAGE_NAME, storage);

const sample = new Float64Array(SAMPLE_WORDS);
const latency = new Latency();
const recentLatency = new Latency();
const line = new LiveLine(process.stdout);
let lastIndex = Atomics.load(indices, RTSS_INDEX);
let taken = 0;
let missed = 0;

const outcome = await follow(Number(process.argv[2]));
await show();
line.end();

for (const handle of [storage, load, guard, period, seen, stop]) if (handle !== null) RtCloseHandle(handle);

RtPrintf("win32: %u periods taken, %u missed\n", taken, missed);
const { medianUs, p99Us, maxUs } = latency;
RtPrintf("win32: wake-up latency %.1f us median, %.1f us p99, %.1f us max\n", medianUs, p99Us, maxUs);

if (outcome === WAIT_OBJECT_0 && taken > 0) ExitProcess(0);
if (outcome === WAIT_TIMEOUT) RtPrintf("win32: no period for %u ms: the RTSS side is gone or stuck\n", SILENCE_MS);
else RtPrintf("win32: gave up, the last wait returned 0x%X\n", outcome);
ExitProcess(2);

/** Until stopped, or something is wrong: what the last wait returned. */
async function follow(seconds: number): Promise<number> {
  const endMs = performance.now() + seconds * 1000;
  for (;;) {
    const { result } = await RtWaitForMultipleObjectsAsync(2, [stop, period], false, SILENCE_MS);
    if (result !== WAIT_OBJECT_0 + 1) return result;
    takePeriods(process.hrtime.bigint());
    if (line.isDue()) await show();
    if (performance.now() >= endMs) RtSetEvent(stop);
  }
}

function takePeriods(woken: bigint): void {
  const index = Atomics.load(indices, RTSS_INDEX);
  const behind = (index - lastIndex) >>> 0;
  if (behind === 0) return;
  // What released this wait is the first period not yet seen: timing the newest would flatter a late reader.
  const oldest = behind > STAMPS ? index + 1 : lastIndex + 1;
  const nanoseconds = Number(woken - Atomics.load(stamps, oldest % STAMPS));
  latency.add(nanoseconds);
  recentLatency.add(nanoseconds);
  missed += behind - 1;
  taken += 1;
  lastIndex = index;
  RtReleaseSemaphore(seen, 1, null);
}

async function show(): Promise<void> {
  const { result } = await RtWaitForSingleObjectAsync(guard, SILENCE_MS);
  if (result !== WAIT_OBJECT_0 && result !== WAIT_ABANDONED) return;
  sample.set(publishedSample);
  RtReleaseMutex(guard);
  line.show({ sample, period: lastIndex, missed, latencyUs: recentLatency.medianUs });
  recentLatency.clear();
}

function mapped(handle: HANDLE | null, name: string): ArrayBuffer {
  opened(handle, name);
  if (location.value === null) throw new Error(`${name} is not mapped`);
  return location.value;
}

function opened(handle: HANDLE | null, name: string): HANDLE {
  if (handle !== null) return handle;
  RtPrintf('win32: cannot open "%s": error %u\n', name, GetLastError());
  ExitProcess(2);
}
