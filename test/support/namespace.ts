// Gives the test file that imports it a namespace directory of its own. Import it before the library and before anything
// that starts a process or a worker: they inherit the directory through the environment.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const namespaceDirectory = mkdtempSync(join(tmpdir(), "rtshm-test-"));
process.env["RTSHM_DIR"] = namespaceDirectory;
process.on("exit", () => rmSync(namespaceDirectory, { recursive: true, force: true }));
