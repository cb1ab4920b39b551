// The real-time side: samples this machine at 1 kHz into shared memory and tells the other side, until it is stopped.
// With --die-owning it stops short after a while with the mutex in its hands, for the demo to kill it there.
import { constants, setPriority } from "node:os";
import {
  ERROR_ALREADY_EXISTS,
  ExitProcess,
  GetLastError,
  INFINITE,
  PAGE_READWRITE,
  RtCloseHandle,
  RtCreateEvent,
  RtCreateMutex,
  RtCreateSemaphore,
  RtCreateSharedMemory,
  RtPrintf,
  RtReleaseMutex,
  RtSetEvent,
  RtWaitForSingleObject,
  RtWaitForSingleObjectEx,
  WAIT_ABANDONED,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
  type HANDLE,
  type Location,
} from "rtshm/rtss";
import {
  GUARD_NAME,
  LOAD_NAME,
  LOAD_SIZE,
  PERIOD_NAME,
  PERIOD_NS,
  RTSS_INDEX,
  SAMPLE_OFFSET,
  SEEN_NAME,
  STAMPS,
  STOP_NAME,
  STORAGE_NAME,
  STORAGE_SIZE,
  WIN32_INDEX,
} from "./layout.js";
import { Latency } from "./latency.js";
import { ProcSampler } from "./proc-sampler.js";

const PERIODS_BEFORE_DEATH = 250;

// Ctrl-C reaches every process of the terminal: the demo answers it by setting the stop event, so that all can clean up.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

const location: Location = { value: null };

const storage = RtCreateSharedMemory(PAGE_READWRITE, 0, STORAGE_SIZE, STORAGE_NAME, location);
if (storage !== null && GetLastError() === ERROR_ALREADY_EXISTS) {
  RtPrintf('rtss:  "%s" already exists: another RTSS side is at work\n', STORAGE_NAME);
  RtCloseHandle(storage);
  ExitProcess(1);
}
const indices = new Uint32Array(mapped(storage, STORAGE_NAME));

const load = RtCreateSharedMemory(PAGE_READWRITE, 0, LOAD_SIZE, LOAD_NAME, location);
const loadBytes = mapped(load, LOAD_NAME);
const stamps = new BigInt64Array(loadBytes, 0, STAMPS);
const publishedSample = new Float64Array(loadBytes, SAMPLE_OFFSET);

const guard = made(RtCreateMutex(null, false, GUARD_NAME), GUARD_NAME);
const period = made(RtCreateEvent(null, false, false, PERIOD_NAME), PERIOD_NAME);
const seen = made(RtCreateSemaphore(null, 0, 0x7fff_ffff, SEEN_NAME), SEEN_NAME);
const stop = made(RtCreateEvent(null, true, false, STOP_NAME), STOP_NAME);

RtPrintf('rtss:  created "%s", handle 0x%08X\n', STORAGE_NAME, storage);

try {
  setPriority(constants.priority.PRIORITY_HIGHEST);
} catch {
  // not for ordinary users: then the periods are as punctual as the machine is idle
}

const parent = process.ppid;
const sampler = new ProcSampler();
const lateness = new Latency();
let deadlinesMissed = 0;

run(process.argv.includes("--die-owning") ? PERIODS_BEFORE_DEATH : Infinity);
if (process.argv.includes("--die-owning")) waitForDeath();

RtSetEvent(stop); // should the demo have died, nobody else tells the Win32 side
const periods = Atomics.load(indices, RTSS_INDEX);
const taken = Atomics.load(indices, WIN32_INDEX);
sampler.close();
for (const handle of [storage, load, guard, period, seen, stop]) if (handle !== null) RtCloseHandle(handle);

RtPrintf("rtss:  %u periods, %u deadlines missed; the Win32 side took %u\n", periods, deadlinesMissed, taken);
const { medianUs, p99Us, maxUs } = lateness;
RtPrintf("rtss:  late by %.1f us median, %.1f us p99, %.1f us max\n", medianUs, p99Us, maxUs);

/** Deadlines are absolute: a late period does not push back the ones after it. */
function run(periods: number): void {
  const timeout = { value: 0n };
  let deadline = process.hrtime.bigint();
  for (let done = 0; done < periods && process.ppid === parent; done++) {
    deadline += PERIOD_NS;
    const ahead = deadline - process.hrtime.bigint();
    timeout.value = ahead > 0n ? ahead / 100n : 0n;
    if (isStopped(RtWaitForSingleObjectEx(stop, timeout))) return;

    const late = process.hrtime.bigint() - deadline;
    lateness.add(Number(late));
    if (late > PERIOD_NS) {
      deadlinesMissed += Number(late / PERIOD_NS);
      deadline += (late / PERIOD_NS) * PERIOD_NS;
    }
    publish();
  }
}

function publish(): void {
  sampler.read();
  // A real-time loop waits for nobody longer than its period: a sample that finds the mutex taken is dropped.
  const owned = RtWaitForSingleObject(guard, 1);
  if (owned === WAIT_OBJECT_0 || owned === WAIT_ABANDONED) {
    publishedSample.set(sampler.sample);
    RtReleaseMutex(guard);
  }
  while (RtWaitForSingleObject(seen, 0) === WAIT_OBJECT_0) Atomics.add(indices, WIN32_INDEX, 1);

  const index = Atomics.load(indices, RTSS_INDEX) + 1;
  Atomics.store(stamps, index % STAMPS, process.hrtime.bigint());
  Atomics.store(indices, RTSS_INDEX, index);
  RtSetEvent(period);
}

function waitForDeath(): void {
  RtWaitForSingleObject(guard, INFINITE);
  RtPrintf('rtss:  owns "%s" and will not let go\n', GUARD_NAME);
  while (process.ppid === parent && !isStopped(RtWaitForSingleObject(stop, 1000)));
}

function isStopped(result: number): boolean {
  if (result === WAIT_OBJECT_0 || result === WAIT_TIMEOUT) return result === WAIT_OBJECT_0;
  RtPrintf('rtss:  waiting for "%s" gave 0x%X, error %u\n', STOP_NAME, result, GetLastError());
  ExitProcess(2);
}

function mapped(handle: HANDLE | null, name: string): ArrayBuffer {
  made(handle, name);
  if (location.value === null) throw new Error(`${name} is not mapped`);
  return location.value;
}

function made(handle: HANDLE | null, name: string): HANDLE {
  if (handle !== null) return handle;
  RtPrintf('rtss:  cannot create "%s": error %u\n', name, GetLastError());
  ExitProcess(2);
}
