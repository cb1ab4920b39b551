// Named steps of the operations that change shared state: the places where the crash tests kill, stop or end a process.
import { native } from "./native/load.js";

type Action = (name: string) => void;

// RTSHM_STEP=<step>:<kill|stop|exit|throw>[:<visit>] acts at the given visit (1 is the first) of the named step in this process.
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

const wanted = parse(process.env["RTSHM_STEP"]);

/** Marks a point at which a crash must not damage anything. Costs one comparison unless RTSHM_STEP is set. */
export function step(name: string): void {
  if (wanted !== undefined && wanted.name === name && !isOff) wanted.act(name);
}

let isOff = false;

/** Does something that only looks like operations: it passes no steps. */
export function withoutSteps(action: () => void): void {
  isOff = true;
  try {
    action();
  } finally {
    isOff = false;
  }
}
