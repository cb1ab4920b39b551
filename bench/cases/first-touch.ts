// Creating big shared memory and storing to each of its pages for the first time: as it comes, pre-faulted (the rtss side), and
// with huge pages asked for.
import { descriptorFd } from "#kernel/process/descriptor-table";
import { HEADER_BYTES } from "#protocol/object-header";
import { Mapping } from "#kernel/memory/mapping";
import { closeObject, createObject } from "#kernel/open";
import * as rtss from "rtshm/rtss";
import * as win32 from "rtshm/win32";
import { PAGE_READWRITE } from "rtshm/win32";
import { interleave, nowNs, report, rounds, smoke, type Figures } from "../case.js";
import { runC } from "../c-programs.js";
import { median } from "../statistics.js";

const PAGE_BYTES = 4096;
const SIZES: readonly [label: string, sizeBytes: number, times: number][] = smoke
  ? [["1 MB", 2 ** 20, 1]]
  : [
      ["64 MB", 2 ** 26, 11],
      ["1 GB", 2 ** 30, 5],
    ];

type Side = Pick<typeof win32, "RtCreateSharedMemory" | "RtCloseHandle" | "GetLastError">;

function touchPages(buffer: ArrayBuffer): void {
  const bytes = new Uint8Array(buffer);
  for (let i = 0; i < bytes.length; i += PAGE_BYTES) bytes[i] = 1;
}

function createAndTouch(sizeBytes: number, side: Side): Figures {
  const location: { value: ArrayBuffer | null } = { value: null };
  const start = nowNs();
  const handle = side.RtCreateSharedMemory(PAGE_READWRITE, 0, sizeBytes, null, location);
  if (handle === null || location.value === null) throw new Error(`create: error ${side.GetLastError()}`);
  const made = nowNs();
  touchPages(location.value);
  const touched = nowNs();
  side.RtCloseHandle(handle);
  return { make: Number(made - start), touch: Number(touched - made), ns: Number(touched - start) };
}

function createHugeAndTouch(sizeBytes: number): Figures {
  const start = nowNs();
  const { descriptor, header } = createObject("sharedMemory", null, { sizeBytes, hugePages: true });
  const mapping = Mapping.create(descriptorFd(descriptor), HEADER_BYTES, sizeBytes, true, null);
  const made = nowNs();
  touchPages(mapping.buffer);
  const touched = nowNs();
  const share = (100 * mapping.hugeBytes()) / sizeBytes;
  mapping.unmap();
  closeObject(descriptor, header.name);
  return { make: Number(made - start), touch: Number(touched - made), ns: Number(touched - start), share };
}

function prefixed(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix} ${name}`, value]));
}

for (const [label, sizeBytes, times] of SIZES) {
  const figures = await interleave(
    rounds(times),
    () => prefixed("C", runC("first-touch", "plain", sizeBytes)),
    () => prefixed("ours", createAndTouch(sizeBytes, win32)),
    () => prefixed("pre-faulted", createAndTouch(sizeBytes, rtss)),
    () => prefixed("C huge", runC("first-touch", "huge", sizeBytes)),
    () => prefixed("ours huge", createHugeAndTouch(sizeBytes)),
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
    name: `touch ${label}, pre-faulted (rtss)`,
    against,
    theirs: "C touch",
    ours: "pre-faulted touch",
  });
  report(figures, { name: `create ${label} pre-faulted`, against, theirs: "C make", ours: "pre-faulted make" });
  report(figures, {
    name: `create ${label} with huge pages asked for and touch every page`,
    against: "C with huge pages asked for",
    theirs: "C huge ns",
    ours: "ours huge ns",
    note: `${median(figures.get("ours huge share") ?? []).toFixed(0)} % of the bytes came in huge pages`,
  });
}
