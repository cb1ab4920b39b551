// All that the two sides agree on: the names of the objects and where each field lies.

/** `struct { unsigned int Win32_index; unsigned int RTSS_index; }`: as 32-bit words. The RTSS side writes both. */
export const STORAGE_NAME = "Storage.Name";
export const STORAGE_SIZE = 8;
export const WIN32_INDEX = 0;
export const RTSS_INDEX = 1;

/** Mutex: held by whoever reads or writes the sample, which is many words. */
export const GUARD_NAME = "Storage.Name.Guard";
/** Auto-reset event: a period has been published. */
export const PERIOD_NAME = "Storage.Name.Period";
/** Semaphore: one count for each period that the Win32 side took; the RTSS side adds them to `Win32_index`. */
export const SEEN_NAME = "Storage.Name.Seen";
/** Manual-reset event: everybody goes home. */
export const STOP_NAME = "Storage.Name.Stop";

/** Shared memory: a ring of time stamps, then the sample. Everything in it is 8 bytes wide. */
export const LOAD_NAME = "Storage.Name.Load";
/** CLOCK_MONOTONIC nanoseconds as int64, period `n` in slot `n % STAMPS`; single words, so no mutex. */
export const STAMPS = 64;
export const SAMPLE_OFFSET = STAMPS * 8;

/** The sample, as float64 words. */
export const CORES = 0;
export const MEMORY_TOTAL_KIB = 1;
export const MEMORY_AVAILABLE_KIB = 2;
export const LOAD_1_MIN = 3;
export const LOAD_5_MIN = 4;
export const LOAD_15_MIN = 5;
/** From here on a pair for each core: clock ticks busy and clock ticks in all, since boot. */
export const TICKS = 6;
export const MAX_CORES = 256;
export const SAMPLE_WORDS = TICKS + 2 * MAX_CORES;
export const LOAD_SIZE = SAMPLE_OFFSET + SAMPLE_WORDS * 8;

export const ALL_NAMES = [STORAGE_NAME, GUARD_NAME, PERIOD_NAME, SEEN_NAME, STOP_NAME, LOAD_NAME];

export const PERIOD_NS = 1_000_000n;
