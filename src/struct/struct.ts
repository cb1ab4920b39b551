// Declaring a struct.
import { composite, membersOf, type StructOptions } from "./composite.js";
import type {
  AlignedType,
  AnonymousType,
  BitsType,
  FieldType,
  UnnamedBitsType,
  ValueOf,
  ViewOf,
} from "./field-type.js";
import type { ReadonlyView } from "./readonly-view.js";
import type { StructType } from "./struct-type.js";

/**
 * What a field can be declared as: `u32`, `array(u8, 4)`, another struct, `bits(u32, 3)`, `aligned(f64, 64)`,
 * `anonymous(Variant)`.
 */
export type TypeOfField =
  | FieldType<never>
  | FieldType
  | BitsType<never>
  | BitsType
  | AlignedType<never>
  | AlignedType
  | AnonymousType<never>
  | AnonymousType;

/** The fields of a declaration. */
export type Fields = Readonly<Record<string, TypeOfField>>;

/** The fields that have a name in C: all but gaps, and structs and unions without one. */
type Named<Declared> = {
  [
    Field in keyof Declared as Declared[Field] extends UnnamedBitsType | AnonymousType<never, never> ? never : Field
  ]: Declared[Field];
};

type IsNever<Type> = [Type] extends [never] ? true : false;
type AnonymousValues<Declared> = {
  [Field in keyof Declared]: Declared[Field] extends AnonymousType<infer Value, infer _Fields> ? Value : never;
}[keyof Declared];
type AnonymousFields<Declared> = {
  [Field in keyof Declared]: Declared[Field] extends AnonymousType<infer _Value, infer Inner> ? Inner : never;
}[keyof Declared];
type All<Union> = (Union extends unknown ? (one: Union) => void : never) extends (one: infer Both) => void
  ? Both
  : never;
/** `Own`, with what members without a name add to it. */
type With<Own, Added> = IsNever<Added> extends true ? Own : Own & All<Added>;

/** The plain object of a struct with these fields. */
export type StructValue<Declared> = With<
  { -readonly [Field in keyof Named<Declared>]: ValueOf<Named<Declared>[Field]> },
  AnonymousValues<Declared>
>;

/** Scalars and strings are stored to by assignment; what has parts is there to reach them, and has `set`. */
export type FieldsView<Declared> = With<
  {
    -readonly [Field in keyof Named<Declared> as ViewOf<Declared[Field]> extends object ? never : Field]: ViewOf<
      Declared[Field]
    >;
  } & {
    readonly [Field in keyof Named<Declared> as ViewOf<Declared[Field]> extends object ? Field : never]: ViewOf<
      Declared[Field]
    >;
  },
  AnonymousFields<Declared>
>;

/** The view of a struct with these fields. */
export type StructView<Declared> = FieldsView<Declared> & {
  /** A copy of all fields. */
  get(): StructValue<Declared>;
  /** Stores the fields that `value`, which can be another view, has; nothing is stored if one does not fit. */
  set(value: Partial<StructValue<Declared>> | FieldsView<Declared>): void;
};

/**
 * Declares a struct with the layout that C gives it on x64.
 * @example
 * const Storage = struct("Storage", { win32Index: u32, rtssIndex: u32 });
 * const storage = Storage.view(new ArrayBuffer(Storage.sizeBytes));
 * storage.win32Index = 7;
 * @throws TypeError, RangeError for a name or a type that cannot be one
 */
export function struct<const Declared extends Fields>(
  name: string,
  fields: Declared,
  options: StructOptions = {},
): StructType<StructValue<Declared>, StructView<Declared>, ReadonlyView<StructView<Declared>>> {
  const made: unknown = composite("struct", name, membersOf("struct", name, fields), options);
  return made as ReturnType<typeof struct<Declared>>;
}
