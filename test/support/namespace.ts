// Gives the test file that imports it a namespace directory of its own. Import it before the library and before anything
// that starts a process or a worker: they inherit the directory through the environment.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const namespaceDirectory = mkdtempSync(join(tmpdir(), "rtshm-test-"));
process.env["RTSHM_DIR"] = namespaceDirectory;

const remove = () => rmSync(namespaceDirectory, { recursive: true, force: true });
process.on("exit", remove);
// The library closes what is open at exit, in the same directory: be the last to run.
process.once("beforeExit", () => process.off("exit", remove).on("exit", remove));
