// Declaring bit-fields: how many bits of which integer. Where they are is the struct's layout; bit-field.ts reads and
// writes them.
import type { EnumType } from "./enumeration.js";
import type { BitsType, IntegerType, UnnamedBitsType } from "./field-type.js";
import { rangeOf } from "./integer-range.js";

/** Whether a declared field is one of bits. */
export const isBits = (type: object): type is BitsType => "width" in type && "base" in type;

function checkBits(base: unknown, width: unknown, least: number): void {
  const { typeName, sizeBytes, isSigned } = (base ?? {}) as Partial<IntegerType>;
  if (typeName === undefined || sizeBytes === undefined || isSigned === undefined)
    throw new TypeError("the type of a bit-field must be an integer such as u32, bool or an enumeration");
  const most = typeName === "bool" ? 1 : 8 * sizeBytes;
  if (!Number.isInteger(width) || (width as number) < least || (width as number) > most)
    throw new RangeError(
      `the width of a bit-field of ${typeName} must be an integer from ${String(least)} to ${String(most)}, not ${String(width)}`,
    );
}

/**
 * A bit-field: `width` bits of an integer, placed as gcc and clang place `T name : width`. Its value is what the type's
 * is; an integer that does not fit wraps, as in C. Neighbours share bytes: a store rewrites them, so two processes must
 * not store to neighbours at once.
 * @example struct("Status", { isReady: bits(bool, 1), mode: bits(u32, 3), level: bits(i32, 12) })
 * @throws TypeError, RangeError for a type or a width that cannot be
 */
export function bits<Value>(type: IntegerType<Value>, width: number): BitsType<Value> {
  checkBits(type, width, 1);
  const [least, most] = rangeOf(width, type.isSigned);
  for (const [key, value] of Object.entries((type as unknown as Partial<EnumType>).values ?? {}))
    if (value < least || value > most)
      throw new RangeError(`${type.typeName}.${key} is ${String(value)}: ${String(width)} bits cannot hold it`);
  return Object.freeze({ base: type, width, isUnnamed: false });
}

/**
 * A gap of `width` bits, `T : width` in C: the field's name is only a place in the declaration. Of 0 bits: what follows
 * begins in the next unit of the type.
 * @throws TypeError, RangeError for a type or a width that cannot be
 */
export function unnamedBits(type: IntegerType, width: number): UnnamedBitsType {
  checkBits(type, width, 0);
  return Object.freeze({ base: type as IntegerType<never>, width, isUnnamed: true });
}
