// clang-format over all C files: --write, or --check, which lists the files it would change.
// It is a WebAssembly build from npm, so that everybody has the same version and nobody has to install one.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fail, listC, root } from "./native-tools.mjs";

const clangFormat = createRequire(import.meta.url).resolve("@wasm-fmt/clang-format/clang-format-cli.cjs");
const write = process.argv.includes("--write");
const files = listC();
const changed = files.filter((file) => {
  const args = [clangFormat, "--style=file", file];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) fail(`clang-format failed on ${file}: ${stderr}`);
  if (stdout === readFileSync(join(root, file), "utf8")) return false;
  if (write) writeFileSync(join(root, file), stdout);
  else process.stderr.write(`not formatted (npm run format): ${file}\n`);
  return true;
});
process.stdout.write(`format-native: ${files.length} C files, ${changed.length} ${write ? "changed" : "to change"}\n`);
process.exit(write || changed.length === 0 ? 0 : 1);
