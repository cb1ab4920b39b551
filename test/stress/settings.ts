// Imported first by what runs a stress: a namespace of its own, inherited by every child.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const directory = mkdtempSync(join(tmpdir(), "rtshm-stress-"));
process.env["RTSHM_DIR"] = directory;
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
