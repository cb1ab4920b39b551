// How much memory a new object may still take: asked before the kernel is, for its own answer would be the OOM killer.
import { readFileSync } from "node:fs";

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function machineBytes(): number {
  const text = read("/proc/meminfo");
  const kib = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? Number.NaN);
  const bytes = (kib("MemAvailable") + kib("SwapFree")) * 1024;
  return Number.isNaN(bytes) ? Infinity : bytes;
}

function limitBytes(folder: string, limitFile: string, usageFile: string): number {
  const limit = Number.parseInt(read(`${folder}/${limitFile}`), 10);
  const usage = Number.parseInt(read(`${folder}/${usageFile}`), 10);
  return Number.isNaN(limit) || Number.isNaN(usage) ? Infinity : Math.max(0, limit - usage);
}

// A control group's limit holds for its descendants too, so every ancestor counts.
function controlGroupBytes(): number {
  let least = Infinity;
  for (const line of read("/proc/self/cgroup").split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined || !(controllers === "" || controllers === "memory")) continue;
    const v1 = controllers === "memory";
    const root = v1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
    const parts = path.split("/").filter((part) => part !== "");
    for (let depth = parts.length; depth >= 0; depth--) {
      const folder = [root, ...parts.slice(0, depth)].join("/");
      least = Math.min(
        least,
        v1
          ? limitBytes(folder, "memory.limit_in_bytes", "memory.usage_in_bytes")
          : limitBytes(folder, "memory.max", "memory.current"),
      );
    }
  }
  return least;
}

/** Bytes that the machine and this process's control group can still give; Infinity where neither tells. */
export function availableBytes(): number {
  return Math.min(machineBytes(), controlGroupBytes());
}
