// Who declares structs does not load the reader of C headers; `fromCHeader` is still where it was.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import * as headers from "rtshm/c-header";
import * as structs from "rtshm/struct";
import { projectRoot } from "../support/project.js";

/** The modules that a module loads, itself included. */
function loadedBy(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, path = ""] of text.matchAll(/^(?:import|export)\b[^;]*?from "(\.[^"]*)";/gm))
    loadedBy(join(dirname(file), path), found);
  return found;
}

test("rtshm/struct loads the error of the reader and nothing else of it", () => {
  const loaded = [...loadedBy(join(projectRoot, "dist/struct/index.js"))];
  assert.ok(loaded.length > 10);
  assert.deepEqual(
    loaded.filter((file) => file.includes("/c-header/")),
    [join(projectRoot, "dist/struct/c-header/header-error.js")],
  );
});

test("fromCHeader of rtshm/struct is that of rtshm/c-header", () => {
  const { fromCHeader } = structs;
  const text = "typedef struct { int a; } S;";
  assert.equal(fromCHeader(text, { only: ["S"] }).S?.declaration, headers.fromCHeader(text).S?.declaration);
  assert.equal(structs.CHeaderError, headers.CHeaderError);
  assert.throws(() => fromCHeader("struct S { int *p; };"), headers.CHeaderError);
});
