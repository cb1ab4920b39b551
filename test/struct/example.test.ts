// The examples in docs/structs.md run as they are printed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { projectRoot } from "../support/project.js";

const text = readFileSync(join(projectRoot, "docs/structs.md"), "utf8");
const examples = Array.from(text.matchAll(/```ts\n([^]*?)```/g), ([, code = ""]) => code);

function run(code: string): string {
  const { outputText } = ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", outputText], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

test("docs/structs.md has three examples", () => {
  assert.equal(examples.length, 3);
});

test("the first prints an offset, a view and a C header", () => {
  const stdout = run(examples[0] ?? "");
  assert.match(stdout, /^8 Shape \{/);
  assert.match(stdout, /y: -1\.5/);
  assert.match(stdout, /mode: 'Run'/);
  assert.match(stdout, /_Static_assert\(offsetof\(Shape, corners\) == 8/);
});

test("the second stores members of a union and prints a value with all of them", () => {
  const stdout = run(examples[1] ?? "");
  assert.match(
    stdout,
    /^true \{\n  kind: 1,\n  value: \{ whole: 1069547521, real: 1\.500000\d+, low: 1, high: 16320 \}\n\}/,
  );
});

test("the third reads a C header and prints a declaration and a view", () => {
  const stdout = run(examples[2] ?? "");
  assert.match(stdout, /^AXIS 28 4\n0 f64 position\n8 \[3\]i32 errors\n/);
  assert.match(stdout, /errors: \[ 0, 0, -1 \], mode: 'RUN'/);
});
