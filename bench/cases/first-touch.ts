// Creating big shared memory and storing to each of its pages for the first time.
import { GetLastError, PAGE_READWRITE, RtCloseHandle, RtCreateSharedMemory } from "rtshm/win32";
import { interleave, nowNs, report, rounds, smoke, type Figures } from "../case.js";
import { runC } from "../c-programs.js";

const PAGE_BYTES = 4096;
const SIZES: readonly [label: string, sizeBytes: number, times: number][] = smoke
  ? [["1 MB", 2 ** 20, 1]]
  : [
      ["64 MB", 2 ** 26, 11],
      ["1 GB", 2 ** 30, 5],
    ];

function touchPages(buffer: ArrayBuffer): void {
  const bytes = new Uint8Array(buffer);
  for (let i = 0; i < bytes.length; i += PAGE_BYTES) bytes[i] = 1;
}

function createAndTouch(sizeBytes: number): Figures {
  const location: { value: ArrayBuffer | null } = { value: null };
  const start = nowNs();
  const handle = RtCreateSharedMemory(PAGE_READWRITE, 0, sizeBytes, null, location);
  if (handle === null || location.value === null) throw new Error(`create: error ${GetLastError()}`);
  const made = nowNs();
  touchPages(location.value);
  const touched = nowNs();
  RtCloseHandle(handle);
  return { make: Number(made - start), touch: Number(touched - made), ns: Number(touched - start) };
}

function prefixed(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix} ${name}`, value]));
}

for (const [label, sizeBytes, times] of SIZES) {
  const figures = await interleave(
    rounds(times),
    () => prefixed("C", runC("first-touch", "plain", sizeBytes)),
    () => prefixed("ours", createAndTouch(sizeBytes)),
    () => prefixed("huge", runC("first-touch", "huge", sizeBytes)),
  );
  const against = "C memfd+fallocate+mmap";
  report(figures, {
    name: `create ${label} and touch every page`,
    against,
    theirs: "C ns",
    ours: "ours ns",
    goal: { ratioAtMost: 1.05 },
  });
  report(figures, { name: `of this, create ${label}`, against, theirs: "C make", ours: "ours make" });
  report(figures, { name: `of this, touch ${label}`, against, theirs: "C touch", ours: "ours touch" });
  report(figures, {
    name: `create ${label} and touch every page`,
    against: "C with huge pages offered",
    theirs: "huge ns",
    ours: "ours ns",
  });
}
