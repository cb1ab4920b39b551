// The example in docs/structs.md runs as it is printed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../support/project.js";

test("the example of docs/structs.md runs, and prints the offset, the view and a C header", () => {
  const text = readFileSync(join(projectRoot, "docs/structs.md"), "utf8");
  const code = /```ts\n([^]*?)```/.exec(text)?.[1] ?? "";
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^8 Shape \{/);
  assert.match(stdout, /y: -1\.5/);
  assert.match(stdout, /_Static_assert\(offsetof\(Shape, corners\) == 8/);
});
