// Random histories against the model of Win32, as many as wanted.
//   node build/test/histories/run.js --rounds N [--seed S] [--lanes N] [--patience MS] [--slices with|without] [--whole]
//   node build/test/histories/run.js --replay FILE [--slices with|without]     plays a script as a failure prints it
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { campaign, describeFailure, PATIENCE_MS, playScript } from "./campaign.js";
import { parse } from "./steps.js";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    lanes: { type: "string", default: "3" },
    patience: { type: "string", default: String(PATIENCE_MS) },
    slices: { type: "string" },
    /** failures are not made shorter */
    whole: { type: "boolean", default: false },
    replay: { type: "string" },
  },
});

const running = new Set<number>();
const guards = {
  guard: (pid: number): void => void running.add(pid),
  unguard: (pid: number): void => void running.delete(pid),
};
process.on("exit", () => {
  for (const pid of running) process.kill(pid, "SIGKILL");
});

const first = Number(options.seed);
const rounds = Number(options.rounds);
const patienceMs = Number(options.patience);
const slices = options.slices === undefined ? undefined : options.slices === "with";

let failed = 0;
if (options.replay === undefined) {
  const seeds = Array.from({ length: rounds }, (_, i) => first + i);
  const lanes = Number(options.lanes);
  const tell = (report: string): void => console.log(`FAILED ${report}\n`);
  failed = await campaign({ seeds, lanes, guards, patienceMs, slices, shrinkMs: options.whole ? 0 : 60_000 }, tell);
  console.log(`${String(rounds - failed)} of ${String(rounds)} histories agree with the model`);
} else {
  const steps = parse(readFileSync(options.replay, "utf8"));
  const failure = await playScript(steps, { slices: slices ?? true }, guards, patienceMs);
  failed = failure ? 1 : 0;
  console.log(failure ? `FAILED ${describeFailure(options.replay, steps, failure)}` : "it agrees with the model");
}
process.exit(failed === 0 ? 0 : 1);
