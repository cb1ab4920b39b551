// Compiles every C file of the project, and every header by itself, with more warnings than the build has; each is an error.
import { spawnSync } from "node:child_process";
import { findCompiler, findHeaders, listC, root } from "./native-tools.mjs";

const flags =
  "-std=gnu11 -O2 -pthread -DNAPI_VERSION=8 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Werror";
const [compiler, ...compilerArgs] = findCompiler();
const common = [...compilerArgs, ...flags.split(" "), "-Iinclude", "-Inative", "-isystem", findHeaders()];

const files = listC();
const bad = files.filter((file) => {
  // Sources are compiled for real: with -fsyntax-only gcc is silent about unused functions and uninitialised variables.
  // A header is read from standard input as an include, since as a main file it draws warnings about its own #pragma once.
  const header = file.endsWith(".h");
  const args = header ? ["-fsyntax-only", "-x", "c", "-"] : ["-c", file, "-o", "/dev/null"];
  const input = header ? `#include "${root}/${file}"\n` : "";
  return (
    spawnSync(compiler, [...common, ...args], { cwd: root, input, stdio: ["pipe", "inherit", "inherit"] }).status !== 0
  );
});
process.stdout.write(`lint-native: ${files.length} C files, ${bad.length} with warnings\n`);
process.exit(bad.length === 0 ? 0 : 1);
