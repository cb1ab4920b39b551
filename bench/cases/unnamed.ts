// A whole life of an unnamed object against the system calls that it cannot do without.
import { RtCloseHandle, RtCreateMutex, RtCreateSharedMemory, PAGE_READWRITE } from "rtshm/win32";
import { count, interleave, report, rounds, timePerOperation } from "../case.js";
import { nanosecondsInC } from "../c-programs.js";

const CYCLES = count(2000, 5);
const PAGE_BYTES = 4096;

function close(handle: Parameters<typeof RtCloseHandle>[0] | null): void {
  if (handle === null || !RtCloseHandle(handle)) throw new Error("create or close failed");
}

const location: { value: ArrayBuffer | null } = { value: null };

function mutexCycle(): number {
  return timePerOperation(CYCLES, () => {
    for (let i = 0; i < CYCLES; i++) close(RtCreateMutex(null, false, null));
  });
}

const figures = await interleave(
  rounds(21),
  () => ({
    "C data": nanosecondsInC("life-cycle", "unnamed", CYCLES, 2 * PAGE_BYTES),
    "C header": nanosecondsInC("life-cycle", "unnamed", CYCLES, PAGE_BYTES),
  }),
  () => ({
    "shared memory": timePerOperation(CYCLES, () => {
      for (let i = 0; i < CYCLES; i++) {
        close(RtCreateSharedMemory(PAGE_READWRITE, 0, PAGE_BYTES, null, location));
      }
    }),
  }),
  () => {
    const other = RtCreateMutex(null, false, null);
    const ns = mutexCycle();
    close(other);
    return { "mutex besides another": ns, "mutex alone": mutexCycle() };
  },
);

const calls = "C memfd_create+fallocate+seal+mmap+touch+munmap+close";
report(figures, {
  name: "create + close, unnamed 4 KB shared memory",
  against: `${calls}, 2 pages`,
  theirs: "C data",
  ours: "shared memory",
  goal: { ratioAtMost: 1.3 },
});
report(figures, {
  name: "create + close, unnamed mutex, another waitable object open",
  against: `${calls}, 1 page`,
  theirs: "C header",
  ours: "mutex besides another",
  goal: { ratioAtMost: 1.3 },
});
report(figures, {
  name: "create + close, unnamed mutex, the process's only waitable object",
  against: `${calls}, 1 page`,
  theirs: "C header",
  ours: "mutex alone",
  goal: { ratioAtMost: 1.3 },
});
