// Arrays of any type, in the memory's order and without gaps, as in C.
import { inspect, type InspectOptions } from "node:util";
import {
  cursorSource,
  placeSource,
  unitOf,
  variants,
  type CompoundType,
  type Cursor,
  type Variant,
} from "./compound.js";
import type { FieldType, Position } from "./field-type.js";
import { jsonOf } from "./json.js";
import { MOST_BYTES } from "./layout.js";
import type { Memory } from "./memory.js";
import type { ClassSource } from "./one-memory.js";
import { MemoryView, isIndex, sayUncloneable } from "./own-properties.js";
import { show } from "./show.js";

const MOST_ELEMENTS = 2 ** 31 - 1;
const MOST_KEPT = 1024;

/**
 * The elements of an array field. Iterating gives each element once: its value, or for a struct or an array a view of
 * its own.
 */
export interface ArrayView<Value, View> extends Iterable<View> {
  /** How many elements it has. */
  readonly length: number;
  /**
   * Element `index`: its value, or for a struct or an array a view that the next `at` moves to another element. It
   * allocates nothing.
   * @throws RangeError outside the array
   */
  at(index: number): View;
  /**
   * Element `index` as `at` gives it, but a view stays with its element: it can be kept. @throws RangeError outside the
   * array
   */
  view(index: number): View;
  /**
   * The elements one after the other, as `at` gives them: one and the same view, moved on. It allocates nothing for an
   * element.
   */
  cursor(): Iterable<View>;
  /** Stores element `index`. @throws RangeError outside the array, TypeError for a value that does not fit */
  put(index: number, value: Value): void;
  /** A copy of all elements. */
  get(): Value[];
  /** Stores all elements: as many as the array has. */
  set(values: readonly Value[]): void;
}

abstract class Elements extends MemoryView {
  abstract readonly length: number;
  abstract at(index: number): unknown;
  abstract view(index: number): unknown;
  abstract get(): unknown[];

  *[Symbol.iterator](): Generator {
    for (let i = 0; i < this.length; i++) yield this.view(i);
  }

  *cursor(): Generator {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  toJSON(): unknown {
    return jsonOf(this.get());
  }

  [inspect.custom](depth: number, options: InspectOptions): string {
    return depth < 0 ? "[Array]" : this.$show(options);
  }

  protected abstract $show(options: InspectOptions): string;
}

sayUncloneable(Elements.prototype, "view of an array: take its copy, get(), instead of the view");

type ElementsClass = new (memory: Memory, base: number, path: string) => Elements;

/** Called by generated code for an index that is none. */
function outside(path: string, index: unknown, length: number): never {
  throw new RangeError(
    `${path} has elements 0 to ${String(length - 1)}: an index must be one of them, not ${String(index)}`,
  );
}

/** Called by generated code: why a store to `name`, which no array has, is refused. */
const missing = (path: string, name: string): string =>
  isIndex(name)
    ? `${path}[${name}] is not stored to like that: put(${name}, value) stores it, at(${name}) reads it`
    : `${path} is an array: it has no ${name}`;

/**
 * Called by generated code for a value that does not fit: only now is it worth while to say which element it was for.
 */
function refuse(error: unknown, type: FieldType, value: unknown, path: string, index: number): never {
  type.check(value, `${path}[${String(index)}]`);
  throw error;
}

/** A view of an array is a value too. */
const plainOf = (values: unknown): unknown => (values instanceof Elements ? values.get() : values);

/** Called by generated code for an element that is reached through a view: one of its own, at its place for good. */
function viewOf(type: FieldType, memory: Memory, base: number, variant: Variant, path: string): Cursor {
  const view = (type as CompoundType<unknown, unknown>).makeCursor(memory, variant.isReadonly, variant.isAligned, path);
  view.$base = base;
  return view;
}

/**
 * Source of `view`. Views are dear to make, so an array that is not too long keeps those it gave; it can have been
 * moved since, as a part of a cursor.
 */
function viewSource(length: number, base: string): string {
  const make = `viewOf(type, this.#memory, base, variant, this.#path + "[]")`;
  if (length > MOST_KEPT) return `const base = ${base}; return ${make};`;
  return `const base = ${base}, views = (this.#views ??= []), kept = views[index];
    return kept !== undefined && kept.$base === base ? kept : (views[index] = ${make});`;
}

function elementsClass(type: FieldType, length: number, array: FieldType, variant: Variant): ClassSource {
  const { isReadonly, isAligned, isWide } = variant;
  const unit = unitOf(type.alignmentBytes, isAligned);
  const own = `this.$base * ${String(unit)}`;
  const position: Position = {
    offsetIn: placeSource(unit, isWide, (unitBytes) => `index * ${String(type.sizeBytes / unitBytes)}`),
    isAligned: isAligned || type.alignmentBytes === 1,
    isReadonly,
    elements: "this.$$",
    type: "type",
    slot: "this.$slot",
    path: "this.#path",
  };
  const { load, store = `type.store(this.$memory, ${position.offsetIn(1)}, value)` } = type.source(position);
  const { slot } = type.source({ ...position, path: `path + "[]"` }); // of the constructor
  const inside = `if (index >>> 0 !== index || index >= ${String(length)}) outside(this.#path, index, ${String(length)});`;
  const fits = `try { type.check(value, ""); } catch (error) { refuse(error, type, value, this.#path, index); }`;
  const readOnly = `throw new TypeError(this.#path + " is read-only");`;
  const used = [...new Set((load + store).match(/(?<=this\.\$\$)\w+/g))];
  const view = "makeCursor" in type ? viewSource(length, position.offsetIn(unit)) : `return ${load};`;
  return {
    declaration: (keep) => `class extends Elements {
  #memory;
  #path;
  #views;
  constructor(memory, base, path) {
    super(); this.#memory = memory; this.#path = path; $hide(this, "$base", base); ${keep}
    ${slot === undefined ? "" : `$hide(this, "$slot", ${slot});`}
  }
  get $memory() { return this.#memory; }
  get length() { return ${String(length)}; }
  $missing(name) { return missing(this.#path, name); }
  at(index) { ${inside} return ${load}; }
  view(index) { ${inside} ${view} }
  put(index, value) { ${isReadonly ? readOnly : `${inside} ${fits} ${store};`} }
  get() { return array.load(this.#memory, ${own}); }
  $show(options) { return show(array, this.#memory, ${own}, options); }
  set(values) { ${isReadonly ? readOnly : `array.check(values, this.#path); array.store(this.#memory, ${own}, values);`} }
}`,
    accessors: (elements) => used.map((name) => `get $$${name}() { return ${elements}${name}; }`).join("\n  "),
    isOwn: false,
    names: { Elements, outside, missing, refuse, viewOf, show, type, array, variant },
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
    store: (memory: Memory, offsetBytes: number, given: Value[]) => {
      const values = plainOf(given) as Value[];
      for (let i = 0; i < length; i++) type.store(memory, at(offsetBytes, i), values[i] as Value);
    },
    check: (given: unknown, path: string) => {
      const values = plainOf(given);
      if (!Array.isArray(values)) throw new TypeError(`${path} is an array: it must be an Array, not ${typeof values}`);
      if (values.length !== length)
        throw new RangeError(`${path} has ${String(length)} elements, not ${String(values.length)}`);
      for (const [i, value] of values.entries()) type.check(value, `${path}[${String(i)}]`);
    },
    makeCursor: (memory: Memory, isReadonly: boolean, isAligned: boolean, path = self.typeName) =>
      new (classFor(memory, isReadonly, isAligned))(memory, 0, path),
    source: (at: Position) => cursorSource(type.alignmentBytes, at),
  });
  return self;
}
