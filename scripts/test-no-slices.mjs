// Runs what must not lean on a slice with the slices taken away (docs/decisions/0018-what-leans-on-a-slice.md): the behaviour
// suites of both APIs, the kernel's, the conformance scenarios, and a crash campaign.
//   node scripts/test-no-slices.mjs [--rounds=N]     of the crash campaign
import { spawnSync } from "node:child_process";
import { root } from "./native-tools.mjs";

const rounds = process.argv.find((argument) => argument.startsWith("--rounds="))?.slice("--rounds=".length) ?? "100";
const suites = ["test/rtx/", "test/kernel/", "test/objects/", "test/conformance/", "test/histories/"];
// These start no wait, or run in one thread: the slices mean nothing to them.
const skips = ["test/kernel/layout", "test/kernel/state-machines", "test/kernel/name-encoding"];

function run(label, args) {
  process.stdout.write(`\n== without slices: ${label}\n`);
  const env = { ...process.env, RTSHM_TEST_NO_SLICES: "1" };
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
  return status === 0;
}

const outcomes = [
  run("suites", ["scripts/test.mjs", ...suites, ...skips.map((part) => `--skip=${part}`)]),
  run("crash campaign", ["build/test/crash/campaign.js", "--rounds", rounds]),
];
process.exit(outcomes.every(Boolean) ? 0 : 1);
