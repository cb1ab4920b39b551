// What a member of a struct can be declared as besides a plain type: aligned by its declaration, without a name, or
// only room that it takes.
import type { AlignedType, AnonymousType, BitsType, FieldType } from "./field-type.js";
import { isStruct, type StructType } from "./struct-type.js";

/**
 * Bytes that no field of the view reaches: a pointer in a union, an array of no elements. Only a header's reader makes
 * it.
 */
export interface RoomType {
  readonly room: { readonly sizeBytes: number; readonly alignmentBytes: number };
  cDeclaration(member: string): string;
}

/** All that a member can be declared as. */
export type Declared = FieldType | BitsType | AlignedType | AnonymousType | RoomType;

const MOST_ALIGNED = 2 ** 28; // what gcc and clang take

/** Whether its declaration says how a member is aligned. */
export const isAligned = (type: object): type is AlignedType => "alignBytes" in type;
/** Whether its fields are those of the struct around it. */
export const isAnonymous = (type: object): type is AnonymousType => "anonymous" in type;
/** Whether it only takes room. */
export const isRoom = (type: object): type is RoomType => "room" in type;

/** @throws RangeError for what is no alignment */
export function checkAlignment(what: string, alignBytes: unknown): void {
  const exponent = typeof alignBytes === "number" ? Math.log2(alignBytes) : NaN;
  if (!Number.isInteger(exponent) || exponent < 0 || (alignBytes as number) > MOST_ALIGNED)
    throw new RangeError(`${what} must be a power of two up to 2^28, not ${String(alignBytes)}`);
}

type WholeView = { get(): unknown; set(value: never): void };

/**
 * A member at multiples of `alignBytes`, in C `_Alignas(64) T name`; if that is less than the type's own alignment,
 * `__attribute__((packed, aligned(2)))`. The `pack` of the struct is more.
 * @example struct("Slot", { count: u32, data: aligned(array(u8, 8), 8) })
 * @throws TypeError, RangeError for a type or an alignment that cannot be
 */
export function aligned<Value, View>(type: FieldType<Value, View>, alignBytes: number): AlignedType<Value, View> {
  if (typeof type !== "object" || (type as unknown) === null || typeof type.sizeBytes !== "number")
    throw new TypeError("type must be a type such as u32 or a struct");
  checkAlignment("alignBytes", alignBytes);
  return Object.freeze({ aligned: type, alignBytes });
}

/**
 * A member without a name in C: the fields of the union, or struct, are fields of the struct that it is put into. The
 * member's own name is only a place in the declaration, as that of `unnamedBits`.
 * @example
 * const Number64 = union("Number64", { i: i32, f: f64 });
 * const Variant = struct("Variant", { kind: i32, _: anonymous(Number64) });
 * Variant.view(new ArrayBuffer(Variant.sizeBytes)).f = 0.5;
 * @throws TypeError for what is neither a union nor a struct
 */
export function anonymous<Value, View extends WholeView>(
  type: StructType<Value, View, unknown>,
): AnonymousType<Value, Omit<View, "get" | "set">> {
  if (!isStruct(type)) throw new TypeError("only a union or a struct can be anonymous");
  return Object.freeze({ anonymous: type });
}
