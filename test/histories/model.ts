// The model of Win32: carries a step out on the state and says what the call must answer, in the words of test/conformance.
import type { Answer } from "../conformance/protocol.js";
import { endProcesses, endThread } from "./model-deaths.js";
import {
  closeSlot,
  forgetUnreachable,
  slotKey,
  thingOfName,
  thingOfSlot,
  threadAt,
  type Kind,
  type State,
  type Thing,
} from "./model-state.js";
import { grant, satisfy, tell, WAIT_TIMEOUT } from "./model-waits.js";
import { killedBy, need, print, slotsOf, type Step } from "./steps.js";

/** Put into the last error before each call, to see whether the call left it alone. */
export const UNTOUCHED = 0xdead;
const WAIT_FAILED = 0xffff_ffff;
const LONGEST_LIST = 64;

export interface Performed {
  readonly answer: Answer;
  /** the wait that was begun: `state.ended` has its result once it has one */
  readonly wait?: number;
}

const family = (kind: Kind): string => (kind === "manual" ? "auto" : kind);

function kindOf({ op, manualReset }: Step): Kind {
  if (op.endsWith("Mutex")) return "mutex";
  if (op.endsWith("Semaphore")) return "semaphore";
  return manualReset ? "manual" : "auto";
}

const refused = (lastError: number): Answer => ({ handle: null, lastError });

function handle(state: State, step: Step, thing: Thing, lastError: number): Answer {
  thing.handles++;
  state.slots.set(slotKey(step.p ?? 0, need(step, "as")), thing.id);
  return { handle: step.as, lastError };
}

function create(state: State, step: Step, thread: number): Answer {
  const kind = kindOf(step);
  const { initial = 0, max = 1, initialState, initialOwner } = step;
  if (kind === "semaphore" && (max < 1 || initial < 0 || initial > max)) return refused(87);
  const name = step.name === undefined || step.name === "" ? null : step.name;
  const existing = name === null ? undefined : thingOfName(state, name);
  if (existing) return family(existing.kind) === family(kind) ? handle(state, step, existing, 183) : refused(6);
  const isOwned = kind === "mutex" && Boolean(initialOwner);
  const thing: Thing = {
    id: ++state.lastId,
    kind,
    name,
    count: kind === "semaphore" ? initial : Number(kind === "mutex" ? isOwned : Boolean(initialState)),
    maximum: max,
    owner: isOwned ? thread : 0,
    abandoned: false,
    handles: 0,
  };
  state.things.set(thing.id, thing);
  return handle(state, step, thing, 0);
}

function open(state: State, step: Step): Answer {
  if (step.name === null || step.name === undefined) return refused(87);
  if (step.name === "") return refused(6);
  const thing = thingOfName(state, step.name);
  if (!thing) return refused(2);
  return family(thing.kind) === family(kindOf(step)) ? handle(state, step, thing, UNTOUCHED) : refused(6);
}

const done = (more: Answer = {}): Answer => ({ ok: true, ...more, lastError: UNTOUCHED });
const not = (lastError: number, more: Answer = {}): Answer => ({ ok: false, ...more, lastError });

function signal(state: State, op: string, thing: Thing | undefined): Answer {
  if (!thing || family(thing.kind) !== "auto") return not(6);
  thing.count = op === "resetEvent" ? 0 : 1;
  grant(state);
  if (op === "pulseEvent") thing.count = 0;
  return done();
}

function releaseMutex(state: State, thing: Thing | undefined, thread: number): Answer {
  if (thing?.kind !== "mutex") return not(6);
  if (thing.owner !== thread) return not(288);
  if (--thing.count === 0) thing.owner = 0;
  grant(state);
  return done();
}

function releaseSemaphore(state: State, thing: Thing | undefined, count: number): Answer {
  const none = { previous: null };
  if (count <= 0) return not(87, none);
  if (thing?.kind !== "semaphore") return not(6, none);
  const previous = thing.count;
  if (previous + count > thing.maximum) return not(298, none);
  thing.count += count;
  grant(state);
  return done({ previous });
}

/** The error of a wait whose arguments are wrong, or undefined. */
function wrongWait(state: State, step: Step): number | undefined {
  const slots = slotsOf(step);
  if (slots.length === 0 || slots.length > LONGEST_LIST) return 87;
  const things = slots.map((slot) => thingOfSlot(state, step.p ?? 0, slot));
  if (things.includes(undefined)) return 6;
  return new Set<unknown>(step.all ? things : slots).size < slots.length ? 87 : undefined;
}

function wait(state: State, step: Step, thread: number): Performed {
  const wrong = wrongWait(state, step);
  const answer = (ret: number, error = UNTOUCHED): Answer => ({ ret, lastError: step.later ? 0 : error });
  if (wrong !== undefined) return { answer: { ...answer(WAIT_FAILED), lastError: wrong } };
  const things = slotsOf(step).map((slot) => thingOfSlot(state, step.p ?? 0, slot)!.id);
  const waiting = { things, thread, all: step.all ?? false };
  if (step.op !== "waitBegin") return { answer: answer(satisfy(state, waiting) ?? WAIT_TIMEOUT) };
  const id = ++state.lastId;
  state.waits.push({ id, ...waiting, later: step.later ?? false });
  grant(state);
  return { answer: { started: true }, wait: id };
}

/** Carries out one step. A step that makes no sense here must have been left out before (`applies`). */
export function perform(state: State, step: Step): Performed {
  const process = step.p ?? 0;
  const thread = /^(kill|stop|continue)$/.test(step.op) ? undefined : threadAt(state, process, step.thread ?? 0);
  const performed = performBy(state, step, process, thread?.id ?? 0);
  forgetUnreachable(state);
  return performed;
}

function performBy(state: State, step: Step, process: number, thread: number): Performed {
  const thing = step.handle === undefined ? undefined : thingOfSlot(state, process, step.handle);
  switch (step.op) {
    case "createEvent":
    case "createMutex":
    case "createSemaphore":
      return { answer: create(state, step, thread) };
    case "openEvent":
    case "openMutex":
    case "openSemaphore":
      return { answer: open(state, step) };
    case "setEvent":
    case "resetEvent":
    case "pulseEvent":
      return { answer: signal(state, step.op, thing) };
    case "releaseMutex":
      return { answer: releaseMutex(state, thing, thread) };
    case "releaseSemaphore":
      return { answer: releaseSemaphore(state, thing, need(step, "count")) };
    case "wait":
    case "waitMany":
    case "waitBegin":
      return wait(state, step, thread);
    case "closeHandle":
      closeSlot(state, slotKey(process, need(step, "handle")));
      return { answer: thing ? done() : not(6) };
    case "endThread":
      endThread(state, threadAt(state, process, step.thread ?? 0));
      return { answer: { ended: true } };
    case "exitProcess":
      endProcesses(state, [process]);
      return { answer: { exited: step.code ?? 0 } };
    case "kill":
      endProcesses(state, killedBy(step));
      return { answer: { killed: true } };
    case "stop":
      state.stopped.add(process);
      return { answer: {} };
    case "continue":
      state.stopped.delete(process);
      tell(state);
      return { answer: {} };
    case "settle":
      return { answer: {} };
    default:
      throw new Error(`the model does not know ${print(step)}`);
  }
}
