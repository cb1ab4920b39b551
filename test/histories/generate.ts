// From a seed to a history: random steps that can be made, each chosen with a look at the state the ones before lead to.
import type { Rules } from "./applies.js";
import { Dice } from "./dice.js";
import { propose } from "./propose.js";
import type { Step } from "./steps.js";
import { Story } from "./story.js";
import { windUp } from "./wind-up.js";

const SHORTEST = 15;
const LONGEST = 60;
/** After these steps the next one often comes before those whom they set free have been heard of. */
const HURRIES: readonly (readonly [RegExp, number])[] = [
  [/^(endThread|exitProcess|kill)$/, 0.75],
  [/^(set|pulse|release|waitBegin)/, 0.5],
];

export function generate(seed: number, rules: Rules): Step[] {
  const dice = new Dice(seed);
  const story = new Story(dice, rules);
  const length = dice.between(SHORTEST, LONGEST);
  for (let tries = 0; story.steps.length < length && tries < 20 * LONGEST; tries++) {
    const step = propose(story);
    if (!step) continue;
    const often = HURRIES.find(([op]) => op.test(step.op))?.[1] ?? 0;
    story.add(dice.chance(often) ? { ...step, hurry: true } : step);
  }
  windUp(story);
  return story.steps;
}
