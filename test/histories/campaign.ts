// Many histories, one a seed, in lanes: each lane keeps its processes from history to history until one fails. A failure is
// played again with new processes, made shorter and reported as a script.
import type { Guards } from "./actor-process.js";
import type { Rules } from "./applies.js";
import { generate } from "./generate.js";
import { Lane } from "./lane.js";
import type { Failure } from "./play.js";
import { shrink } from "./shrink.js";
import { print, type Step } from "./steps.js";

/** For what must come: on a machine that is busy with other things, too. */
export const PATIENCE_MS = 15_000;
const SHRINK_PATIENCE_MS = 3_000;

export interface Settings {
  readonly seeds: Iterable<number>;
  readonly lanes: number;
  readonly guards: Guards;
  readonly patienceMs?: number;
  /** left out: every fourth history has them */
  readonly slices?: boolean | undefined;
  /** no further history is begun after so many failures */
  readonly failuresMax?: number;
  /** how long a failure may be made shorter; 0: not at all */
  readonly shrinkMs?: number;
}

/** Most histories are played without the net of the slices; with it, more ways to end can be played. */
export const rulesOf = (seed: number): Rules => ({ slices: seed % 4 === 0 });

/** The text that a failing history is reported with. */
export function describeFailure(title: string, steps: readonly Step[], failure: Failure): string {
  return [`${title}: step ${String(failure.index)}, ${failure.message}`, ...steps.map(print)].join("\n");
}

const titleOf = (seed: number, { slices }: Rules): string =>
  `seed ${String(seed)}, ${slices ? "with" : "without"} slices`;

/** Makes the failure shorter: a report with a script that fails with new processes, if it does so again. */
async function explain(
  lane: Lane,
  title: string,
  rules: Rules,
  steps: readonly Step[],
  shrinkMs: number,
): Promise<string | undefined> {
  const again = await lane.playAnew(steps, rules, SHRINK_PATIENCE_MS);
  if (!again) return undefined;
  let last = again;
  const fails = async (fewer: readonly Step[]): Promise<boolean> => {
    const failure = await lane.play(fewer, rules, SHRINK_PATIENCE_MS);
    // Else it could become another fault on the way, most likely the one that shows most easily.
    if (failure?.fault !== again.fault) return false;
    last = failure;
    return true;
  };
  const fewest = await shrink(steps.slice(0, again.index + 1), fails, shrinkMs);
  return describeFailure(title, fewest, last);
}

/** Plays them all, and tells of each that fails; how many did. */
export async function campaign(settings: Settings, tell: (report: string) => void): Promise<number> {
  const { guards, failuresMax = Infinity, shrinkMs = 60_000, patienceMs = PATIENCE_MS } = settings;
  const seeds = settings.seeds[Symbol.iterator]();
  let failures = 0;
  const lanes = Array.from({ length: settings.lanes }, async () => {
    const lane = new Lane(guards);
    for (let next = seeds.next(); next.done !== true && failures < failuresMax; next = seeds.next()) {
      const rules = settings.slices === undefined ? rulesOf(next.value) : { slices: settings.slices };
      const steps = generate(next.value, rules);
      const failure = await lane.play(steps, rules, patienceMs);
      if (!failure) continue;
      failures++;
      const title = titleOf(next.value, rules);
      const short = shrinkMs > 0 ? await explain(lane, title, rules, steps, shrinkMs) : undefined;
      tell(short ?? describeFailure(`${title}, not shortened`, steps, failure));
    }
    await lane.end();
  });
  await Promise.all(lanes);
  return failures;
}

/** Plays one script with new processes. */
export async function playScript(
  steps: readonly Step[],
  rules: Rules,
  guards: Guards,
  patienceMs = PATIENCE_MS,
): Promise<Failure | undefined> {
  const lane = new Lane(guards);
  const failure = await lane.play(steps, rules, patienceMs);
  await lane.end();
  return failure;
}
