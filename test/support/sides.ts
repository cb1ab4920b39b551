// The sides on which a suite is run. A suite is written once; whatever offers the same functions can be added here.
import "./namespace.js";
import { describe, type TestContext } from "node:test";
import * as rtss from "rtshm/rtss";
import * as win32 from "rtshm/win32";
import { startProcess, startWorker, type ProcessAgent, type WorkerAgent } from "./agent.js";
import type { RtApi } from "./api.js";

export interface Side {
  readonly name: "win32" | "rtss";
  readonly rt: RtApi;
  /** The same functions without their types, for calls that the types forbid. */
  readonly untyped: Readonly<Record<string, (...args: unknown[]) => unknown>>;
  readonly process: (t: TestContext) => Promise<ProcessAgent>;
  readonly worker: (t: TestContext) => Promise<WorkerAgent>;
}

function sideOf(name: Side["name"], rt: RtApi): Side {
  return {
    name,
    rt,
    untyped: rt as unknown as Side["untyped"],
    process: (t) => startProcess(t, `rtshm/${name}`),
    worker: (t) => startWorker(t, `rtshm/${name}`),
  };
}

export const win32Side = sideOf("win32", win32);
export const rtssSide = sideOf("rtss", rtss);
export const sides: readonly Side[] = [win32Side, rtssSide];

/** Declares the suite once for each side. */
export function onBothSides(title: string, suite: (side: Side) => void): void {
  for (const side of sides) describe(`${title}, ${side.name}`, () => suite(side));
}

let names = 0;

/** A name that no other test of this file uses. */
export function freshName(label = "object"): string {
  return `${label} ${++names}`;
}
