// Fields that several processes change at once: every operation is one atomic instruction, and orders the stores around
// it.
import { inspect, type InspectOptions } from "node:util";
import { cursorSource, type CompoundType } from "./compound.js";
import type { Position } from "./field-type.js";
import { jsonOf } from "./json.js";
import type { Memory } from "./memory.js";
import { MemoryView, hide, sayUncloneable } from "./own-properties.js";
import * as scalars from "./scalars.js";

/** An atomic field. Operations that change it answer the value before. */
export interface AtomicCell<Value> {
  /** The value. */
  load(): Value;
  /** Stores a value. */
  store(value: Value): void;
  /** Adds, wrapping. @returns the value before */
  add(value: Value): Value;
  /** Subtracts, wrapping. @returns the value before */
  sub(value: Value): Value;
  /** Keeps the bits that `value` has too. @returns the value before */
  and(value: Value): Value;
  /** Adds the bits of `value`. @returns the value before */
  or(value: Value): Value;
  /** Turns the bits of `value` over. @returns the value before */
  xor(value: Value): Value;
  /** Stores a value. @returns the value before */
  exchange(value: Value): Value;
  /** Stores `replacement` if the value is `expected`. @returns the value before */
  compareExchange(expected: Value, replacement: Value): Value;
}

type Name = "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64" | "u64" | "bool";

interface Operations<Value> {
  load(elements: object, index: number): Value;
  store(elements: object, index: number, value: Value): void;
  exchange(elements: object, index: number, value: Value): Value;
  add(elements: object, index: number, value: Value): Value;
  sub(elements: object, index: number, value: Value): Value;
  and(elements: object, index: number, value: Value): Value;
  or(elements: object, index: number, value: Value): Value;
  xor(elements: object, index: number, value: Value): Value;
  compareExchange(elements: object, index: number, expected: Value, replacement: Value): Value;
}

const notAdded = (): never => {
  throw new TypeError("a bool is not added to: use or, xor or exchange");
};

/** The operations on a byte that is 0 or 1; a peer that stores another byte than 0 means true. */
const BOOLS: Operations<boolean> = {
  load: (bytes, index) => Atomics.load(bytes as Uint8Array, index) !== 0,
  store: (bytes, index, value) => {
    Atomics.store(bytes as Uint8Array, index, value ? 1 : 0);
  },
  exchange: (bytes, index, value) => Atomics.exchange(bytes as Uint8Array, index, value ? 1 : 0) !== 0,
  add: notAdded,
  sub: notAdded,
  and: (bytes, index, value) => Atomics.and(bytes as Uint8Array, index, value ? 1 : 0) !== 0,
  or: (bytes, index, value) => Atomics.or(bytes as Uint8Array, index, value ? 1 : 0) !== 0,
  xor: (bytes, index, value) => Atomics.xor(bytes as Uint8Array, index, value ? 1 : 0) !== 0,
  compareExchange: (bytes, index, expected, replacement) =>
    Atomics.compareExchange(bytes as Uint8Array, index, expected ? 1 : 0, replacement ? 1 : 0) !== 0,
};

function cellClass<Value>(name: Name, isReadonly: boolean) {
  const atomics = (name === "bool" ? BOOLS : Atomics) as unknown as Operations<Value>;
  const refuse = (): never => {
    throw new TypeError("this view is read-only");
  };
  class Cell extends MemoryView implements AtomicCell<Value> {
    readonly #elements: object;

    constructor(memory: Memory) {
      super();
      hide(this, "$base", 0);
      this.#elements = memory[name === "bool" ? "u8" : name];
    }

    load(): Value {
      return atomics.load(this.#elements, this.$base);
    }

    toJSON(): unknown {
      return jsonOf(this.load());
    }

    [inspect.custom](_depth: number, options: InspectOptions): string {
      return `atomic ${inspect(this.load(), options)}`;
    }

    protected $missing(name: string): string {
      return `an atomic field has no ${name}: store(value) stores it`;
    }

    store(value: Value): void {
      atomics.store(this.#elements, this.$base, value);
    }

    add(value: Value): Value {
      return atomics.add(this.#elements, this.$base, value);
    }

    sub(value: Value): Value {
      return atomics.sub(this.#elements, this.$base, value);
    }

    and(value: Value): Value {
      return atomics.and(this.#elements, this.$base, value);
    }

    or(value: Value): Value {
      return atomics.or(this.#elements, this.$base, value);
    }

    xor(value: Value): Value {
      return atomics.xor(this.#elements, this.$base, value);
    }

    exchange(value: Value): Value {
      return atomics.exchange(this.#elements, this.$base, value);
    }

    compareExchange(expected: Value, replacement: Value): Value {
      return atomics.compareExchange(this.#elements, this.$base, expected, replacement);
    }
  }
  sayUncloneable(Cell.prototype, "atomic field: take its value, load(), instead of the field");
  if (isReadonly)
    for (const operation of ["store", "add", "sub", "and", "or", "xor", "exchange", "compareExchange"] as const)
      Cell.prototype[operation] = refuse;
  return Cell;
}

function atomic<Value extends number | bigint | boolean>(name: Name): CompoundType<Value, AtomicCell<Value>> {
  const plain = scalars[name] as unknown as CompoundType<Value, Value>;
  const Writable = cellClass<Value>(name, false);
  const Readable = cellClass<Value>(name, true);
  // An atomic field of another view is a value too.
  const plainOf = (value: unknown): unknown =>
    value instanceof Writable || value instanceof Readable ? value.load() : value;
  return Object.freeze({
    typeName: `atomic ${name}`,
    sizeBytes: plain.sizeBytes,
    alignmentBytes: plain.alignmentBytes,
    mustBeAligned: true,
    cDeclaration: (member: string) => `_Atomic ${plain.cDeclaration(member)}`,
    load: (memory: Memory, offsetBytes: number) => plain.load(memory, offsetBytes),
    store: (memory: Memory, offsetBytes: number, value: Value) => {
      plain.store(memory, offsetBytes, plainOf(value) as Value);
    },
    check: (value: unknown, path: string) => {
      plain.check(plainOf(value), path);
    },
    makeCursor: (memory: Memory, isReadonly: boolean) => new (isReadonly ? Readable : Writable)(memory),
    source: (at: Position) => cursorSource(plain.alignmentBytes, at),
  });
}

/** An integer of one byte, see atomicI32. */
export const atomicI8 = atomic<number>("i8");
/** See atomicI8. */
export const atomicU8 = atomic<number>("u8");
/** A 16-bit integer, see atomicI32. */
export const atomicI16 = atomic<number>("i16");
/** See atomicI16. */
export const atomicU16 = atomic<number>("u16");
/** A bool of one byte, see atomicI32; `add` and `sub` throw a TypeError. */
export const atomicBool = atomic<boolean>("bool");
/** A 32-bit integer that processes share. A struct that packs it to another alignment than its own is refused. */
export const atomicI32 = atomic<number>("i32");
/** See atomicI32. */
export const atomicU32 = atomic<number>("u32");
/** A 64-bit integer as bigint, see atomicI32. */
export const atomicI64 = atomic<bigint>("i64");
/** See atomicI64. */
export const atomicU64 = atomic<bigint>("u64");
