// The README's first program with the settings that `tsc --init` writes, and what becomes of objects at the top of a module.
import { namespaceDirectory } from "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import ts from "typescript";
import { projectRoot } from "../support/project.js";
import { codeBlocks, documentText } from "./markdown.js";

const project = mkdtempSync(join(tmpdir(), "rtshm-first-"));
after(() => rmSync(project, { recursive: true, force: true }));
mkdirSync(join(project, "node_modules"));
symlinkSync(projectRoot, join(project, "node_modules/rtshm"));

const run = async (file: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [join(project, file), ...args], { cwd: project })).stdout;

test("the README's first program is compiled by the settings of tsc --init, and runs on this Node twice", async () => {
  const tsc = join(projectRoot, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "--init"], { cwd: project });
  const [code = ""] = codeBlocks(documentText("README.md"), "ts");
  writeFileSync(join(project, "either.mts"), code);
  try {
    execFileSync(process.execPath, [tsc, "-p", project], { cwd: project, encoding: "utf8" });
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  }
  const output = readFileSync(join(project, "either.mjs"), "utf8");
  assert.doesNotMatch(output, /^\s*(await )?using /m, "Node 20 does not know it");
  const both = await Promise.all([run("either.mjs"), run("either.mjs")]);
  assert.deepEqual(both.sort(), ["read 42.5\n", "the reader has it\n"]);
});

// Says whether another could take the lock once the module's body has run.
const service = (keyword: "using" | "const"): string => `
import { Mutex } from "rtshm";
${keyword} single = Mutex.openOrCreate("single ${keyword}");
${keyword} lock = single.tryAcquire();
console.log(lock !== undefined);
setImmediate(() => {
  const other = Mutex.openOrCreate("single ${keyword}");
  console.log(other.tryAcquire() !== undefined);
});
`;

test("an instance's lock at the top of a module is held by const, and not by using", async () => {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  for (const keyword of ["using", "const"] as const) {
    writeFileSync(
      join(project, `${keyword}.mjs`),
      ts.transpileModule(service(keyword), { compilerOptions }).outputText,
    );
    assert.equal(await run(`${keyword}.mjs`), `true\n${String(keyword === "using")}\n`, keyword);
  }
  assert.ok(namespaceDirectory.length > 0);
});

test("no document and no example holds by using, at the top of a module, what has to outlive the module's body", () => {
  const porting = documentText("docs/porting.md");
  assert.match(porting, /## One instance only/);
  for (const code of codeBlocks(porting, "ts"))
    if (/^(await )?using /m.test(code)) assert.doesNotMatch(code, /setInterval|\.on\(|createServer/, code);
});
