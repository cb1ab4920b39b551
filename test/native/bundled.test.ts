// A bundler moves the code away from the addon: the error says what to do.
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { projectRoot } from "../support/project.js";

test("code that is not beside its addon says that a bundler has to leave the package out", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "rtshm-bundled-"));
  t.after(() => {
    rmSync(directory, { recursive: true });
  });
  cpSync(join(projectRoot, "dist"), join(directory, "dist"), { recursive: true });
  cpSync(join(projectRoot, "package.json"), join(directory, "package.json"));
  rmSync(join(directory, "dist", "rtshm.node"));
  const entry = pathToFileURL(join(directory, "dist", "index.js")).href;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", `await import("${entry}")`], {
    encoding: "utf8",
    cwd: directory,
  });
  assert.equal(status, 1);
  assert.match(stderr, /Error: rtshm: the native addon .* cannot be loaded\. If a bundler .*"external"/);
});
