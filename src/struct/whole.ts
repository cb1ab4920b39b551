// Whole structs from plain objects into memory and back, by code made for one struct: what a queue does for every
// message.
import { placeSource, unitOf } from "./compound.js";
import type { FieldType, Position } from "./field-type.js";
import { constantsOf, generate } from "./generate.js";
import type { Memory } from "./memory.js";
import * as scalars from "./scalars.js";
import type { FieldPlace, StructType } from "./struct-type.js";
import type { Values } from "./values.js";

/** Copies whole structs. Places are in units of the struct's alignment, and lie in one memory. */
export interface Whole<Value> {
  /**
   * Whether the value is seen at a glance to be one that `store` takes. If not, `check` of the type says what is wrong,
   * or that all is well.
   * @throws TypeError, RangeError for a field that needs more than a glance
   */
  fits(value: unknown): boolean;
  load(place: number): Value;
  store(place: number, value: Value): void;
}

const { i8, u8, i16, u16, i32, u32, f32, f64, i64, u64, bool } = scalars;
const typeOf = new Map<unknown, string>([
  ...[i8, u8, i16, u16, i32, u32, f32, f64].map((type): [unknown, string] => [type, "number"]),
  ...[i64, u64].map((type): [unknown, string] => [type, "bigint"]),
  [bool, "boolean"],
]);

interface FieldSource {
  readonly fits: string;
  readonly load: string;
  readonly store: string;
}

function fieldSource(
  struct: StructType,
  { isWide }: Memory,
  { name, type, offsetBytes }: FieldPlace,
  index: number,
): FieldSource {
  const { alignmentBytes } = struct;
  const unit = unitOf(alignmentBytes, true);
  const own = `type${String(index)}`;
  const position: Position = {
    offsetIn: placeSource(unit, isWide, (unitBytes) => String(offsetBytes / unitBytes)),
    isAligned: offsetBytes % type.alignmentBytes === 0 && alignmentBytes >= type.alignmentBytes,
    isReadonly: false,
    elements: "$",
    type: own,
    slot: "this.$slot",
    path: JSON.stringify(`${struct.name}.${name}`),
  };
  const { path } = position;
  const simple = typeOf.get(type);
  const fits =
    simple === undefined ? `(${own}.check(value.${name}, ${path}), true)` : `typeof value.${name} === "${simple}"`;
  const { load, store } = type.source(position);
  // What can only be stored to in parts is copied as its type copies it.
  const place = `this.$memory, ${position.offsetIn(1)}`;
  return store === undefined
    ? { fits, load: `${own}.load(${place})`, store: `${own}.store(${place}, value)` }
    : { fits, load, store };
}

/** Where fields share bytes it counts which of them a value has, so the type itself does it. */
function wholeByType<Value>(struct: StructType<Value>, memory: Memory): Whole<Value> {
  const unit = unitOf(struct.alignmentBytes, true);
  return {
    fits(value) {
      struct.check(value, struct.name);
      return true;
    },
    load: (place) => struct.load(memory, place * unit),
    store: (place, value) => {
      struct.store(memory, place * unit, value);
    },
  };
}

/** Makes what copies structs of this type in this memory. */
export function wholeOf<Value>(struct: StructType<Value>, memory: Memory): Whole<Value> {
  const { fields } = struct;
  if ((struct as unknown as { valuesOf: Values }).valuesOf.isOverlapping) return wholeByType(struct, memory);
  const sources = fields.map((field, index) => fieldSource(struct, memory, field, index));
  const list = (line: (field: FieldSource, name: string) => string, between: string): string =>
    sources.map((source, i) => line(source, fields[i]?.name ?? "")).join(between);
  const source = `"use strict";
return new (class {
  constructor() { this.$base = 0; this.$memory = memory; }
  fits(value) {
    if (typeof value !== "object" || value === null) return false;
    let count = 0;
    for (const _ in value) count++;
    return count === ${String(fields.length)} && ${list(({ fits }) => fits, " && ")};
  }
  load(place) {
    this.$base = place;
    try {
      return { ${list(({ load }, name) => `${name}: ${load}`, ", ")} };
    } catch (error) {
      struct.load(this.$memory, place * ${String(unitOf(struct.alignmentBytes, true))}); // throws an error that names the field
      throw error;
    }
  }
  store(place, whole) {
    this.$base = place;
    ${list(({ store }, name) => `{ const value = whole.${name}; ${store}; }`, "\n    ")}
  }
})();`;
  const types = Object.fromEntries(
    fields.map(({ type }, index): [string, FieldType] => [`type${String(index)}`, type]),
  );
  return generate<Whole<Value>>(source, { memory, struct, ...constantsOf(memory), ...types });
}
