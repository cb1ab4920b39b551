// Random struct declarations, for comparing with C, and values for them.
import fc from "fast-check";
import {
  aligned,
  anonymous,
  array,
  bits,
  bool,
  enumeration,
  f32,
  f64,
  i16,
  i32,
  i64,
  i8,
  struct,
  u16,
  u32,
  u64,
  u8,
  union,
  unnamedBits,
  utf16,
  utf8,
  type AlignedType,
  type AnonymousType,
  type BitsType,
  type EnumType,
  type FieldType,
  type IntegerType,
  type StructType,
} from "rtshm/struct";

export type AnyType = FieldType<unknown, unknown>;
export type AnyStruct = StructType<Record<string, unknown>, Record<string, unknown>>;

const integers = [i8, u8, i16, u16, i32, u32, i64, u64] as unknown as IntegerType[];
const scalars = [i8, u8, i16, u16, i32, u32, i64, u64, f32, f64, bool] as unknown as AnyType[];

let count = 0;

/** What a member is declared as, and whether it is put in as it is, aligned, or without a name. */
type Declared = AnyType | BitsType | AlignedType | AnonymousType;

interface Whole {
  readonly pack: number | undefined;
  readonly align: number | undefined;
  readonly isUnion: boolean;
}

const isType = (type: Declared): type is AnyType => "sizeBytes" in type;

/** A struct or a union; the members have names that no other struct has, so that any struct can be without a name in another one. */
function structOf(members: readonly Declared[], { pack, align, isUnion }: Whole): AnyStruct {
  const own = count++;
  // An atomic field or a typed array would be refused where `pack` or an alignment moves it; there is none among these types.
  const fields = Object.fromEntries(members.map((type, i) => [`f${own}_${i}`, type]));
  const options = { ...(pack === undefined ? {} : { pack }), ...(align === undefined ? {} : { align }) };
  return isUnion ? union(`S${own}`, fields, options) : struct(`S${own}`, fields, options);
}

/** A member as it is, aligned to less or more than its type, or, if it is a struct, without a name. */
function memberOf(type: AnyType, how: number): Declared {
  if (how < 3) return aligned(type, [1, 4, 16][how] as number);
  if (how < 7 && "fields" in type) return anonymous(type as AnyStruct as never);
  return type;
}

const bases = [u8, i8, u16, i16, u32, i32];

/** Enumerations over each integer, with values from both ends of what it holds. */
const someEnum: fc.Arbitrary<EnumType> = fc.tuple(fc.constantFrom(...bases), fc.boolean()).map(([base, isSmall]) => {
  const most = 2 ** (8 * base.sizeBytes - (base.isSigned ? 1 : 0)) - 1;
  const ends = { Least: base.isSigned ? -most - 1 : 1, Most: most };
  return enumeration(`E${count++}`, { Zero: 0, Two: 2, ...(isSmall ? {} : ends) }, { base });
});

/** A bit-field of any integer, of a bool or of an enumeration, or a gap. */
const someBits: fc.Arbitrary<BitsType> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(...integers)
      .chain((type) => fc.integer({ min: 1, max: 8 * type.sizeBytes }).map((width) => bits(type, width))),
  },
  { weight: 1, arbitrary: fc.constant(bits(bool, 1)) },
  { weight: 1, arbitrary: someEnum.map((type) => bits(type, 8 * type.sizeBytes)) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...integers)
      .chain((type) => fc.integer({ min: 0, max: 8 * type.sizeBytes }).map((width) => unnamedBits(type, width))),
  },
);

const leaf: fc.Arbitrary<AnyType> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...scalars) },
  { weight: 1, arbitrary: someEnum },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }).map((n) => utf8(n) as unknown as AnyType) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }).map((n) => utf16(n) as unknown as AnyType) },
);

const packs = fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, fc.constantFrom(1, 2, 4, 8, 16));
const aligns = fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.constantFrom(1, 2, 8, 32));
const wholes: fc.Arbitrary<Whole> = fc.record({
  pack: packs,
  align: aligns,
  isUnion: fc.nat(3).map((n) => n === 0),
});

/** Structs and unions with nested ones and arrays, up to three deep. */
export const randomStruct: fc.Arbitrary<AnyStruct> = fc.letrec<{ type: AnyType; member: Declared; struct: AnyStruct }>(
  (tie) => ({
    type: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      leaf,
      fc.tuple(tie("type"), fc.integer({ min: 1, max: 4 })).map(([type, n]) => array(type, n) as unknown as AnyType),
      tie("struct"),
    ),
    member: fc.tuple(tie("type"), fc.nat(20)).map(([type, how]) => memberOf(type, how)),
    struct: fc
      .tuple(tie("type"), fc.array(fc.oneof(tie("member"), someBits), { maxLength: 7 }), fc.nat(7), wholes)
      .map(([sure, others, at, whole]) => structOf([...others.slice(0, at), sure, ...others.slice(at)], whole)),
  }),
).struct;

/** Whether fields of it lie over others. */
export const sharesBytes = (type: AnyStruct): boolean =>
  (type as unknown as { valuesOf: { isOverlapping: boolean } }).valuesOf.isOverlapping;

/** What a value, or a view, has of the members that another value names. */
export function picked(from: unknown, like: unknown): unknown {
  if (typeof like !== "object" || like === null || ArrayBuffer.isView(like)) return from;
  if (Array.isArray(like)) return Array.from(from as Iterable<unknown>, (part, i) => picked(part, like[i]));
  const parts = from as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(like).map(([name, part]) => [name, picked(parts[name], part)]));
}

/** Values that tell each part of a struct from every other. */
export class Values {
  #next: number;

  constructor(seed: number) {
    this.#next = seed * 1000;
  }

  of(type: AnyType): unknown {
    const { fields, element, values } = type as Partial<AnyStruct & EnumType> & { element?: AnyType };
    if (values !== undefined) return Object.keys(values)[++this.#next % Object.keys(values).length];
    if (fields !== undefined) return this.#composite(type as AnyStruct);
    if (element !== undefined)
      return Array.from({ length: type.sizeBytes / element.sizeBytes }, () => this.of(element));
    return this.#scalar(type.typeName, type.sizeBytes);
  }

  /** All members of a struct, and one of a union. */
  #composite(type: AnyStruct): Record<string, unknown> {
    const { members } = type as unknown as { members: readonly (readonly [string, Declared])[] };
    const named = members.filter(([, member]) => !("isUnnamed" in member && member.isUnnamed));
    const at = ++this.#next % named.length;
    return Object.assign(
      {},
      ...(type.kind === "union" ? named.slice(at, at + 1) : named).map(([name, member]) => this.#member(name, member)),
    ) as Record<string, unknown>;
  }

  #member(name: string, member: Declared): Record<string, unknown> {
    if (isType(member)) return { [name]: this.of(member) };
    if ("width" in member) return { [name]: this.#bits(member) };
    if ("anonymous" in member) return this.of(member.anonymous) as Record<string, unknown>;
    return this.#member(name, member.aligned);
  }

  #bits({ base, width }: BitsType): unknown {
    if (base.typeName === "bool" || "values" in base) return this.of(base);
    const value = BigInt(this.of(base) as number);
    const wrapped = base.isSigned ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
    return base.sizeBytes === 8 ? wrapped : Number(wrapped);
  }

  #scalar(typeName: string, sizeBytes: number): unknown {
    const n = ++this.#next;
    if (typeName === "bool") return n % 2 === 1;
    if (typeName.startsWith("utf8")) return "abcdefghij".slice(0, n % (sizeBytes + 1));
    if (typeName.startsWith("utf16")) return "äöüαβγ€×÷".slice(0, n % (sizeBytes / 2 + 1));
    if (typeName === "f32") return Math.fround(n * 1.25);
    if (typeName === "f64") return n * Math.PI;
    const wrap = typeName.startsWith("i") ? BigInt.asIntN : BigInt.asUintN;
    const value = wrap(8 * sizeBytes, BigInt(n) * 0x9e37_79b9_7f4a_7c15n);
    return sizeBytes === 8 ? value : Number(value);
  }
}
