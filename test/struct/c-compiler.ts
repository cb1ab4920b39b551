// Structs as a C compiler sees them.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The compilers on this machine. */
export const compilers = ["gcc", "clang"].filter((name) => spawnSync(name, ["--version"]).status === 0);

/** Compiles `source` without a warning and runs it; returns what it prints. `-w` among the options: warnings do not count. */
export function runInC(compiler: string, source: string, input?: Uint8Array, options: readonly string[] = []): Buffer {
  const directory = mkdtempSync(join(tmpdir(), "rtshm-struct-"));
  try {
    const file = join(directory, "program.c");
    writeFileSync(file, source);
    execFileSync(compiler, ["-std=c11", "-Wall", "-Werror", ...options, "-o", join(directory, "program"), file], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    return execFileSync(join(directory, "program"), { input: input ?? "", maxBuffer: 1 << 28 });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The errors that a compiler finds; warnings do not count. */
export function errorsInC(compiler: string, source: string): string[] {
  const { stderr } = spawnSync(compiler, ["-std=gnu11", "-w", "-fsyntax-only", "-x", "c", "-"], { input: source });
  return stderr
    .toString()
    .split("\n")
    .filter((line) => line.includes("error:"));
}
