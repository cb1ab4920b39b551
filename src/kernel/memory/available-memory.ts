// How much memory a new object may still take. Checked before the kernel is asked, because its own answer would be the
// OOM killer.
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

interface GroupFiles {
  readonly limit: string;
  readonly usage: string;
  /**
   * The lines of memory.stat that count what the kernel takes back before it refuses or kills: the pages of files, not
   * of memfds.
   */
  readonly reclaimable: readonly string[];
}

// usage_in_bytes counts the descendants too, so what is taken off it must count them as well: the total_ lines do.
const V1: GroupFiles = {
  limit: "memory.limit_in_bytes",
  usage: "memory.usage_in_bytes",
  reclaimable: ["total_inactive_file", "total_active_file"],
};
const V2: GroupFiles = {
  limit: "memory.max",
  usage: "memory.current",
  reclaimable: ["inactive_file", "active_file", "slab_reclaimable"],
};

function reclaimableBytes(folder: string, keys: readonly string[]): number {
  const text = read(`${folder}/memory.stat`);
  return keys.reduce((sum, key) => sum + Number(new RegExp(`^${key} (\\d+)$`, "m").exec(text)?.[1] ?? 0), 0);
}

/**
 * What a control group's limit leaves, in bytes. What the kernel would take back counts as free, so a group that its
 * page cache fills has as much room as an empty one.
 * @param folder the group's folder, with the files of cgroup v1 or v2
 */
export function groupBytes(folder: string, version: 1 | 2): number {
  const { limit, usage, reclaimable } = version === 1 ? V1 : V2;
  const most = Number.parseInt(read(`${folder}/${limit}`), 10);
  const used = Number.parseInt(read(`${folder}/${usage}`), 10);
  if (Number.isNaN(most) || Number.isNaN(used)) return Infinity;
  return Math.min(most, Math.max(0, most - used + reclaimableBytes(folder, reclaimable)));
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
      least = Math.min(least, groupBytes(folder, v1 ? 1 : 2));
    }
  }
  return least;
}

/** Bytes that the machine and this process's control group can still give; Infinity where neither says. */
export function availableBytes(): number {
  return Math.min(machineBytes(), controlGroupBytes());
}
