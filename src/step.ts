// Named steps of the operations that change shared state: the places where the crash tests kill, stop or end a process.
import { environment } from "./environment.js";
import { native } from "./native/load.js";

interface Wanted {
  readonly name: string;
  readonly act: () => void;
}

// RTSHM_STEP=<step>:<kill|stop|exit|throw>[:<visit>] acts at the given visit (1 is the first) of the named step in this
// process.
function parse(spec: string | undefined): Wanted | undefined {
  if (spec === undefined || spec === "") return undefined;
  const [name = "", how = "kill", visit = "1"] = spec.split(":");
  let left = Number(visit);
  return {
    name,
    act() {
      if (--left !== 0) return;
      if (how === "exit") native.exitNow(7);
      if (how === "throw") throw new Error(`step ${name}`);
      process.kill(process.pid, how === "stop" ? "SIGSTOP" : "SIGKILL");
    },
  };
}

/** Stands for what the environment says until it was asked. */
const unread: Wanted = { name: "", act: () => undefined };

let wanted: Wanted | undefined = unread;

function pass(name: string): void {
  if (wanted === unread) wanted = parse(environment().step);
  if (wanted?.name === name) wanted.act();
}

/** Marks a point at which a crash must not damage anything. Costs one load and comparison unless RTSHM_STEP is set. */
export function step(name: string): void {
  if (wanted !== undefined) pass(name);
}

/** Runs what only looks like operations on shared state: it passes no steps. */
export function withoutSteps(action: () => void): void {
  const before = wanted;
  wanted = undefined;
  try {
    action();
  } finally {
    wanted = before;
  }
}
