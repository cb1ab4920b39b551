// From what a header declares to types: arrays, members, enumerations, and whole structs.
import { array } from "../array.js";
import * as atomics from "../atomic.js";
import { bits, unnamedBits } from "../bits.js";
import { enumeration, type EnumType } from "../enumeration.js";
import type { FieldType, IntegerType } from "../field-type.js";
import { rangeOf } from "../integer-range.js";
import type { Member } from "../layout.js";
import type { Declared, RoomType } from "../member-types.js";
import { checkName } from "../names.js";
import { utf16, utf8 } from "../text.js";
import * as typed from "../typed-array.js";
import { CHeaderError } from "./header-error.js";
import {
  ATOMIC_REFUSED,
  POINTER_REFUSED,
  integerType,
  type CType,
  type KnownType,
  type TypeOptions,
} from "./known-types.js";

/** How declarations become types. */
export interface BuildOptions extends TypeOptions {
  readonly charArrays: "utf8" | "bytes";
  readonly typedArrays: boolean;
  readonly enums: "names" | "numbers";
  readonly pointers: "refused" | "u64";
}

/** A struct or an enumeration that has no name yet: its members are read, its name follows. */
export interface Unnamed {
  readonly tag: string | undefined;
  /** The type under that name, or why there is none. */
  define(name: string): CType;
}

/** A type as the specifiers of a declaration give it. */
export type Specified = CType | Unnamed;

/** A member of a struct as it is declared. */
export interface DeclaredMember {
  /** undefined: bits without a name, or a struct or a union without one */
  readonly name: string | undefined;
  readonly line: number;
  readonly base: Specified;
  readonly isAtomic: boolean;
  /** Its text, if it is a pointer, a reference or an array of them. */
  readonly pointerText: string | undefined;
  /** Whether it is not known how many pointers there are. */
  readonly isOdd: boolean;
  readonly isAnonymous: boolean;
  readonly dimensions: readonly (number | undefined)[];
  readonly width: number | undefined;
  readonly isPacked: boolean;
  /** Of `aligned` and `alignas`. */
  readonly alignBytes: number | undefined;
}

/** The constants of an enumeration. */
export interface DeclaredEnum {
  readonly line: number;
  readonly values: ReadonlyMap<string, bigint>;
  /** Whether its constants are only known with its name before them. */
  readonly isScoped: boolean;
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

const ATOMIC: Readonly<Record<string, unknown>> = {
  ...{ i8: atomics.atomicI8, u8: atomics.atomicU8, i16: atomics.atomicI16, u16: atomics.atomicU16 },
  ...{ i32: atomics.atomicI32, u32: atomics.atomicU32, i64: atomics.atomicI64, u64: atomics.atomicU64 },
  bool: atomics.atomicBool,
};

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

/** Why an array without a size is refused where it is. */
export const OPEN_ARRAY = "an array without a size can only be the last member of a struct: give it one";

function arrayOf(known: KnownType, length: number, options: BuildOptions): FieldType {
  const { type, text } = known;
  if (text === "utf16") return utf16(length);
  if (text === "utf8" && options.charArrays === "utf8") return utf8(length);
  const isBytes = text === "utf8" || type.typeName === "u8";
  const make = isBytes ? typed.bytes : options.typedArrays ? TYPED[type.typeName] : undefined;
  return make === undefined ? array(type, length) : (make(length) as FieldType);
}

/**
 * A type with the dimensions behind its name. @throws CHeaderError for what is no type, RangeError for a size that
 * cannot be
 */
export function withDimensions(
  known: CType,
  dimensions: readonly (number | undefined)[],
  options: BuildOptions,
  line: number,
  construct: string,
): KnownType {
  if ("refused" in known) throw new CHeaderError(line, construct, known.refused);
  const { alignBytes } = known;
  let made: KnownType = known;
  for (const length of [...dimensions].reverse()) {
    if (length === undefined) throw new CHeaderError(line, construct, OPEN_ARRAY);
    if (alignBytes !== undefined && made.type.sizeBytes % alignBytes !== 0)
      throw new CHeaderError(line, construct, "its elements are aligned to more than their size");
    made = { type: attempt(line, construct, () => arrayOf(made, length, options)) };
  }
  return alignBytes === undefined ? made : { ...made, alignBytes };
}

/** The atomic type; of an enumeration that of its integer. @throws CHeaderError for what has no atomic operations */
export function atomicOf(type: FieldType, line: number, construct: string): FieldType {
  const found = ATOMIC[((type as Partial<EnumType>).base ?? type).typeName];
  if (found === undefined) throw new CHeaderError(line, construct, ATOMIC_REFUSED);
  return found as FieldType;
}

/** Bytes that the member takes and no field reaches. */
const room = (type: FieldType, count: number, alignmentBytes: number): RoomType => ({
  room: { sizeBytes: count * type.sizeBytes, alignmentBytes },
  cDeclaration: (member) => (count === 0 ? type.cDeclaration(`${member}[0]`) : type.cDeclaration(member)),
});

/** A member: its type, and what it is aligned to where that is not what the type says. */
interface Typed {
  readonly declared: Declared;
  readonly alignBytes: number | undefined;
}

function bitsOf(member: DeclaredMember, own: KnownType, construct: string): Declared {
  const { line, name, width = 0, isAtomic, isPacked, alignBytes, dimensions } = member;
  if (isAtomic || dimensions.length > 0) throw new CHeaderError(line, construct, "a bit-field is a plain integer");
  if (isPacked || alignBytes !== undefined || own.alignBytes !== undefined)
    throw new CHeaderError(line, construct, "a bit-field that is packed or aligned itself is not read");
  const type = own.type as IntegerType;
  return name === undefined ? unnamedBits(type, width) : bits(type, width);
}

/** The type of a member, under the name that a struct in it gets. @throws CHeaderError */
export function memberType(member: DeclaredMember, owner: string, inUnion: boolean, options: BuildOptions): Typed {
  const { base, line, name, width, isAtomic, dimensions } = member;
  const construct = name === undefined ? "a member without a name" : `${owner}.${name}`;
  const own = "define" in base ? base.define(`${owner}_${name ?? "part"}`) : base;
  const isPointer = member.pointerText !== undefined || ("refused" in own && own.isPointer === true);
  if (isPointer && width === undefined && !member.isOdd && !dimensions.includes(undefined)) {
    const address = { type: integerType("u64", options) };
    const known = withDimensions(address, dimensions, options, line, construct);
    if (options.pointers === "u64") return { declared: known.type, alignBytes: undefined };
    // Of a union the other members are read; an address has room in it, and no meaning.
    if (inUnion) return { declared: room(known.type, 1, 8), alignBytes: undefined };
  }
  if (member.pointerText !== undefined) throw new CHeaderError(line, member.pointerText, POINTER_REFUSED);
  if ("refused" in own) throw new CHeaderError(line, construct, own.refused);
  if (width !== undefined) return { declared: bitsOf(member, own, construct), alignBytes: undefined };
  if (member.isAnonymous) return { declared: { anonymous: own.type }, alignBytes: undefined };
  const known = isAtomic ? { ...own, type: atomicOf(own.type, line, construct), text: undefined } : own;
  const [first, ...others] = dimensions;
  if (dimensions.length > 0 && (first === undefined || dimensions.includes(0))) {
    const { type, alignBytes = type.alignmentBytes } = withDimensions(known, others, options, line, construct);
    return { declared: room(type, 0, alignBytes), alignBytes: undefined };
  }
  const { type, alignBytes } = withDimensions(known, dimensions, options, line, construct);
  return { declared: type, alignBytes };
}

const alignmentOf = (declared: Declared): number => {
  if ("room" in declared) return declared.room.alignmentBytes;
  if ("anonymous" in declared) return declared.anonymous.alignmentBytes;
  return (declared as FieldType).alignmentBytes;
};

/**
 * A member of a struct with the alignment that it has there: `packed` of the struct or of the member takes the type's,
 * `aligned` gives it one.
 * @throws CHeaderError
 */
export function alignedMember(
  member: DeclaredMember,
  owner: string,
  key: string,
  { declared, alignBytes }: Typed,
  isPackedAround: boolean,
): Member {
  if (member.name !== undefined) attempt(member.line, `${owner}.${key}`, () => checkName("field", key));
  if ("width" in declared) return [key, declared];
  const isPacked = member.isPacked || isPackedAround;
  const usual = isPacked ? 1 : (alignBytes ?? alignmentOf(declared));
  const bytes = Math.max(usual, member.alignBytes ?? 1);
  if (bytes === alignmentOf(declared)) return [key, declared];
  if ("room" in declared) return [key, { ...declared, room: { ...declared.room, alignmentBytes: bytes } }];
  return [key, { aligned: declared as FieldType, alignBytes: bytes }];
}

/** The integer that holds the values: as gcc and clang choose. */
function chosenBase(values: ReadonlyMap<string, bigint>, options: BuildOptions): FieldType {
  const all = [...values.values()];
  const isSigned = all.some((value) => value < 0n);
  const [least, most] = rangeOf(32, isSigned);
  const isSmall = all.every((value) => value >= BigInt(least) && value <= BigInt(most));
  return integerType(`${isSigned ? "i" : "u"}${isSmall ? "32" : "64"}`, options);
}

/** The smallest integer that holds the values: of a packed enumeration. */
export function packedBase(values: ReadonlyMap<string, bigint>, options: BuildOptions): FieldType {
  const all = [...values.values()];
  const isSigned = all.some((value) => value < 0n);
  for (const width of [8, 16]) {
    const [least, most] = rangeOf(width, isSigned);
    if (all.every((value) => value >= BigInt(least) && value <= BigInt(most)))
      return integerType(`${isSigned ? "i" : "u"}${String(width)}` as "u8", options);
  }
  return chosenBase(values, options);
}

/**
 * An enumeration; constants that all begin with its name and `_` lose that, as `toCHeader` adds it. One without
 * constants, or of 64 bits, is its integer.
 * @throws CHeaderError
 */
export function enumFrom(
  name: string,
  declared: DeclaredEnum,
  base: FieldType | undefined,
  options: BuildOptions,
): FieldType {
  const integer = base ?? chosenBase(declared.values, options);
  if (declared.values.size === 0 || integer.sizeBytes === 8 || integer.typeName === "bool") return integer;
  const own = `${name}_`;
  const isOwn = [...declared.values.keys()].every(
    (key) => key.startsWith(own) && /^[A-Za-z_]/.test(key.slice(own.length)),
  );
  const cut = isOwn ? own.length : 0;
  const prefix = isOwn || declared.isScoped ? own : "";
  const values = Object.fromEntries([...declared.values].map(([key, value]) => [key.slice(cut), Number(value)]));
  const made: EnumType = attempt(declared.line, `enum ${name}`, () =>
    enumeration(name, values, { prefix, base: integer as IntegerType<number> }),
  );
  return options.enums === "names" ? made : made.base;
}
