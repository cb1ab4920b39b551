// What every type of a field says of itself: its size in C, its name there, and how its value goes in and out.
import type { Memory } from "./memory.js";

declare const viewOf: unique symbol;

/**
 * A type that a field, or an element of an array, can have.
 * `Value` is what `get()` gives and `set()` takes; `View` is what the field is when it is accessed.
 */
export interface FieldType<Value = unknown, View = Value> {
  /** In the canonical declaration: `u32`, `Point`, `[3]f64`. */
  readonly typeName: string;
  /** sizeof. */
  readonly sizeBytes: number;
  /** alignof. */
  readonly alignmentBytes: number;
  /** Whether it only works at multiples of its alignment. */
  readonly mustBeAligned?: boolean;
  /** The C declaration of a member of this type. */
  cDeclaration(member: string): string;
  /** A copy of the value at `offsetBytes`. */
  load(memory: Memory, offsetBytes: number): Value;
  /**
   * Stores a value.
   * @param path what an error calls the place
   * @throws TypeError, RangeError when it does not fit; nothing has changed then
   */
  store(memory: Memory, offsetBytes: number, value: Value, path?: string): void;
  /** Throws what `store` would throw, and changes nothing. */
  check(value: unknown, path: string): void;
  /** What an accessor of a generated class does, as source text. */
  source(at: Position): FieldSource;
  /** For the compiler only: no object has it. */
  readonly [viewOf]?: View;
}

/** Generated source of an access to a field. */
export interface FieldSource {
  /** An expression. */
  readonly load: string;
  /** A statement that stores `value`; missing where only the parts can be stored to. */
  readonly store?: string;
  /** What the view keeps from its begin on, made of its `memory`. */
  readonly slot?: string;
}

/** An integer, a bool or an enumeration: what an enumeration or a bit-field can be made of. */
export interface IntegerType<Value = unknown> extends FieldType<Value> {
  /** Whether it has negative values. */
  readonly isSigned: boolean;
}

/** A bit-field of a struct: `uint32_t name : 3` in C. It is no type of an element of an array, as in C. */
export interface BitsType<Value = unknown> {
  /** The integer that its value is one of, and whose size and alignment count. */
  readonly base: IntegerType<Value>;
  /** Bits. */
  readonly width: number;
  /** Whether it only takes room. */
  readonly isUnnamed: boolean;
}

/** Bits without a name: nothing reads or writes them. */
export interface UnnamedBitsType extends BitsType<never> {
  /** It only takes room. */
  readonly isUnnamed: true;
}

/**
 * A member whose alignment the declaration says: `aligned(u32, 64)`. It is no type of an element of an array, as in C.
 */
export interface AlignedType<Value = unknown, View = Value> {
  /** What it is. */
  readonly aligned: FieldType<Value, View> | AnonymousType<Value, View>;
  /** At multiples of what it lies. */
  readonly alignBytes: number;
}

/** A struct or a union without a name in C: its fields are those of the struct around it. */
export interface AnonymousType<Value = unknown, Fields = unknown> {
  /** The struct or the union. */
  readonly anonymous: FieldType<Value, Fields>;
}

/** Where a field is, for generated source. */
export interface Position {
  /**
   * Source of the offset in the buffer, in units of so many bytes: 1, or what divides the type's alignment where
   * `isAligned`. A view keeps its place in units of its alignment, so an element's index takes a multiplication at
   * most, never a division.
   */
  readonly offsetIn: (unitBytes: number) => string;
  /** Whether that is always a multiple of the type's own alignment. */
  readonly isAligned: boolean;
  readonly isReadonly: boolean;
  /**
   * What stands before the name of a typed array, or `view`: it is a property of an object, or a constant of the code.
   */
  readonly elements: "this.$" | "this.$$" | "$";
  /** The source by which generated code reaches this type itself. */
  readonly type: string;
  /** Source of a property of the view where something reusable can be kept. */
  readonly slot: string;
  /** Source of what an error calls the field. */
  readonly path: string;
}

/** The plain value of a type. */
export type ValueOf<Type> =
  Type extends FieldType<infer Value, infer _View>
    ? Value
    : Type extends BitsType<infer Value>
      ? Value
      : Type extends AlignedType<infer Value, infer _View>
        ? Value
        : never;
/** What a field of the type is when it is accessed. */
export type ViewOf<Type> =
  Type extends FieldType<infer _Value, infer View>
    ? View
    : Type extends BitsType<infer Value>
      ? Value
      : Type extends AlignedType<infer _Value, infer View>
        ? View
        : never;
