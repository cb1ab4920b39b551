// Compiles native/*.c into dist/rtshm.node with one call of the C compiler. Does nothing if the result is newer than all it is made of.
// CFLAGS and LDFLAGS are appended; warnings are errors if CI or RTSHM_WERROR is set. --force builds in any case.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, findCompiler, findHeaders, listFiles, root } from "./native-tools.mjs";

const target = join(root, "dist/rtshm.node");
const stamp = join(root, "build/rtshm.node.command"); // the command that made the target: other flags, another build
const sources = listFiles("native", [".c"]).filter((file) => file.split("/").length === 2);
if (sources.length === 0) fail("rtshm: there is no C source in native/.");

const words = (text) => text?.split(/\s+/).filter(Boolean) ?? [];
const set = (value) => value !== undefined && value !== "" && value !== "0" && value !== "false";
const strict = set(process.env.CI) || set(process.env.RTSHM_WERROR);
const [compiler, ...compilerArgs] = findCompiler();
const flags = [
  ..."-std=gnu11 -O2 -g -fPIC -shared -Wall -Wextra -fvisibility=hidden -pthread -DNAPI_VERSION=8".split(" "),
  // Node unloads an addon with the last environment that loaded it, but the process block, the companions' code and the fault
  // handler must outlive a worker.
  "-Wl,-z,nodelete",
  ...(strict ? ["-Werror"] : []),
  "-Iinclude",
  "-isystem",
  findHeaders(),
  ...words(process.env.CFLAGS),
];
const args = [...compilerArgs, ...flags, ...sources, ...words(process.env.LDFLAGS)];
const command = [compiler, ...args].join(" ");

function upToDate() {
  if (process.argv.includes("--force") || !existsSync(target) || !existsSync(stamp)) return false;
  if (readFileSync(stamp, "utf8") !== command) return false;
  const built = statSync(target).mtimeMs;
  const inputs = [
    ...sources,
    ...listFiles("native", [".h"]),
    ...listFiles("include", [".h"]),
    "scripts/build-native.mjs",
  ];
  return inputs.every((file) => statSync(join(root, file)).mtimeMs < built);
}

if (!upToDate()) {
  mkdirSync(join(root, "dist"), { recursive: true });
  mkdirSync(join(root, "build"), { recursive: true });
  // A process may have the old addon mapped: never write into that file, replace it.
  const fresh = `${target}.${process.pid}`;
  const result = spawnSync(compiler, [...args, "-o", fresh], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (result.status !== 0) {
    rmSync(fresh, { force: true });
    fail(`rtshm: the C compiler failed (${result.error?.message ?? result.signal ?? `exit code ${result.status}`}).`);
  }
  renameSync(fresh, target);
  writeFileSync(stamp, command);
}
