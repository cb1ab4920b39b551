// Every RTSHM_* variable that the package knows. Each thread reads them once, at its first use of anything that depends
// on one, so a program may set them after its imports.

/** What the environment said at the first use. */
export interface Environment {
  /** RTSHM_DIR: the namespace directory; undefined when it is not set or empty. */
  readonly directory: string | undefined;
  /** RTSHM_STEP, for the crash tests: `<step>:<kill|stop|exit|throw>[:<visit>]`. */
  readonly step: string | undefined;
  /**
   * RTSHM_POLL_US: how long a thread polls before its asynchronous waits sleep, in microseconds; undefined when it is
   * not set.
   */
  readonly pollUs: number | undefined;
  /** RTSHM_NO_SPIN is set, to any value: blocking waits sleep at once. */
  readonly noSpin: boolean;
  /** RTSHM_NO_FUTEX_WAITV is set, to any value: the process behaves as on a kernel without futex_waitv. */
  readonly noFutexWaitv: boolean;
  /** RTSHM_HUGE_PAGES is 1: new objects ask for huge pages unless they say otherwise. */
  readonly hugePages: boolean;
  /** RTSHM_DEBUG is 1: reports say where objects were opened. */
  readonly debug: boolean;
  /** RTSHM_TEST_NO_SLICES is 1, for the tests: sleeps have no slices, so a thread that nobody wakes sleeps on. */
  readonly noSlices: boolean;
}

function read(): Environment {
  const { env } = process;
  const pollUs = env["RTSHM_POLL_US"];
  return {
    directory: env["RTSHM_DIR"] || undefined,
    step: env["RTSHM_STEP"] || undefined,
    pollUs: pollUs === undefined ? undefined : Number(pollUs),
    noSpin: env["RTSHM_NO_SPIN"] !== undefined,
    noFutexWaitv: env["RTSHM_NO_FUTEX_WAITV"] !== undefined,
    hugePages: env["RTSHM_HUGE_PAGES"] === "1",
    debug: env["RTSHM_DEBUG"] === "1",
    noSlices: env["RTSHM_TEST_NO_SLICES"] === "1",
  };
}

let known: Environment | undefined;

/** The environment as it was at the first call in this thread. What the program sets later has no effect. */
export function environment(): Environment {
  return (known ??= read());
}
