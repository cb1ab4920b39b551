// What a history is made of: steps in the words of test/conformance, with what a random history has beside them.
import type { Command } from "../conformance/protocol.js";

/** How a thread ends: `finish` is the natural end, when nothing is left to do; `throw` an exception that nobody catches. */
export type End = "exit" | "terminate" | "finish" | "throw";

/**
 * One step, in the form of a scenario of test/conformance. Thread 0 is the main thread of its process. Slots hold handles
 * and belong to a process. Beside the operations there: `settle` lets time pass in which nothing may end.
 */
export interface Step extends Omit<Command, "how"> {
  /** the process, 0 if left out */
  readonly p?: number;
  /** of endThread and exitProcess */
  readonly how?: End;
  /** of kill: another process that is killed in the same moment */
  readonly also?: number;
  /** wait, waitMany, waitBegin: with the asynchronous functions */
  readonly later?: boolean;
  /** the next step follows at once: what this one makes possible is awaited later */
  readonly hurry?: boolean;
}

/** The step on one line, as a failure prints it and `run.ts --replay` reads it. */
export const print = (step: Step): string => JSON.stringify(step);

export function parse(text: string): Step[] {
  return text
    .split("\n")
    .filter((line) => line.trim().startsWith("{"))
    .map((line) => JSON.parse(line) as Step);
}

/** Reads a field that the operation must have. */
export function need<Key extends keyof Step>(step: Step, key: Key): NonNullable<Step[Key]> {
  const value = step[key];
  if (value === undefined || value === null) throw new Error(`${key} is missing: ${print(step)}`);
  return value;
}

/** The slots that a step names. */
export function slotsOf(step: Step): readonly string[] {
  return step.handles ?? (step.handle === undefined ? [] : [step.handle]);
}

/** The processes that a step ends. */
export const killedBy = ({ p = 0, also }: Step): readonly number[] => (also === undefined ? [p] : [p, also]);
