// Runs an example as a user does, in the test's namespace, and checks from outside that it ends by itself and leaves nothing.
import { namespaceDirectory } from "../support/namespace.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { projectRoot } from "../support/project.js";
import { guard, unguard } from "../support/watchdog.js";

/** The names of objects that somebody holds. */
export const namesLeft = (): string[] => readdirSync(namespaceDirectory).filter((entry) => !entry.startsWith("."));

function groupIsGone(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/**
 * @param expected the exit status, 0 when left out, and the names that are there afterwards: none when left out
 * @returns what it printed
 */
export async function runExample(
  t: TestContext,
  name: string,
  options: readonly string[] = [],
  expected: { readonly code?: number; readonly left?: readonly string[] } = {},
): Promise<string> {
  const main = join(projectRoot, "build/examples", name, "main.js");
  // A group of its own, as a terminal gives to what it runs: so processes that it leaves behind are found.
  const child = spawn(process.execPath, [main, ...options], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const pid = child.pid!;
  guard(pid);
  t.after(() => {
    if (!groupIsGone(pid)) process.kill(-pid, "SIGKILL");
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [actual] = (await once(child, "close")) as [number | null];
  unguard(pid);
  assert.equal(actual, expected.code ?? 0, output);
  assert.ok(groupIsGone(pid), `a process was left behind:\n${output}`);
  assert.deepEqual(namesLeft(), expected.left ?? [], output);
  return output;
}

/** The numbers in the first line that matches, which has a group for each. */
export function numbersIn(output: string, line: RegExp): number[] {
  const found = line.exec(output);
  assert.ok(found !== null, `no line ${String(line)} in:\n${output}`);
  return found.slice(1).map(Number);
}
