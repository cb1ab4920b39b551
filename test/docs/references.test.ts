// What the documents refer to exists: links, files, exported functions; and what exists is mentioned where it has to be.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import * as rtss from "rtshm/rtss";
import * as win32 from "rtshm/win32";
import { projectRoot } from "../support/project.js";
import { documentText, tableRows } from "./markdown.js";

const documents = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  ...(readdirSync(join(projectRoot, "docs"), { recursive: true }) as string[])
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file)),
];

const exists = (path: string): boolean => existsSync(join(projectRoot, path));

for (const path of documents) {
  test(`${path} refers to what exists`, () => {
    const text = documentText(path);
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)\)/g))
      assert.ok(exists(join(dirname(path), target!)), `link to ${target}`);
    for (const [, file] of text.matchAll(/`((?:src|native|test|docs|scripts|examples|bench)\/[\w./-]+)`/g))
      if (file !== "bench/RESULTS.md") assert.ok(exists(file!), file);
    for (const [, file] of text.matchAll(/`((?:kernel|rtx)\/[\w-]+\.ts)`/g))
      assert.ok(exists(join("src", file!)), file);
  });
}

test("ARCHITECTURE.md names every file of the kernel and of the addon", () => {
  const text = documentText("ARCHITECTURE.md");
  const kernel = ["protocol", "errors", "kernel"].flatMap((room) =>
    (readdirSync(join(projectRoot, "src", room), { recursive: true }) as string[])
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `${room}/${file}`),
  );
  const native = readdirSync(join(projectRoot, "native"))
    .filter((file) => file.endsWith(".c"))
    .map((file) => `native/${file}`);
  for (const file of [...kernel, ...native]) assert.ok(text.includes(`\`${file}\``), `${file} has no row`);
});

test("docs/rtx-mapping.md has a row for every function, and for nothing else", () => {
  const named = tableRows(documentText("docs/rtx-mapping.md"), "How it differs from RTX").flatMap(([cell]) =>
    [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
  );
  for (const side of [win32, rtss]) {
    const functions = Object.entries(side).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
    assert.deepEqual([...named].sort(), functions.sort());
  }
});
