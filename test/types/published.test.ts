// The declarations as they are published, without what is internal: they must be right by themselves, for not every project skips the
// check of its packages' declarations.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { projectRoot } from "../support/project.js";

const host: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => projectRoot,
  getNewLine: () => "\n",
};

test("the published declarations compile where nothing skips their check", () => {
  const { exports } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    exports: Record<string, { types?: string } | string>;
  };
  const entries = Object.values(exports).flatMap((entry) => (typeof entry === "string" ? [] : (entry.types ?? [])));
  assert.equal(entries.length, 5);
  const program = ts.createProgram(
    entries.map((entry) => join(projectRoot, entry)),
    {
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"],
      module: ts.ModuleKind.NodeNext,
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
    },
  );
  const found = ts.getPreEmitDiagnostics(program).filter(({ file }) => file?.fileName.includes("/dist/") !== false);
  assert.equal(ts.formatDiagnostics(found, host), "");
});
