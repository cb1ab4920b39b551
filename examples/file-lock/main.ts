// node build/examples/file-lock/main.js [--changes N]
// Three processes change one JSON file, each change under a mutex between processes. One is killed in the middle of a write: the
// next one is told, and puts the file right.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Report } from "./editor.js";
import { LockedJson } from "./locked-json.js";

const { values } = parseArgs({ options: { changes: { type: "string", default: "200" } } });
const EDITORS = 3;
const UNLUCKY = 2;

const folder = mkdtempSync(join(tmpdir(), "file-lock-"));
const path = join(folder, "counts.json");
// Held from the first to the last: a lock whose last holder dies is gone, and nobody is told.
using file = new LockedJson<Record<string, number>>(path, {});
try {
  const reports = await Promise.all(Array.from({ length: EDITORS }, (_, i) => edit(i + 1)));
  const last = await file.update(() => undefined); // in case nobody came after the death
  const counts = JSON.parse(readFileSync(path, "utf8")) as Record<string, number>;
  let good = true;
  for (const [i, { made, abandoned, repaired }] of reports.entries()) {
    const name = `editor ${i + 1}`;
    good &&= counts[name] === made;
    const found = abandoned > 0 ? `; told of ${abandoned} death, repaired ${repaired} file` : "";
    console.log(`${name}: made ${made} changes, the file has ${counts[name] ?? 0}${found}`);
  }
  const told = reports.reduce((sum, { abandoned }) => sum + abandoned, Number(last.abandoned));
  console.log(good && told === 1 ? "no change was lost" : "SOMETHING WAS LOST");
  process.exitCode = good && told === 1 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs an editor to its end. The unlucky one reports each change, for it cannot report at its end. */
async function edit(number: number): Promise<Report> {
  const diesAfter = number === UNLUCKY ? Math.ceil(Number(values.changes) / 2) : 0;
  const editor = fork(new URL("./editor.js", import.meta.url), [
    path,
    String(number),
    values.changes,
    String(diesAfter),
  ]);
  let report: Report = { made: 0, abandoned: 0, repaired: 0 };
  editor.on("message", (message: Report) => (report = message));
  await once(editor, "close");
  return report;
}
