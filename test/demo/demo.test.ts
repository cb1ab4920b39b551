// Runs the demo as a user does, in a namespace of its own, and checks from outside what it says of itself.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { leftovers } from "../../examples/demo/leftovers.js";
import { namespaceDirectory } from "../support/namespace.js";
import { projectRoot } from "../support/project.js";
import { guard, unguard } from "../support/watchdog.js";

const NOTHING_LEFT = /^demo: +nothing left behind/gm;

class Demo {
  output = "";
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly #child: ChildProcess;
  #onOutput = (): void => {};

  /** A group of its own, as a terminal gives to what it runs. */
  constructor(t: TestContext, seconds: number) {
    const main = join(projectRoot, "build/examples/demo/main.js");
    this.#child = spawn(process.execPath, [main, "--seconds", String(seconds)], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const pid = this.#child.pid!;
    guard(pid);
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
        this.#onOutput();
      });
    }
    this.ended = new Promise((resolve) => this.#child.once("close", (code, signal) => resolve(code ?? signal)));
    void this.ended.then(() => unguard(pid));
    t.after(() => (this.isRunning() ? this.signalGroup("SIGKILL") : undefined));
  }

  isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.#child.pid!, signal);
  }

  async says(pattern: RegExp): Promise<void> {
    const said = new Promise<void>((resolve) => {
      this.#onOutput = () => (pattern.test(this.output) ? resolve() : undefined);
      this.#onOutput();
    });
    const over = this.ended.then(() => assert.match(this.output, pattern));
    await Promise.race([said, over]);
  }
}

test("while a demo runs it can be seen from outside, and a second one is refused", async (t) => {
  const demo = new Demo(t, 1000);
  await demo.says(/^win32: opened /m);
  // What finds nothing at the end must find something now, the demo's own look and ours.
  assert.equal(membersOfNamespace().length, 3, "the demo and its two sides");
  assert.ok(
    namesInNamespace().some((entry) => entry.startsWith("Storage.Name~")),
    namesInNamespace().join(),
  );
  const seen = leftovers().join("\n");
  for (const kind of [
    /Storage\.Name~\d+ exists/,
    /has a descriptor of Storage\.Name$/m,
    /maps Storage\.Name$/m,
    /a child$/m,
  ])
    assert.match(seen, kind);

  const second = new Demo(t, 2);
  assert.equal(await second.ended, 1, second.output);
  assert.match(second.output, /"Storage\.Name" already exists/);
  assert.doesNotMatch(second.output, /created|WAIT_ABANDONED/);
  demo.signalGroup("SIGINT");
  assert.equal(await demo.ended, 130, demo.output);
});

test("both acts are as promised, and nothing stays behind", async (t) => {
  const demo = new Demo(t, 2);
  assert.equal(await demo.ended, 0, demo.output);
  assert.match(demo.output, /^rtss: +created "Storage\.Name", handle 0x[0-9A-F]{8}$/m);
  assert.match(demo.output, /^win32: opened "Storage\.Name" read-only, handle 0x[0-9A-F]{8}$/m);
  assert.match(demo.output, /^win32: cpu .*%.* period +\d+ .*missed \d+ .*mem [\d.]+\/[\d.]+ GiB .*load [\d.]+$/m);

  const [taken] = numbersIn(demo.output, /^win32: (\d+) periods taken, \d+ missed$/m);
  const [median, p99, max] = numbersIn(
    demo.output,
    /^win32: wake-up latency ([\d.]+) us median, ([\d.]+) us p99, ([\d.]+) us max$/m,
  );
  assert.ok(taken! > 0 && median! > 0 && median! <= p99! && p99! <= max!, demo.output);
  const [periods, counted] = numbersIn(demo.output, /^rtss: +(\d+) periods, .* the Win32 side took (\d+)$/m);
  assert.ok(counted! > 0 && counted! <= taken! && taken! <= periods!, demo.output);

  assert.match(demo.output, /^win32: WAIT_ABANDONED [\d.]+ ms after SIGKILL/m);
  assert.match(demo.output, /^win32: the memory is intact: RTSS_index is still [1-9]\d*/m);
  assert.match(demo.output, /^win32: "Storage\.Name" can still be opened by name$/m);
  assert.match(demo.output, /^win32: with its last handle closed, every name is gone/m);
  assert.equal(demo.output.match(NOTHING_LEFT)?.length, 2, demo.output);
  assert.match(demo.output, /^demo: +all was as promised$/m);
  assertNothingIsLeft();
});

test("Ctrl-C ends it at once and cleanly", async (t) => {
  const demo = new Demo(t, 1000);
  await demo.says(/^win32: cpu /m);
  demo.signalGroup("SIGINT");
  assert.equal(await demo.ended, 130, demo.output);
  assert.match(demo.output, /wake-up latency [\d.]+ us median/);
  assert.equal(demo.output.match(NOTHING_LEFT)?.length, 1, demo.output);
  assertNothingIsLeft();
});

for (const [script, message] of [
  ["rtss-side.js", /the RTSS side ended with SIGKILL/],
  ["win32-side.js", /the Win32 side with SIGKILL/],
] as const) {
  test(`a ${script} that dies is not passed over`, async (t) => {
    const demo = new Demo(t, 1000);
    await demo.says(/^win32: cpu /m);
    const victim = membersOfNamespace().find((pid) => textOf(pid, "cmdline").includes(script));
    process.kill(victim!, "SIGKILL");
    assert.equal(await demo.ended, 2, demo.output);
    assert.match(demo.output, message);
    assert.deepEqual(membersOfNamespace(), []);
  });
}

function assertNothingIsLeft(): void {
  assert.deepEqual(namesInNamespace(), []);
  assert.deepEqual(membersOfNamespace(), [], "processes that were started in this namespace");
}

/** Memory is held by processes only, and every process of a demo has our directory in its environment. */
function membersOfNamespace(): number[] {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return pids.filter((pid) => textOf(pid, "environ").split("\0").includes(`RTSHM_DIR=${namespaceDirectory}`));
}

function namesInNamespace(): string[] {
  return readdirSync(namespaceDirectory).filter((entry) => entry !== ".lock" && entry !== ".stamp");
}

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function numbersIn(text: string, pattern: RegExp): number[] {
  const found = pattern.exec(text);
  assert.ok(found, text);
  return found.slice(1).map(Number);
}
