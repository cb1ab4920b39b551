// Declaring a union.
import { composite, membersOf, type StructOptions } from "./composite.js";
import type { ReadonlyView } from "./readonly-view.js";
import type { StructType } from "./struct-type.js";
import type { Fields, FieldsView, StructValue } from "./struct.js";

/**
 * The plain object of a union with these members: one of them, to store it. What `get` gives has all of which the bytes
 * make a value: a number without a name makes none of an enumeration.
 */
export type UnionValue<Declared> = Partial<StructValue<Declared>>;

/** The view of a union: its members are the same bytes. */
export type UnionView<Declared> = FieldsView<Declared> & {
  /** A copy of all members that the bytes make a value of. */
  get(): UnionValue<Declared>;
  /**
   * Stores the member that `value` has; bytes that only others have stay. A value that `get` gave, or another view, has
   * all: stored is what it was read from, and over that the member that was changed.
   * @throws RangeError for members that say different things about the same bytes
   */
  set(value: UnionValue<Declared> | FieldsView<Declared>): void;
};

/**
 * Declares a union with the layout that C gives it on x64: its members share their bytes.
 * @example
 * const Value = union("Value", { i: i32, f: f32 });
 * const Variant = struct("Variant", { kind: u32, value: Value });
 * const variant = Variant.view(new ArrayBuffer(Variant.sizeBytes));
 * variant.value.f = 1.5;
 * variant.set({ kind: 1, value: { i: 3 } });
 * @throws TypeError, RangeError for a name or a type that cannot be one
 */
export function union<const Declared extends Fields>(
  name: string,
  fields: Declared,
  options: StructOptions = {},
): StructType<UnionValue<Declared>, UnionView<Declared>, ReadonlyView<UnionView<Declared>>> {
  const made: unknown = composite("union", name, membersOf("union", name, fields), options);
  return made as ReturnType<typeof union<Declared>>;
}
