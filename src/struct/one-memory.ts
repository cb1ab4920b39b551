// Generated classes whose instances mostly lie in one memory. For so long its typed arrays are constants of their code:
// V8 then knows address and length when it compiles, where it loads both, and the map, at each access to an array that
// an object holds.
import { constantsOf, generate } from "./generate.js";
import { giveOwn, hide, type OwnAccessors } from "./own-properties.js";
import type { Memory } from "./memory.js";

type AnyClass = abstract new (...given: never) => object;

/** A class to be generated. */
export interface ClassSource {
  /** Its source. `keep` goes into its constructor, which has a `memory`. */
  readonly declaration: (keep: string) => string;
  /**
   * Source of getters and setters, which alone reach for typed arrays: as properties of the view, or as constants. No
   * methods: for V8 a method that was replaced once is no constant any more.
   */
  readonly accessors: (elements: "this.$" | "$") => string;
  /**
   * Whether each instance has the accessors as its own, which `$own` of the code lists; they are the prototype's
   * otherwise.
   */
  readonly isOwn: boolean;
  /** What both are made with. */
  readonly names: Readonly<Record<string, unknown>>;
}

/**
 * Statements that keep what general accessors use of the memory in the view itself: one load less at each access than
 * through the memory. Views with accessors of their own keep it only if these are general; where the prototype has
 * them, they can become so later.
 */
function keepElements(accessors: string, isOwn: boolean): string {
  const used = new Set(Array.from(accessors.matchAll(/this\.\$([iuf]\d+|view)\b/g), ([, elements]) => elements ?? ""));
  const keep = Array.from(used, (elements) => `$hide(this, "$${elements}", memory.${elements});`).join(" ");
  return isOwn && keep !== "" ? `if ($own.isGeneral) { ${keep} }` : keep;
}

interface Made<Class> {
  readonly made: Class;
  readonly own: OwnAccessors;
}

function classOf<Class>({ declaration, accessors, isOwn, names }: ClassSource): Made<Class> {
  const own: OwnAccessors = { accessors: [], isGeneral: false };
  const source = `"use strict";\nreturn ${declaration(keepElements(accessors("this.$"), isOwn))};`;
  return { made: generate<Class>(source, { ...names, $hide: hide, $giveOwn: giveOwn, $own: own }), own };
}

/** Gives a class the accessors for one memory, or those for any. */
function useAccessors({ made, own }: Made<AnyClass>, source: ClassSource, memory?: Memory): void {
  const { accessors, isOwn, names } = source;
  const code = `"use strict";\nreturn class { ${accessors(memory === undefined ? "this.$" : "$")} }.prototype;`;
  const from = generate<object>(code, memory === undefined ? names : { ...names, ...constantsOf(memory) });
  const found = Object.entries(Object.getOwnPropertyDescriptors(from)).filter(
    ([, accessor]) => accessor.get !== undefined,
  );
  if (isOwn) {
    own.accessors = found.map(([name, accessor]) => [name, { ...accessor, enumerable: true, configurable: false }]);
    own.isGeneral = memory === undefined;
  } else for (const [name, accessor] of found) Object.defineProperty(made.prototype as object, name, accessor);
}

/**
 * Gives the class for a memory. There is one class at a time, whatever the memory is, because each class more is a
 * shape more at every access: from the fifth on V8 gives up, and it takes twenty times as long. The second memory makes
 * the class general, for good; views made before go on as they were. A class that was used in one memory is forgotten
 * with that memory, so that it does not keep it.
 */
export function classInOneMemory<Class extends AnyClass>(source: ClassSource): (memory: Memory) => Class {
  const classes = new WeakMap<Memory, Class>();
  const made = new WeakMap<Class, Made<Class>>();
  let last: WeakRef<Class> | undefined;
  let general: Class | undefined;
  return (memory) => {
    const found = general ?? classes.get(memory);
    if (found !== undefined) return found;
    const bound = last?.deref();
    if (bound !== undefined) {
      useAccessors(made.get(bound) as Made<Class>, source);
      return (general = bound); // only now: an error before, such as a stack that is full, must not leave it bound to the first
    }
    const next = classOf<Class>(source);
    useAccessors(next, source, memory);
    classes.set(memory, next.made);
    made.set(next.made, next);
    last = new WeakRef(next.made);
    return next.made;
  };
}
