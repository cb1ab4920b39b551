// Runs the recorded scenarios against rtshm/win32. Where docs/semantics.md decides otherwise, exceptions.json has the reason
// and exactly the answers that we give instead; an exception that is none any more fails as well.
import { namespaceDirectory } from "../support/namespace.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { unlessWithoutSlices } from "../support/leans-on-slices.js";
import { projectRoot } from "../support/project.js";
import { guard, unguard } from "../support/watchdog.js";

interface Exception {
  readonly id: string;
  readonly reason: string;
  /** step number: the answer we give there */
  readonly ours: Readonly<Record<string, unknown>>;
}

interface Verdict {
  readonly passed: boolean;
  /** what the runner printed about it */
  readonly text: string;
  readonly ours: Record<string, unknown>;
}

const data = join(projectRoot, "test", "conformance");
const scenarioFiles = readdirSync(join(data, "scenarios")).map((file) => join(data, "scenarios", file));
const exceptions = JSON.parse(readFileSync(join(data, "exceptions.json"), "utf8")) as Exception[];
const ids = scenarioFiles.flatMap((file) =>
  (JSON.parse(readFileSync(file, "utf8")) as { id: string }[]).map(({ id }) => id),
);

/** In these a worker is terminated in the middle of a blocking wait. */
const TERMINATED = ["ev-waiter-thread-terminated", "mx-terminated-waiter"];

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

async function run(): Promise<Map<string, Verdict>> {
  const driver = `${quote(process.execPath)} ${quote(fileURLToPath(new URL("./driver.js", import.meta.url)))}`;
  const args = [join(data, "run.mjs"), ...scenarioFiles, "--check", join(data, "expected"), "--verbose", "--jobs", "2"];
  const child = spawn(process.execPath, [...args, "--driver", driver], {
    env: { ...process.env, RTSHM_DIR: namespaceDirectory },
    stdio: ["ignore", "pipe", "inherit"],
  });
  guard(child.pid!);
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8")) output += text as string;
  unguard(child.pid!);
  return parse(output);
}

/** A line a scenario, and for one that differs three lines a step: its number and command, what was wanted, what came. */
function parse(output: string): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  let current: Verdict | undefined;
  let step = "";
  for (const line of output.split("\n")) {
    const headline = /^(pass|FAIL) [^/]+\/([^\s:]+)/.exec(line);
    if (headline) {
      current = { passed: headline[1] === "pass", text: line, ours: {} };
      verdicts.set(headline[2]!, current);
      continue;
    }
    if (!current || !line.startsWith("     ")) continue;
    (current as { text: string }).text += `\n${line}`;
    step = /^ {5}step (\d+)/.exec(line)?.[1] ?? step;
    const got = /^ {7}got {2}(.*)$/.exec(line);
    if (got) current.ours[step] = JSON.parse(got[1]!);
  }
  return verdicts;
}

describe("the recorded scenarios", () => {
  let verdicts: Map<string, Verdict>;
  before(async () => {
    verdicts = await run();
  });

  test("every scenario was run", () => {
    assert.ok(ids.length >= 190);
    assert.deepEqual([...verdicts.keys()].sort(), [...ids].sort());
  });

  test("every exception is about a scenario that exists and says why", () => {
    for (const { id, reason } of exceptions) {
      assert.ok(ids.includes(id), id);
      assert.ok(reason.length > 20, id);
    }
  });

  for (const id of ids) {
    const exception = exceptions.find((one) => one.id === id);
    const options = TERMINATED.includes(id) ? unlessWithoutSlices("terminatedInWait") : {};
    test(exception ? `${id} differs as decided: ${exception.reason}` : id, options, () => {
      const verdict = verdicts.get(id);
      assert.ok(verdict, "it was not run");
      if (!exception) assert.ok(verdict.passed, verdict.text);
      else {
        assert.ok(!verdict.passed, "agrees with the record: strike it from exceptions.json");
        assert.deepEqual(verdict.ours, exception.ours);
      }
    });
  }
});
