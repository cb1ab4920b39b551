// What shared memory, snapshots and rings need of a struct, and what its users see of it.
import type { FieldType } from "./field-type.js";

/** Where a field is. */
export interface FieldPlace {
  /** Its name in the declaration. */
  readonly name: string;
  /** Its type. */
  readonly type: FieldType;
  /** From the struct's first byte. Of a bit-field: where the element or the bytes begin through which it is reached. */
  readonly offsetBytes: number;
  /** Of a bit-field: which bits. */
  readonly bits?: BitRange;
}

/** Where a bit-field is. */
export interface BitRange {
  /** Counted from the begin of the struct. */
  readonly firstBit: number;
  /** How many. */
  readonly width: number;
}

/** A struct or a union: its layout, which is that of C on x64, and the way to its bytes in a buffer. */
export interface StructType<Value = unknown, View = unknown, ReadonlyOne = unknown> extends FieldType<Value, View> {
  /** Its name, also in C. */
  readonly name: string;
  /** Whether its fields lie one behind the other or share their bytes. */
  readonly kind: "struct" | "union";
  /** 16 hexadecimal digits: 64 bits of a hash of `declaration`. */
  readonly hash: string;
  /**
   * The canonical declaration: a line for size and alignment, then one a field. Two programs agree if theirs are equal.
   */
  readonly declaration: string;
  /** In the order of their declaration. */
  readonly fields: readonly FieldPlace[];
  /**
   * offsetof. @throws RangeError for a name that is no field, and for a bit-field, which has none in C either: see
   * `fields`
   */
  offsetOf(field: string): number;
  /**
   * An accessor object over the struct's bytes in a buffer.
   * @param offsetBytes a multiple of the alignment; 0 when left out
   * @throws RangeError when the struct does not fit there
   */
  view(buffer: ArrayBuffer, offsetBytes?: number): View;
  /** The same without setters: a store throws a TypeError. */
  readonlyView(buffer: ArrayBuffer, offsetBytes?: number): ReadonlyOne;
  /** A copy of the whole struct. */
  read(buffer: ArrayBuffer, offsetBytes?: number): Value;
  /** Stores a whole struct; nothing is stored if a part does not fit. */
  write(buffer: ArrayBuffer, offsetBytes: number, value: Value): void;
}

/** Whether it is a struct: enumerations and arrays have a declaration too, and no hash. */
export const isStruct = (value: unknown): value is StructType =>
  typeof value === "object" && value !== null && "declaration" in value && "hash" in value;
