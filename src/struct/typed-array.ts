// Arrays of numbers as typed arrays over the struct's own bytes: for samples, pixels, matrices.
import type { FieldType, Position } from "./field-type.js";
import type { Memory } from "./memory.js";
import * as scalars from "./scalars.js";

interface TypedArray {
  readonly length: number;
  set(values: ArrayLike<never>): void;
  slice(): TypedArray;
}

/** A field that is a typed array over the bytes: reading it copies nothing. Stores of whole values copy. */
export type TypedArrayType<Elements> = FieldType<Elements, Elements>;

function typedArray<Elements extends TypedArray>(
  make: new (buffer: ArrayBuffer, offsetBytes: number, length: number) => Elements,
  element: FieldType<number> | FieldType<bigint>,
): (length: number) => TypedArrayType<Elements> {
  return (length) => {
    if (!Number.isInteger(length) || length < 1 || length > 2 ** 31 - 1)
      throw new RangeError(`length must be an integer from 1 to 2147483647, not ${String(length)}`);
    const over = ({ buffer }: Memory, offsetBytes: number): Elements => new make(buffer, offsetBytes, length);
    return Object.freeze({
      typeName: `[${String(length)}]${element.typeName}`,
      sizeBytes: length * element.sizeBytes,
      alignmentBytes: element.alignmentBytes,
      mustBeAligned: element.alignmentBytes > 1,
      cDeclaration: (member: string) => element.cDeclaration(`${member}[${String(length)}]`),
      load: (memory: Memory, offsetBytes: number) => over(memory, offsetBytes).slice() as Elements,
      store: (memory: Memory, offsetBytes: number, value: Elements) => {
        over(memory, offsetBytes).set(value as unknown as ArrayLike<never>);
      },
      check: (value: unknown, path: string) => {
        if (!(value instanceof make))
          throw new TypeError(`${path} must be a ${make.name} of ${String(length)} elements`);
        if (value.length !== length)
          throw new RangeError(`${path} has ${String(length)} elements, not ${String(value.length)}`);
      },
      over,
      source: ({ slot, type, offsetIn }: Position) => {
        const isThere = `${slot} !== undefined && ${slot}.byteOffset === ${offsetIn(1)} && ${slot}.length !== 0`;
        const make = `${slot} = ${type}.over(this.$memory, ${offsetIn(1)})`;
        return { load: `${isThere} ? ${slot} : (${make})`, slot: "undefined" };
      },
    });
  };
}

/** `length` bytes. */
export const bytes = typedArray(Uint8Array<ArrayBuffer>, scalars.u8);
/**
 * Typed arrays over the struct's bytes. A struct that packs them to another alignment than theirs is refused: use
 * `array` there.
 */
export const i8Array = typedArray(Int8Array<ArrayBuffer>, scalars.i8);
/** See i8Array. */
export const i16Array = typedArray(Int16Array<ArrayBuffer>, scalars.i16);
/** See i8Array. */
export const u16Array = typedArray(Uint16Array<ArrayBuffer>, scalars.u16);
/** See i8Array. */
export const i32Array = typedArray(Int32Array<ArrayBuffer>, scalars.i32);
/** See i8Array. */
export const u32Array = typedArray(Uint32Array<ArrayBuffer>, scalars.u32);
/** See i8Array. */
export const f32Array = typedArray(Float32Array<ArrayBuffer>, scalars.f32);
/** See i8Array. */
export const f64Array = typedArray(Float64Array<ArrayBuffer>, scalars.f64);
/** See i8Array. */
export const i64Array = typedArray(BigInt64Array<ArrayBuffer>, scalars.i64);
/** See i8Array. */
export const u64Array = typedArray(BigUint64Array<ArrayBuffer>, scalars.u64);
