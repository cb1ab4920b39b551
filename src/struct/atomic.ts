// Fields that several processes change at once: every operation is one atomic instruction, and orders the stores around it.
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

type Name = "i32" | "u32" | "i64" | "u64";

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

function cellClass<Value>(name: Name, isReadonly: boolean) {
  const atomics = Atomics as unknown as Operations<Value>;
  const refuse = (): never => {
    throw new TypeError("this view is read-only");
  };
  class Cell extends MemoryView implements AtomicCell<Value> {
    readonly #elements: object;

    constructor(memory: Memory) {
      super();
      hide(this, "$base", 0);
      this.#elements = memory[name];
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

function atomic<Value extends number | bigint>(name: Name): CompoundType<Value, AtomicCell<Value>> {
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

/** A 32-bit integer that processes share. A struct that packs it to another alignment than its own is refused. */
export const atomicI32 = atomic<number>("i32");
/** See atomicI32. */
export const atomicU32 = atomic<number>("u32");
/** A 64-bit integer as bigint, see atomicI32. */
export const atomicI64 = atomic<bigint>("i64");
/** See atomicI64. */
export const atomicU64 = atomic<bigint>("u64");
