// Runs the compiled tests with Node's own runner, on every supported version of Node.js (20 knows no globs, so files are listed here).
//   node scripts/test.mjs [part-of-a-path ...] [--skip=part-of-a-path] [--concurrency=N] [--timeout=MS] [options of node --test]
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fail, listFiles, root } from "./native-tools.mjs";

const patterns = [];
const skipped = [];
const passedOn = [];
let concurrency = "2"; // tests are sensitive to timing: a busy machine hides hand-overs and trips watchdogs
let timeoutMs = "300000"; // a file: no measure of speed, only an end for what hangs
for (const argument of process.argv.slice(2)) {
  const [name, value] = argument.split(/=(.*)/s);
  if (name === "--concurrency" && value) concurrency = value;
  else if (name === "--timeout" && value) timeoutMs = value;
  else if (name === "--skip" && value) skipped.push(value);
  else if (argument.startsWith("-")) passedOn.push(argument);
  else patterns.push(argument);
}

// Listed from the sources, so that what is left in build/ of a test that is gone does not run.
const sources = listFiles("test", [".test.ts"])
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .filter((file) => !skipped.some((pattern) => file.includes(pattern)));
if (sources.length === 0) fail(`No test file in test/ matches ${patterns.join(" or ") || "*.test.ts"}.`);
const compiled = sources.map((file) => join("build", file.replace(/\.ts$/, ".js")));
const missing = compiled.filter((file) => !existsSync(join(root, file)));
if (missing.length > 0) fail(`Not compiled (npm run build): ${missing.join(" ")}`);

const env = { ...process.env };
delete env.RTSHM_DIR; // each test makes a namespace of its own
const options = ["--test", "--test-reporter=spec", `--test-concurrency=${concurrency}`, `--test-timeout=${timeoutMs}`];
const result = spawnSync(process.execPath, [...options, ...passedOn, ...compiled], {
  cwd: root,
  env,
  stdio: ["ignore", "inherit", "inherit"],
});
if (result.error) fail(`The test runner did not start: ${result.error.message}`);
process.exit(result.status ?? 1);
