// What building and linting the C code share: the compiler, the directory of Node-API's headers, the list of sources.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Ends the program with one sentence for the person who started it. */
export function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** The C compiler as [program, ...leading arguments]: $CC (which may hold arguments), else the first of cc, gcc, clang. */
export function findCompiler() {
  const wanted = process.env.CC?.trim();
  const candidates = wanted ? [wanted.split(/\s+/)] : [["cc"], ["gcc"], ["clang"]];
  for (const [program, ...args] of candidates) {
    if (spawnSync(program, [...args, "--version"], { stdio: "ignore" }).status === 0) return [program, ...args];
  }
  return fail(
    `rtshm: building the addon needs a C compiler, but ${wanted ? `CC="${wanted}" does not run` : "none of cc, gcc, clang was found"}: ` +
      "install one (Debian, Ubuntu: build-essential; Fedora, RHEL: gcc glibc-devel; Alpine: build-base).",
  );
}

/**
 * The directory that holds node_api.h and uv.h. Both are ABI-stable, so the headers of any Node.js version do. Nothing is
 * downloaded.
 */
export function findHeaders() {
  const { env, execPath, versions } = process;
  const gypCache = join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "node-gyp");
  const gypVersions = existsSync(gypCache) ? readdirSync(gypCache) : [];
  const candidates = [
    env.RTSHM_NODE_INCLUDE,
    join(dirname(execPath), "../include/node"),
    env.npm_config_nodedir && join(env.npm_config_nodedir, "include/node"),
    "/usr/include/node",
    "/usr/include/nodejs/src",
    ...[versions.node, ...gypVersions].map((version) => join(gypCache, version, "include/node")),
  ];
  const found = candidates.find(
    (directory) => directory && ["node_api.h", "uv.h"].every((file) => existsSync(join(directory, file))),
  );
  return (
    found ??
    fail(
      "rtshm: building the addon needs Node.js headers, but no directory with node_api.h and uv.h was found: " +
        "install them (Debian, Ubuntu: libnode-dev; Fedora, RHEL: nodejs-devel; Alpine: nodejs-dev), " +
        "or set RTSHM_NODE_INCLUDE to the include/node directory of a Node.js installation.",
    )
  );
}

/** Files below a directory of the project whose names end in one of the endings, sorted, as paths from the root. */
export function listFiles(directory, endings) {
  const absolute = join(root, directory);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** All C sources and headers of the project, of C peers and tests too. */
export function listC(endings = [".c", ".h"]) {
  return ["native", "include", "test", "bench", "examples"].flatMap((directory) => listFiles(directory, endings));
}
