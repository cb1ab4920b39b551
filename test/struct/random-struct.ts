// Random struct declarations, for comparing with C, and values for them.
import fc from "fast-check";
import {
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
  unnamedBits,
  utf16,
  utf8,
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

function structOf(fields: readonly (AnyType | BitsType)[], pack: number | undefined): AnyStruct {
  const named = Object.fromEntries(fields.map((type, i) => [`f${i}`, type]));
  return struct(`S${count++}`, named, pack === undefined ? {} : { pack });
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

/** Structs with nested structs and arrays, up to three deep. */
export const randomStruct: fc.Arbitrary<AnyStruct> = fc.letrec<{ type: AnyType; struct: AnyStruct }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    leaf,
    fc.tuple(tie("type"), fc.integer({ min: 1, max: 4 })).map(([type, n]) => array(type, n) as unknown as AnyType),
    tie("struct"),
  ),
  struct: fc
    .tuple(tie("type"), fc.array(fc.oneof(tie("type"), someBits), { maxLength: 7 }), fc.nat(7), packs)
    .map(([sure, others, at, pack]) => structOf([...others.slice(0, at), sure, ...others.slice(at)], pack)),
})).struct;

/** Values that tell each part of a struct from every other. */
export class Values {
  #next: number;

  constructor(seed: number) {
    this.#next = seed * 1000;
  }

  of(type: AnyType): unknown {
    const {
      fields,
      element,
      values,
      bits: declared,
    } = type as Partial<AnyStruct & EnumType> & {
      element?: AnyType;
      bits?: BitsType;
    };
    if (declared !== undefined) return this.#bits(declared);
    if (values !== undefined) return Object.keys(values)[++this.#next % Object.keys(values).length];
    if (fields !== undefined) return Object.fromEntries(fields.map((f) => [f.name, this.of(f.type)]));
    if (element !== undefined)
      return Array.from({ length: type.sizeBytes / element.sizeBytes }, () => this.of(element));
    return this.#scalar(type.typeName, type.sizeBytes);
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
