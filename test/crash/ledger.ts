// What must be true after a victim's death: how many units, signals and abandonments can be left, from its log.
import type { Done } from "./victim-process.js";
import type { Key, Operation, Scenario } from "./script.js";

const ABANDONED = 0x80;
const TIMED_OUT = 258;

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** What the witnesses and the parent did in the round. */
export class WitnessLedger {
  posted = 0;
  taken = 0;
  signals = 0;
  signalsTaken = 0;
  abandonments = 0;
  ownerKilled = false;

  /** Notes a wait of a witness that ended. @returns whether it took the mutex */
  note(keys: readonly Key[], all: boolean, result: number): boolean {
    if (result === TIMED_OUT || result > 0xff) return false;
    if (result >= ABANDONED) this.abandonments++;
    const taken = all ? keys : [keys[result & ~ABANDONED]];
    if (taken.includes("S")) this.taken++;
    if (taken.includes("A")) this.signalsTaken++;
    return taken.includes("M");
  }
}

interface Sums {
  posted: number;
  mayBePosted: number;
  taken: number;
  mayBeTaken: number;
  signals: number;
  /** Waits on A, pulses and resets: a signal may have gone with them. */
  signalUsers: number;
  depth: number;
  ownership: "sure" | "perhaps" | "none";
  sawAbandoned: boolean;
}

function noteWait(sums: Sums, { keys, all }: Operation & { do: "wait" }, result: number): void {
  if (result > 0xff) return;
  const taken = all === true ? keys : [keys[result & ~ABANDONED]];
  if (taken.includes("S")) sums.taken++;
  if (taken.includes("A")) sums.signalUsers++;
  if (taken.includes("M")) sums.depth++;
  if (result >= ABANDONED) sums.sawAbandoned = true;
}

function noteDone(sums: Sums, operation: Operation, result: number): void {
  if (operation.do === "post" && result === 1) sums.posted += operation.units;
  else if (operation.do === "release" && result === 1) sums.depth--;
  else if (operation.do === "wait") noteWait(sums, operation, result);
  else if (operation.do === "set" && operation.key === "A") sums.signals++;
  else if ((operation.do === "reset" || operation.do === "pulse") && operation.key === "A") {
    sums.signalUsers++;
    if (operation.do === "pulse") sums.signals++;
  }
}

function noteUnderWay(sums: Sums, operation: Operation): void {
  if (operation.do === "post") sums.mayBePosted += operation.units;
  else if (operation.do === "set" || operation.do === "pulse" || operation.do === "reset") {
    if (operation.key === "A") {
      sums.signals++;
      sums.signalUsers++;
    }
  } else if (operation.do === "release" && sums.depth === 1) sums.ownership = "perhaps";
  else if (operation.do === "wait") {
    if (operation.keys.includes("S")) sums.mayBeTaken++;
    if (operation.keys.includes("A")) sums.signalUsers++;
    if (operation.keys.includes("M") && sums.depth === 0) sums.ownership = "perhaps";
  }
}

function sumUp(scenario: Scenario, done: readonly Done[], underWay: number): Sums {
  const sums: Sums = {
    posted: 0,
    mayBePosted: 0,
    taken: 0,
    mayBeTaken: 0,
    signals: 0,
    signalUsers: 0,
    depth: 0,
    ownership: "none",
    sawAbandoned: false,
  };
  for (const { index, result } of done) {
    const operation = scenario.operations[index];
    if (operation !== undefined) noteDone(sums, operation, result);
  }
  if (sums.depth > 0) sums.ownership = "sure";
  const operation = scenario.operations[underWay];
  if (operation !== undefined) noteUnderWay(sums, operation);
  return sums;
}

export interface Expectation {
  /** Units that the semaphore may still have. */
  readonly units: Range;
  /** Signals that the auto-reset event may still have. */
  readonly signals: Range;
  /** How often the witnesses in all must see the mutex abandoned. */
  readonly abandonments: Range;
}

/** From the log of the victim (what it did, what was under way) and the deeds of the witnesses to what may be left. */
export function expect(
  scenario: Scenario,
  done: readonly Done[],
  underWay: number,
  witnesses: WitnessLedger,
): Expectation {
  const sums = sumUp(scenario, done, underWay);
  const units = sums.posted + witnesses.posted - sums.taken - witnesses.taken;
  const signals = sums.signals + witnesses.signals - witnesses.signalsTaken;
  const isPending = witnesses.ownerKilled && !sums.sawAbandoned;
  const sure = isPending || sums.ownership === "sure";
  return {
    units: { low: units - sums.mayBeTaken, high: units + sums.mayBePosted },
    signals: {
      low: sums.signals + witnesses.signals > 0 && witnesses.signalsTaken === 0 && sums.signalUsers === 0 ? 1 : 0,
      high: Math.min(1, signals),
    },
    abandonments: { low: sure ? 1 : 0, high: sure || sums.ownership === "perhaps" ? 1 : 0 },
  };
}
