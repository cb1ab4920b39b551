// The model is Win32's: it gives the recorded outcomes of every scenario of test/conformance whose steps it knows.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Answer } from "../conformance/protocol.js";
import { projectRoot } from "../support/project.js";
import { perform, UNTOUCHED } from "./model.js";
import { newState, type State } from "./model-state.js";
import { endWith, WAIT_TIMEOUT } from "./model-waits.js";
import type { Step } from "./steps.js";

interface Scenario {
  readonly id: string;
  readonly steps: readonly (Step & { readonly spec?: Answer; readonly nocmp?: boolean; readonly keep?: boolean })[];
}

const data = join(projectRoot, "test", "conformance");
const KNOWN = /^((create|open)(Event|Mutex|Semaphore)|(set|reset|pulse)Event|release(Mutex|Semaphore)|closeHandle)$/;
const KNOWN_TOO = /^(wait|waitMany|waitBegin|waitEnd|endThread|exitProcess|kill|sleep)$/;

const files = readdirSync(join(data, "scenarios"));
const read = (directory: string, file: string): string => readFileSync(join(data, directory, file), "utf8");
const scenarios = files.flatMap((file) => JSON.parse(read("scenarios", file)) as Scenario[]);
const recorded = new Map(
  files
    .flatMap((file) => read("expected", file.replace(/json$/, "jsonl")).trim().split("\n"))
    .map((line) => JSON.parse(line) as { id: string; results: Answer[] })
    .map(({ id, results }) => [id, results]),
);
const differing = (JSON.parse(read(".", "exceptions.json")) as { id: string }[]).map(({ id }) => id);

/** Whether the scenario is about what the model has: not rules of names, literal values, rights or shared memory. */
function isKnown({ id, steps }: Scenario): boolean {
  return (
    !differing.includes(id) &&
    steps.every(
      ({ op, name, keep, handle, handles, p = 0 }) =>
        (KNOWN.test(op) || KNOWN_TOO.test(op)) &&
        (name === undefined || name === null || (typeof name === "string" && !name.includes("\\"))) &&
        ![...(handles ?? []), handle ?? ""].some((slot) => /[#|]/.test(slot)) &&
        keep !== true &&
        !isUsedAfterItsEnd(steps, p),
    )
  );
}

/** A command to a process that is gone is the runner's business. */
function isUsedAfterItsEnd(steps: Scenario["steps"], process: number): boolean {
  const own = steps.filter(({ p = 0 }) => p === process);
  return own.slice(0, -1).some(({ op }) => op === "kill" || op === "exitProcess");
}

/** What the runner sees at the end of its patience: `waitEnd` is the runner's own, time is not the model's. */
function waitEnd(state: State, begun: Step, id: number, patienceMs: number): Answer {
  const wait = state.waits.find((one) => one.id === id);
  const timeoutMs = begun.timeoutMs === "infinite" ? Infinity : (begun.timeoutMs ?? 0);
  if (wait && timeoutMs > patienceMs) return { done: false };
  if (wait) endWith(state, wait, WAIT_TIMEOUT);
  return { done: true, ret: state.ended.get(id)?.result, lastError: UNTOUCHED };
}

function run({ id, steps }: Scenario): void {
  const state = newState();
  const begun = new Map<string, { step: Step; wait: number }>();
  for (const [i, step] of steps.entries()) {
    const actor = `${String(step.p ?? 0)}.${String(step.thread ?? 0)}`;
    let answer: Answer;
    if (step.op === "sleep") continue;
    if (step.op === "waitEnd") {
      const { step: wait, wait: number } = begun.get(actor)!;
      answer = waitEnd(state, wait, number, Number(step.timeoutMs));
    } else {
      const performed = perform(state, step);
      answer = performed.answer;
      if (performed.wait !== undefined) begun.set(actor, { step, wait: performed.wait });
    }
    const at = `step ${String(i)} ${JSON.stringify(step)}`;
    if (step.spec) assert.deepEqual({ ...answer, ...step.spec }, answer, at);
    else if (!step.nocmp) assert.deepEqual(answer, recorded.get(id)![i], at);
  }
}

describe("the model and the records", () => {
  const known = scenarios.filter(isKnown);

  test("enough of the scenarios are about what the model has", (t) => {
    t.diagnostic(`${String(known.length)} of ${String(scenarios.length)}`);
    assert.ok(known.length >= 90, String(known.length));
  });

  for (const scenario of known) test(scenario.id, () => run(scenario));
});
