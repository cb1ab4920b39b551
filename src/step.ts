// Named steps of the operations that change shared state: the places where the crash tests kill, stop or end a process.
import { environment } from "./environment.js";
import { native } from "./native/load.js";

type Action = (name: string) => void;

// RTSHM_STEP=<step>:<kill|stop|exit|throw>[:<visit>] acts at the given visit (1 is the first) of the named step in this
// process.
function parse(spec: string | undefined): { name: string; act: Action } | undefined {
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

let wanted: ReturnType<typeof parse> | null = null; // null: the environment has not been asked yet

/** Marks a point at which a crash must not damage anything. Costs two comparisons unless RTSHM_STEP is set. */
export function step(name: string): void {
  if (isOff) return;
  if (wanted === null) wanted = parse(environment().step);
  if (wanted !== undefined && wanted.name === name) wanted.act(name);
}

let isOff = false;

/** Runs what only looks like operations on shared state: it passes no steps. */
export function withoutSteps(action: () => void): void {
  isOff = true;
  try {
    action();
  } finally {
    isOff = false;
  }
}
