// What the processors of the machine have done since it started: for what disturbs a measurement from outside.
import { readFileSync } from "node:fs";

/** Sums over all processors, in ticks of the system. */
export interface ProcessorTimes {
  /** Working, or kept from it by the host. */
  readonly busy: number;
  /** Ready to work while the host ran something else. */
  readonly stolen: number;
  readonly all: number;
}

export function processorTimes(): ProcessorTimes {
  const [, user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = (
    readFileSync("/proc/stat", "utf8").split("\n")[0] ?? ""
  )
    .split(/\s+/)
    .map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, stolen: steal, all: busy + idle + iowait };
}

/** How much of the processors' time the host took since `before`, in percent. */
export function stolenPercent(before: ProcessorTimes): number {
  const now = processorTimes();
  return now.all === before.all ? 0 : (100 * (now.stolen - before.stolen)) / (now.all - before.all);
}
