// Arrays of any type, in the memory's order and without gaps, as in C.
import { inspect, type InspectOptions } from "node:util";
import { cursorSource, placeSource, unitOf, variants, type CompoundType, type Variant } from "./compound.js";
import type { FieldType, Position } from "./field-type.js";

import { MOST_BYTES } from "./layout.js";
import type { Memory } from "./memory.js";
import type { ClassSource } from "./one-memory.js";
import { show } from "./show.js";

const MOST_ELEMENTS = 2 ** 31 - 1;

/** The elements of an array field. Iterating over structs or arrays gives one and the same view, moved on: read it before the next. */
export interface ArrayView<Value, View> extends Iterable<View> {
  /** How many elements it has. */
  readonly length: number;
  /**
   * Element `index`: its value, or for a struct or an array a view that the next `at` moves to another element.
   * @throws RangeError outside the array
   */
  at(index: number): View;
  /** Stores element `index`. @throws RangeError outside the array, TypeError for a value that does not fit */
  put(index: number, value: Value): void;
  /** A copy of all elements. */
  get(): Value[];
  /** Stores all elements: as many as the array has. */
  set(values: readonly Value[]): void;
}

abstract class Elements {
  declare $base: number;
  declare readonly $memory: Memory;

  abstract readonly length: number;
  abstract at(index: number): unknown;
  abstract get(): unknown[];

  *[Symbol.iterator](): Generator {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  toJSON(): unknown[] {
    return this.get();
  }

  [inspect.custom](depth: number, options: InspectOptions): string {
    return depth < 0 ? "[Array]" : this.$show(options);
  }

  protected abstract $show(options: InspectOptions): string;
}

type ElementsClass = new (memory: Memory, base: number) => Elements;

/** Called by generated code for an index that is none. */
function outside(index: unknown, length: number): never {
  throw new RangeError(`an index must be from 0 to ${String(length - 1)}, not ${String(index)}`);
}

function elementsClass(
  type: FieldType,
  length: number,
  array: FieldType,
  { isReadonly, isAligned, isWide }: Variant,
): ClassSource {
  const unit = unitOf(type.alignmentBytes, isAligned);
  const own = `this.$base * ${String(unit)}`;
  const position: Position = {
    offsetIn: placeSource(unit, isWide, (unitBytes) => `index * ${String(type.sizeBytes / unitBytes)}`),
    isAligned: isAligned || type.alignmentBytes === 1,
    isReadonly,
    elements: "this.$$",
    type: "type",
    slot: "this.$slot",
  };
  const { load, slot, store = `type.store(this.$memory, ${position.offsetIn(1)}, value)` } = type.source(position);
  const check = `if (index >>> 0 !== index || index >= ${String(length)}) outside(index, ${String(length)});`;
  const refuse = `throw new TypeError("this view is read-only");`;
  const used = [...new Set((load + store).match(/(?<=this\.\$\$)\w+/g))];
  return {
    declaration: (accessors, keep) => `class extends Elements {
  constructor(memory, base) { super(); this.$base = base; this.$memory = memory; ${keep} ${slot === undefined ? "" : `this.$slot = ${slot};`} }
  ${accessors}
  get length() { return ${String(length)}; }
  at(index) { ${check} return ${load}; }
  put(index, value) { ${isReadonly ? refuse : `${check} type.check(value, "the element"); ${store};`} }
  get() { return array.load(this.$memory, ${own}); }
  $show(options) { return show(array, this.$memory, ${own}, options); }
  set(values) { ${isReadonly ? refuse : `array.check(values, "the array"); array.store(this.$memory, ${own}, values);`} }
}`,
    accessors: (elements) => used.map((name) => `get $$${name}() { return ${elements}${name}; }`).join("\n  "),
    names: { Elements, outside, show, type, array },
  };
}

/**
 * `length` elements of a type: `T name[length]` in C. Arrays of arrays have their dimensions in the order of C.
 * @throws TypeError, RangeError for a type or a length that cannot be
 */
export function array<Value, View>(
  type: FieldType<Value, View>,
  length: number,
): FieldType<Value[], ArrayView<Value, View>> {
  if (typeof type !== "object" || (type as unknown) === null || typeof type.sizeBytes !== "number")
    throw new TypeError("type must be a type such as u32 or a struct");
  if (!Number.isInteger(length) || length < 1 || length > MOST_ELEMENTS)
    throw new RangeError(`length must be an integer from 1 to ${String(MOST_ELEMENTS)}, not ${String(length)}`);
  if (type.sizeBytes * length > MOST_BYTES)
    throw new RangeError(`${String(length)} elements of ${String(type.sizeBytes)} bytes take more than 2^47`);
  const at = (offsetBytes: number, i: number): number => offsetBytes + i * type.sizeBytes;
  const classFor = variants<ElementsClass>((variant) => elementsClass(type, length, self, variant));
  const self: CompoundType<Value[], ArrayView<Value, View>> = Object.freeze({
    typeName: `[${String(length)}]${type.typeName}`,
    sizeBytes: type.sizeBytes * length,
    alignmentBytes: type.alignmentBytes,
    mustBeAligned: type.mustBeAligned === true,
    declaration: (type as { declaration?: string }).declaration ?? "",
    element: type,
    cDeclaration: (member: string) => type.cDeclaration(`${member}[${String(length)}]`),
    load: (memory: Memory, offsetBytes: number) =>
      Array.from({ length }, (_, i) => type.load(memory, at(offsetBytes, i))),
    store: (memory: Memory, offsetBytes: number, values: Value[]) => {
      for (let i = 0; i < length; i++) type.store(memory, at(offsetBytes, i), values[i] as Value);
    },
    check: (values: unknown, path: string) => {
      if (!Array.isArray(values)) throw new TypeError(`${path} is an array: it must be an Array, not ${typeof values}`);
      if (values.length !== length)
        throw new RangeError(`${path} has ${String(length)} elements, not ${String(values.length)}`);
      for (const [i, value] of values.entries()) type.check(value, `${path}[${String(i)}]`);
    },
    makeCursor: (memory: Memory, isReadonly: boolean, isAligned: boolean) =>
      new (classFor(memory, isReadonly, isAligned))(memory, 0),
    source: (at: Position) => cursorSource(type.alignmentBytes, at),
  });
  return self;
}
