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
export const PATIENCE_MS = 20_000;
const SHRINK_PATIENCE_MS = 3_000;
const SHRINK_MS = 60_000;

export interface Settings {
  readonly seeds: Iterable<number>;
  readonly lanes: number;
  readonly guards: Guards;
  readonly patienceMs?: number;
  /** left out: every fourth history has them */
  readonly slices?: boolean | undefined;
  /** no further history is begun after so many failures */
  readonly failuresMax?: number;
  /** whether failures are made shorter */
  readonly shrinks?: boolean;
}

/** Most histories are played without the net of the slices; with it, more ways to end can be played. */
export const rulesOf = (seed: number): Rules => ({ slices: seed % 4 === 0 });

/** The text that a failing history is reported with. */
export function describeFailure(title: string, steps: readonly Step[], failure: Failure): string {
  return [`${title}: step ${String(failure.index)}, ${failure.message}`, ...steps.map(print)].join("\n");
}

const titleOf = (seed: number, { slices }: Rules): string =>
  `seed ${String(seed)}, ${slices ? "with" : "without"} slices`;

async function explain(lane: Lane, seed: number, rules: Rules, steps: Step[], first: Failure): Promise<string> {
  const title = titleOf(seed, rules);
  const again = await lane.playAnew(steps, rules, SHRINK_PATIENCE_MS);
  if (!again) return describeFailure(`${title}, not again with new processes`, steps, first);
  // Else it could become another fault on the way, most likely the one that shows most easily.
  const fails = async (fewer: readonly Step[]): Promise<boolean> =>
    (await lane.play(fewer, rules, SHRINK_PATIENCE_MS))?.fault === again.fault;
  const fewest = await shrink(steps.slice(0, again.index + 1), fails, SHRINK_MS);
  const failure = await lane.playAnew(fewest, rules, PATIENCE_MS);
  return failure ? describeFailure(title, fewest, failure) : describeFailure(`${title}, not shortened`, steps, again);
}

/** Plays them all; the reports of those that failed. */
export async function campaign(settings: Settings, tell: (text: string) => void = () => undefined): Promise<string[]> {
  const seeds = settings.seeds[Symbol.iterator]();
  const failures: string[] = [];
  const failuresMax = settings.failuresMax ?? Infinity;
  const lanes = Array.from({ length: settings.lanes }, async () => {
    const lane = new Lane(settings.guards);
    for (let next = seeds.next(); next.done !== true && failures.length < failuresMax; next = seeds.next()) {
      const rules = settings.slices === undefined ? rulesOf(next.value) : { slices: settings.slices };
      const steps = generate(next.value, rules);
      const failure = await lane.play(steps, rules, settings.patienceMs ?? PATIENCE_MS);
      if (!failure) continue;
      const report = await (settings.shrinks === false
        ? describeFailure(titleOf(next.value, rules), steps, failure)
        : explain(lane, next.value, rules, steps, failure));
      failures.push(report);
      tell(report);
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
