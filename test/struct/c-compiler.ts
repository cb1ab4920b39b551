// Structs as a C compiler sees them.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const isHere = (name: string): boolean => spawnSync(name, ["--version"]).status === 0;
const C = ["gcc", "clang"];
const CPP = ["g++", "clang++"];

/** The compilers of C on this machine. */
export const compilers = C.filter(isHere);
/** The compilers of C++ on this machine. */
export const cppCompilers = CPP.filter(isHere);
/** Those that are not here: a test says so. */
export const missing = [...C, ...CPP].filter((name) => !isHere(name));

function run(command: readonly string[], name: string, source: string, input?: Uint8Array): Buffer {
  const directory = mkdtempSync(join(tmpdir(), "rtshm-struct-"));
  try {
    const file = join(directory, name);
    const program = join(directory, "program");
    const [compiler = "", ...options] = command;
    writeFileSync(file, source);
    execFileSync(compiler, [...options, "-o", program, file], { stdio: ["ignore", "ignore", "pipe"] });
    return execFileSync(program, { input: input ?? "", maxBuffer: 1 << 28 });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Compiles `source` without a warning and runs it; returns what it prints. `-w` among the options: warnings do not count. */
export function runInC(compiler: string, source: string, input?: Uint8Array, options: readonly string[] = []): Buffer {
  // That a packed struct moves what is aligned inside of it is meant; gcc does not mind options that it does not know.
  const meant = ["-Wno-packed-not-aligned", "-Wno-unknown-warning-option"];
  return run([compiler, "-std=c11", "-Wall", "-Werror", ...meant, ...options], "program.c", source, input);
}

/** The same in C++20; warnings do not count, and what is private can be looked at. */
export const runInCpp = (compiler: string, source: string, options: readonly string[] = []): Buffer =>
  run(
    [compiler, "-std=gnu++20", "-w", "-fno-access-control", "-fno-strict-aliasing", ...options],
    "program.cpp",
    source,
  );

/** The errors that a compiler finds; warnings do not count. */
export function errorsInC(compiler: string, source: string): string[] {
  const { stderr } = spawnSync(compiler, ["-std=gnu11", "-w", "-fsyntax-only", "-x", "c", "-"], { input: source });
  return stderr
    .toString()
    .split("\n")
    .filter((line) => line.includes("error:"));
}
