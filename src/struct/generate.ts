// The one place where source text becomes code. It is made of checked names and numbers only.
import type { Memory } from "./memory.js";

let count = 0;

/**
 * Evaluates the body of a function with these names bound.
 *
 * Why generated: accessors in closures would share their code, and with it the type feedback, between all structs; from
 * the fifth on each access would be a megamorphic load. Code of its own for every struct stays a plain load. Each text
 * is made unlike every other: V8 gives equal texts the same code, and the same feedback.
 * @throws Error that says what to do where the program forbids code from strings
 */
export function generate<Result>(source: string, names: Readonly<Record<string, unknown>>): Result {
  let make: (...values: unknown[]) => Result;
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- see above
    make = new Function(...Object.keys(names), `${source}\n// ${String(++count)}`) as typeof make;
  } catch (cause) {
    if (!(cause instanceof EvalError)) throw cause;
    throw new Error("structs generate code: run without --disallow-code-generation-from-strings", { cause });
  }
  return make(...Object.values(names));
}

/**
 * The typed arrays of a memory, and its `view`, under the names that code has for them where they are its constants.
 */
export function constantsOf(memory: Memory): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(memory).map(([name, value]) => [`$${name}`, value as unknown]));
}
