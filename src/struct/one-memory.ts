// Generated classes whose instances mostly lie in one memory. For so long its typed arrays are constants of their code: V8 then
// knows address and length when it compiles, where it loads both, and the map, at each access to an array that an object holds.
import { constantsOf, generate } from "./generate.js";
import type { Memory } from "./memory.js";

type AnyClass = abstract new (...given: never) => object;

/** A class to be generated. */
export interface ClassSource {
  /** Its source. `keep` goes into its constructor, which has a `memory`. */
  readonly declaration: (accessors: string, keep: string) => string;
  /**
   * Source of getters and setters, which alone reach for typed arrays: as properties of the view, or as constants. No methods: for V8 a method
   * that was replaced once is no constant any more.
   */
  readonly accessors: (elements: "this.$" | "$") => string;
  /** What both are made with. */
  readonly names: Readonly<Record<string, unknown>>;
}

/** Statements that keep what accessors use of the memory in the view itself: one load less at each access than through the memory. */
function keepElements(accessors: string): string {
  const used = new Set(Array.from(accessors.matchAll(/this\.\$([iuf]\d+|view)\b/g), ([, elements]) => elements ?? ""));
  return Array.from(used, (elements) => `this.$${elements} = memory.${elements};`).join(" ");
}

function classOf<Class>({ declaration, accessors, names }: ClassSource): Class {
  const code = accessors("this.$");
  return generate<Class>(`"use strict";\nreturn ${declaration(code, keepElements(code))};`, names);
}

/** A prototype with the accessors for one memory. */
function accessorsIn(memory: Memory, { accessors, names }: ClassSource): object {
  const source = `"use strict";\nreturn class { ${accessors("$")} }.prototype;`;
  return generate<object>(source, { ...names, ...constantsOf(memory) });
}

function copyAccessors(from: object, to: object): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(from)))
    if (property.get !== undefined) Object.defineProperty(to, name, property);
}

/**
 * Gives the class for a memory. There is one class at a time, whatever the memory is, because each class more is a shape more at every access: from the fifth on
 * V8 gives up, and it takes twenty times as long. The second memory makes the class general, for good; views made before go on as
 * they were. A class that was used in one memory is forgotten with that memory, so that it does not keep it.
 */
export function classInOneMemory<Class extends AnyClass>(source: ClassSource): (memory: Memory) => Class {
  const classes = new WeakMap<Memory, Class>();
  let last: WeakRef<Class> | undefined;
  let general: Class | undefined;
  return (memory) => {
    const found = general ?? classes.get(memory);
    if (found !== undefined) return found;
    const bound = last?.deref();
    if (bound !== undefined) {
      copyAccessors(classOf<Class>(source).prototype as object, bound.prototype as object);
      return (general = bound); // only now: an error before, such as a stack that is full, must not leave it bound to the first
    }
    const made = classOf<Class>(source);
    copyAccessors(accessorsIn(memory, source), made.prototype as object);
    classes.set(memory, made);
    last = new WeakRef(made);
    return made;
  };
}
