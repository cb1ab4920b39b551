// Makes a failing history shorter: leaves out steps, in large pieces first, as long as it still fails and
// there is time: each try plays a history, and one that hangs takes the driver's patience.
import type { Step } from "./steps.js";

export async function shrink(
  failing: readonly Step[],
  fails: (steps: readonly Step[]) => Promise<boolean>,
  timeMs: number,
): Promise<Step[]> {
  let steps = [...failing];
  const endMs = performance.now() + timeMs;
  const still = async (fewer: readonly Step[]): Promise<boolean> => performance.now() < endMs && (await fails(fewer));
  for (let size = Math.ceil(steps.length / 2); size >= 1;) {
    let removed = false;
    // From the end: what comes last was often made for what came before.
    for (let from = steps.length - size; from > -size; from -= size) {
      const at = Math.max(0, from);
      const fewer = [...steps.slice(0, at), ...steps.slice(from + size)];
      if (fewer.length === steps.length || !(await still(fewer))) continue;
      steps = fewer;
      removed = true;
    }
    if (!removed || size > 1) size = size === 1 ? 0 : Math.floor(size / 2);
  }
  return steps;
}
