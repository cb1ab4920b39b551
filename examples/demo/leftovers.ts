// Looks, by means of the system alone and not of the library, for anything the demo may have left behind.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { ALL_NAMES } from "./layout.js";

/** One sentence for each thing that is still there. */
export function leftovers(): string[] {
  return [...entriesInNamespace(), ...processIds().flatMap((pid) => [...memoryIn(pid), ...childAt(pid)])];
}

/** The file of a name is the name, `~`, and a number for each handle. */
function entriesInNamespace(): string[] {
  const directory = process.env["RTSHM_DIR"] || `/tmp/rtshm-${process.getuid?.()}`;
  return attempt(() => readdirSync(directory), [])
    .filter((entry) => ALL_NAMES.includes(entry.replace(/~\d+$/, "")))
    .map((entry) => `${join(directory, entry)} exists`);
}

/** Memory lives as long as a descriptor or a mapping of it. */
function memoryIn(pid: number): string[] {
  if (environmentOf(pid)["RTSHM_DIR"] !== process.env["RTSHM_DIR"]) return [];
  const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`), []).map((fd) =>
    attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`), ""),
  );
  const mappings = attempt(() => readFileSync(`/proc/${pid}/maps`, "utf8"), "").split("\n");
  return ALL_NAMES.flatMap((name) => {
    const ours = new RegExp(`/memfd:rtshm:${name.replaceAll(".", "\\.")}( \\(deleted\\))?$`);
    return [
      ...(descriptors.some((target) => ours.test(target)) ? [`process ${pid} has a descriptor of ${name}`] : []),
      ...(mappings.some((line) => ours.test(line)) ? [`process ${pid} maps ${name}`] : []),
    ];
  });
}

function childAt(pid: number): string[] {
  const status = attempt(() => readFileSync(`/proc/${pid}/status`, "utf8"), "");
  const isChild = new RegExp(`^PPid:\\s*${process.pid}$`, "m").test(status);
  return isChild ? [`process ${pid} is still a child`] : [];
}

/** A demo in another namespace may be running; what it holds is none of ours. */
function environmentOf(pid: number): Record<string, string> {
  const text = attempt(() => readFileSync(`/proc/${pid}/environ`, "utf8"), "");
  return Object.fromEntries(
    text.split("\0").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

function processIds(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** Processes come and go while we look, and those of other users are closed to us. */
function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
