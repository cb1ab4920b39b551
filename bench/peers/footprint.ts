// Makes many objects of one kind and says what each has added to this process and to the system, in bytes.
// The library is loaded only where it is asked for: `nothing` is Node.js alone.
import { readFileSync } from "node:fs";
import { answerRequests } from "../peer.js";

const what = process.argv[2] ?? "";

type Make = (i: number) => unknown;

async function pickMake(): Promise<Make> {
  if (what === "nothing") return () => true;
  const { PAGE_READWRITE, RtCreateEvent, RtCreateMutex, RtCreateSharedMemory } = await import("rtshm/win32");
  switch (what) {
    case "shared memory":
      return (i) => RtCreateSharedMemory(PAGE_READWRITE, 0, 4096, `footprint ${i}`, { value: null });
    case "event":
      return (i) => RtCreateEvent(null, false, false, `footprint ${i}`);
    case "mutex":
      return (i) => RtCreateMutex(null, false, `footprint ${i}`);
    case "further handle":
      return () => RtCreateEvent(null, false, false, "footprint");
    case "library":
      return (i) => (i === 0 ? RtCreateEvent(null, false, false, "footprint") : true);
    default:
      throw new Error(`footprint of ${what}?`);
  }
}

function bytesIn(file: string, field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(file, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

const make = await pickMake();

answerRequests(({ objects }: { objects: number }) => {
  const resident = bytesIn("/proc/self/status", "VmRSS");
  const shared = bytesIn("/proc/meminfo", "Shmem");
  for (let i = 0; i < objects; i++) {
    if (make(i) === null) throw new Error(`${what} ${i} failed`);
  }
  return {
    resident: (bytesIn("/proc/self/status", "VmRSS") - resident) / objects,
    shared: (bytesIn("/proc/meminfo", "Shmem") - shared) / objects,
    process: bytesIn("/proc/self/status", "VmRSS"),
  };
});
