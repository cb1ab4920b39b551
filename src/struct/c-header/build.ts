// From what a header declares to types: arrays, members, enumerations, and whole structs.
import { array } from "../array.js";
import { atomicI32, atomicI64, atomicU32, atomicU64 } from "../atomic.js";
import { bits, unnamedBits } from "../bits.js";
import { CHeaderError } from "./header-error.js";
import type { CType, KnownType, TypeOptions } from "./known-types.js";
import { enumeration, type EnumType } from "../enumeration.js";
import type { BitsType, FieldType, IntegerType } from "../field-type.js";
import { checkName } from "../names.js";
import { struct } from "../struct.js";
import type { StructType } from "../struct-type.js";
import { utf16, utf8 } from "../text.js";
import * as typed from "../typed-array.js";

/** How declarations become types. */
export interface BuildOptions extends TypeOptions {
  readonly charArrays: "utf8" | "bytes";
  readonly typedArrays: boolean;
  readonly enums: "names" | "numbers";
}

/** A struct or an enumeration that has no name yet: its members are read, its name follows. */
export interface Unnamed {
  readonly tag: string | undefined;
  /** @throws CHeaderError */
  define(name: string): CType;
}

/** A type as the specifiers of a declaration give it. */
export type Specified = CType | Unnamed;

/** A member of a struct as it is declared. */
export interface DeclaredMember {
  /** undefined: bits without a name */
  readonly name: string | undefined;
  readonly line: number;
  readonly base: Specified;
  readonly isAtomic: boolean;
  readonly dimensions: readonly number[];
  readonly width: number | undefined;
}

/** The constants of an enumeration. */
export interface DeclaredEnum {
  readonly line: number;
  readonly values: ReadonlyMap<string, number>;
}

/** Makes something of the header; what is refused there names the line. */
export function attempt<Made>(line: number, construct: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (error instanceof CHeaderError || !(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new CHeaderError(line, construct, error.message, { cause: error });
  }
}

const ATOMIC: Readonly<Record<string, unknown>> = { i32: atomicI32, u32: atomicU32, i64: atomicI64, u64: atomicU64 };

const TYPED: Readonly<Record<string, ((length: number) => unknown) | undefined>> = {
  i8: typed.i8Array,
  i16: typed.i16Array,
  u16: typed.u16Array,
  i32: typed.i32Array,
  u32: typed.u32Array,
  i64: typed.i64Array,
  u64: typed.u64Array,
  f32: typed.f32Array,
  f64: typed.f64Array,
};

function arrayOf(known: KnownType, length: number, options: BuildOptions): FieldType {
  const { type, text } = known;
  if (text === "utf16") return utf16(length);
  if (text === "utf8" && options.charArrays === "utf8") return utf8(length);
  const isBytes = text === "utf8" || type.typeName === "u8";
  const make = isBytes ? typed.bytes : options.typedArrays ? TYPED[type.typeName] : undefined;
  return make === undefined ? array(type, length) : (make(length) as FieldType);
}

/** A type with the dimensions behind its name. @throws CHeaderError for what is no type, RangeError for a size that cannot be */
export function withDimensions(
  known: CType,
  dimensions: readonly number[],
  options: BuildOptions,
  line: number,
  construct: string,
): KnownType {
  if ("refused" in known) throw new CHeaderError(line, construct, known.refused);
  let made: KnownType = known;
  for (const length of [...dimensions].reverse()) made = { type: arrayOf(made, length, options) };
  return made;
}

function atomicOf(type: FieldType, line: number, construct: string): FieldType {
  const found = ATOMIC[type.typeName];
  if (found === undefined || "values" in type)
    throw new CHeaderError(line, construct, "only integers of 32 and 64 bits can be _Atomic");
  return found as FieldType;
}

function memberType(member: DeclaredMember, owner: string, options: BuildOptions): FieldType | BitsType {
  const { base, line, name, width, isAtomic } = member;
  const construct = name === undefined ? "a bit-field" : `${owner}.${name}`;
  const own = "define" in base ? base.define(`${owner}_${name ?? "bits"}`) : base;
  if ("refused" in own) throw new CHeaderError(line, construct, own.refused);
  if (width !== undefined) {
    if (isAtomic || member.dimensions.length > 0)
      throw new CHeaderError(line, construct, "a bit-field is a plain integer");
    return name === undefined ? unnamedBits(own.type as IntegerType, width) : bits(own.type as IntegerType, width);
  }
  const known = isAtomic ? { type: atomicOf(own.type, line, construct) } : own;
  return withDimensions(known, member.dimensions, options, line, construct).type;
}

/** @throws CHeaderError that names the line of a member that cannot be */
export function structFrom(
  name: string,
  line: number,
  members: readonly DeclaredMember[],
  pack: number | undefined,
  options: BuildOptions,
): StructType {
  const fields = new Map<string, FieldType | BitsType>();
  const names = new Set(members.map((member) => member.name));
  let gaps = 0;
  for (const member of members) {
    let key = member.name;
    if (key === undefined)
      do key = `gap${String(gaps++)}`;
      while (names.has(key));
    if (fields.has(key)) throw new CHeaderError(member.line, `${name}.${key}`, "there are two members of this name");
    const own = key;
    fields.set(
      own,
      attempt(member.line, `${name}.${own}`, () => {
        checkName("field", own);
        return memberType(member, name, options);
      }),
    );
  }
  return attempt(line, `struct ${name}`, () =>
    struct(name, Object.fromEntries(fields), pack === undefined ? {} : { pack }),
  );
}

/** An enumeration; constants that all begin with its name and `_` lose that, as `toCHeader` adds it. @throws CHeaderError */
export function enumFrom(
  name: string,
  declared: DeclaredEnum,
  base: FieldType | undefined,
  options: BuildOptions,
): FieldType {
  const own = `${name}_`;
  const isOwn = [...declared.values.keys()].every(
    (key) => key.startsWith(own) && /^[A-Za-z_]/.test(key.slice(own.length)),
  );
  const prefix = isOwn ? own : "";
  const values = Object.fromEntries([...declared.values].map(([key, value]) => [key.slice(prefix.length), value]));
  const made: EnumType = attempt(declared.line, `enum ${name}`, () =>
    enumeration(name, values, { prefix, ...(base === undefined ? {} : { base: base as IntegerType<number> }) }),
  );
  return options.enums === "names" ? made : made.base;
}
