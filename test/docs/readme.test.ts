// Runs the README's example as two processes, and compares what it names with what there is.
import { namespaceDirectory } from "../support/namespace.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { projectRoot } from "../support/project.js";
import ts from "typescript";
import { guard, unguard } from "../support/watchdog.js";
import { codeBlocks, documentText, tableRows } from "./markdown.js";

const readme = documentText("README.md");

// A project of its own that has rtshm installed as a link, as `npm install <path>` leaves it.
const project = mkdtempSync(join(tmpdir(), "rtshm-readme-"));
after(() => rmSync(project, { recursive: true, force: true }));
mkdirSync(join(project, "node_modules"));
symlinkSync(projectRoot, join(project, "node_modules/rtshm"));

const programs = codeBlocks(readme, "js").map((code) => {
  const file = /^\/\/ (\S+\.mjs)$/m.exec(code)?.[1];
  assert.ok(file !== undefined, `the block does not begin with its file name:\n${code}`);
  writeFileSync(join(project, file), code);
  return file;
});

function start(t: TestContext, file: string): Promise<string> {
  const child = spawn(process.execPath, [file], { cwd: project, stdio: ["ignore", "pipe", "pipe"] });
  const pid = child.pid!;
  guard(pid);
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve) =>
    child.once("close", (code, signal) => {
      unguard(pid);
      resolve(`${output}${code === 0 ? "" : `ended with ${code ?? signal}\n`}`);
    }),
  );
}

const names = (): string[] => readdirSync(namespaceDirectory).filter((entry) => !entry.startsWith("."));

// Programs in TypeScript run as the compiler makes them.
for (const code of codeBlocks(readme, "ts")) {
  const file = /^\/\/ (\S+)\.mts:/m.exec(code)?.[1];
  assert.ok(file !== undefined, `the block does not begin with its file name:\n${code}`);
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  writeFileSync(join(project, `${file}.mjs`), ts.transpileModule(code, { compilerOptions }).outputText);
}

const printed: Readonly<Record<string, string>> = {
  "reader.mjs": "read 42.5\n",
  "writer.mjs": "the reader has it\n",
};

test("the README has one example without types, of two programs", () => {
  assert.deepEqual([...programs].sort(), Object.keys(printed).sort());
});

for (const [first, second] of [
  ["reader.mjs", "writer.mjs"],
  ["writer.mjs", "reader.mjs"],
] as const) {
  test(`the example works when ${first} is started first`, async (t) => {
    const firstOutput = start(t, first);
    let ended = false;
    void firstOutput.then(() => (ended = true));
    while (!names().includes("Example.Taken~0") && !ended) await sleep(5);
    const secondOutput = start(t, second);
    assert.deepEqual([await firstOutput, await secondOutput], [printed[first], printed[second]]);
    assert.deepEqual(names(), [], "names that were left behind");
  });
}

test("the example in TypeScript works when it is started twice", async (t) => {
  const first = start(t, "either.mjs");
  let ended = false;
  void first.then(() => (ended = true));
  while (!names().includes("Example.Taken~0") && !ended) await sleep(5);
  const second = start(t, "either.mjs");
  assert.deepEqual([await first, await second], ["read 42.5\n", "the reader has it\n"]);
  assert.deepEqual(names(), [], "names that were left behind");
});

test("the two commands are there, and every script that a document names exists", () => {
  assert.deepEqual(codeBlocks(readme, "sh")[0]?.trim().split("\n"), ["npm ci && npm run demo", "npm ci && npm test"]);
  const { scripts, engines } = JSON.parse(documentText("package.json")) as {
    scripts: Record<string, string>;
    engines: { node: string };
  };
  for (const path of ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]) {
    for (const [, name] of documentText(path).matchAll(/npm run ([\w:-]+)/g))
      assert.ok(name! in scripts, `${path}: npm run ${name}`);
  }
  assert.ok("test" in scripts);
  assert.equal(engines.node, ">=20.19");
  assert.match(readme, /Node\.js 20\.19 or later/);
});

test("the table of environment variables names those that the code reads, and no other", () => {
  const named = tableRows(readme, "Environment variables").map(([name]) => name!.replaceAll("`", ""));
  const read = new Set<string>();
  for (const folder of ["src", "native"]) {
    for (const file of readdirSync(join(projectRoot, folder), { recursive: true }) as string[]) {
      if (!/\.(ts|c)$/.test(file)) continue;
      const text = readFileSync(join(projectRoot, folder, file), "utf8");
      for (const [, name] of text.matchAll(/(?:\benv\[|getenv\()"(RTSHM_\w+)"/g)) read.add(name!);
    }
  }
  assert.deepEqual(named.sort(), [...read].sort());
});
