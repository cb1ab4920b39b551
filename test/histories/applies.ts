// Whether a step can be made in a state, and what comes of it is determined: those of a history that cannot are left out,
// as when it is being made shorter.
import { isDetermined } from "./model-deaths.js";
import { findThread, isBlocked, isDeaf, slotKey, threadsOf, type State } from "./model-state.js";
import { killedBy, slotsOf, type Step } from "./steps.js";

/**
 * The processes under test run without the safety net of their 250 ms slices when this is set. A worker that is blocked
 * comes back to JavaScript at the end of a slice only, so it cannot be terminated then.
 */
export const NO_SLICES = "RTSHM_TEST_NO_SLICES";

export interface Rules {
  /** whether the processes sleep in slices of 250 ms */
  readonly slices: boolean;
}

export function applies(state: State, step: Step, rules: Rules): boolean {
  const process = step.p ?? 0;
  if (step.op === "settle") return true;
  if (step.op === "kill") {
    const each = killedBy(step).map((one) => threadsOf(state, one));
    return each.every((threads) => threads.length > 0) && isDetermined(state, each.flat());
  }
  if (step.op === "continue") return state.stopped.has(process);
  if (state.stopped.has(process)) return false;
  if (step.op === "stop") return threadsOf(state, process).length > 0;
  if (slotsOf(step).some((slot) => !state.slots.has(slotKey(process, slot)))) return false;
  if (step.as !== undefined && state.slots.has(slotKey(process, step.as))) return false;
  if (step.op === "endThread") return canEndThread(state, process, step, rules);
  if (step.op === "exitProcess") return canExit(state, process, step, rules);
  return isFree(state, process, step.thread ?? 0);
}

/** Whether the thread can make a call, be it after its start. */
export function isFree(state: State, process: number, number: number): boolean {
  const thread = findThread(state, process, number) ?? findThread(state, process, 0);
  return thread === undefined || !isDeaf(state, thread.id);
}

function canEndThread(state: State, process: number, { thread: number = 0, how }: Step, rules: Rules): boolean {
  const thread = findThread(state, process, number);
  if (number === 0 || thread === undefined || !isDetermined(state, [thread])) return false;
  const blocked = isBlocked(state, thread.id);
  if (how === "terminate") return isFree(state, process, 0) && (rules.slices || !blocked);
  return !blocked && (how !== "finish" || !state.waits.some((wait) => wait.thread === thread.id));
}

function canExit(state: State, process: number, { thread: number = 0, how }: Step, rules: Rules): boolean {
  const threads = threadsOf(state, process);
  const thread = findThread(state, process, number);
  if (thread === undefined || isBlocked(state, thread.id) || !isDetermined(state, threads)) return false;
  if (how === "finish") return number === 0 && threads.length === 1 && !state.waits.some((w) => w.thread === thread.id);
  if (number > 0) return how !== "throw"; // an exception in a worker ends the worker only
  return rules.slices || !threads.some(({ id }) => isBlocked(state, id)); // Node waits for its workers
}
