// Random struct declarations, for comparing with C, and values for them.
import fc from "fast-check";
import {
  array,
  bool,
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
  utf16,
  utf8,
  type FieldType,
  type StructType,
} from "rtshm/struct";

export type AnyType = FieldType<unknown, unknown>;
export type AnyStruct = StructType<Record<string, unknown>, Record<string, unknown>>;

const scalars = [i8, u8, i16, u16, i32, u32, i64, u64, f32, f64, bool] as unknown as AnyType[];

let count = 0;

function structOf(fields: readonly AnyType[], pack: number | undefined): AnyStruct {
  const named = Object.fromEntries(fields.map((type, i) => [`f${i}`, type]));
  return struct(`S${count++}`, named, pack === undefined ? {} : { pack });
}

const leaf: fc.Arbitrary<AnyType> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...scalars) },
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
  struct: fc.tuple(fc.array(tie("type"), { minLength: 1, maxLength: 6 }), packs).map(([f, pack]) => structOf(f, pack)),
})).struct;

/** Values that tell each part of a struct from every other. */
export class Values {
  #next: number;

  constructor(seed: number) {
    this.#next = seed * 1000;
  }

  of(type: AnyType): unknown {
    const { fields, element } = type as Partial<AnyStruct> & { element?: AnyType };
    if (fields !== undefined) return Object.fromEntries(fields.map((f) => [f.name, this.of(f.type)]));
    if (element !== undefined)
      return Array.from({ length: type.sizeBytes / element.sizeBytes }, () => this.of(element));
    return this.#scalar(type.typeName, type.sizeBytes);
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
