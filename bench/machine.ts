// The machine and the versions that a set of results belongs to.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { compiler } from "./c-programs.js";

/** Facts in the order in which they are printed. */
export function describeMachine(): [fact: string, value: string][] {
  const cores = cpus();
  return [
    ["CPU", `${cores[0]?.model.trim() ?? "unknown"}, ${cores.length} cores${isGuest() ? ", virtual machine" : ""}`],
    ["Memory", `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ["Kernel", `${process.platform} ${release()}`],
    ["Huge pages for shared memory", chosen("/sys/kernel/mm/transparent_hugepage/shmem_enabled")],
    ["Node.js", `${process.version} (V8 ${process.versions.v8}, libuv ${process.versions.uv})`],
    ["C compiler", `${firstLine(compiler(), "--version")}, -O2`],
  ];
}

function isGuest(): boolean {
  return /^flags\s*:.*\bhypervisor\b/m.test(read("/proc/cpuinfo"));
}

/** The value in brackets of a file such as `always [madvise] never`. */
function chosen(file: string): string {
  return /\[(\w+)\]/.exec(read(file))?.[1] ?? "not offered";
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function firstLine(command: string, argument: string): string {
  return execFileSync(command, [argument], { encoding: "utf8" }).split("\n")[0] ?? command;
}
