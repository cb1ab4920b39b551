// Reading and writing bit-fields: by a mask in the narrowest element that holds the bits, or else byte by byte.
import type { EnumType } from "./enumeration.js";
import type { BitsType, FieldType, Position } from "./field-type.js";
import type { Memory } from "./memory.js";
import { byCall, elementSource, i64Number, safeNumber, u64Number } from "./scalars.js";

/** Where the bits are. */
export interface BitsPlace {
  /**
   * Size of the element that holds them, which lies at the field's offset: 1, 2 or 4; 0 if no element can be taken for
   * them.
   */
  readonly unitBytes: number;
  /** The first bit, counted from the field's offset. */
  readonly shift: number;
}

type Kind = "number" | "bool" | "enum" | "bigint" | "safe";

function kindOf({ base }: BitsType): Kind {
  if (base.typeName === "bool") return "bool";
  if ("values" in base) return "enum";
  if (base.sizeBytes < 8) return "number";
  return base === i64Number || base === u64Number ? "safe" : "bigint";
}

/** The bits as an unsigned number. Up to 39 bits are in the bytes touched, so it is done with multiplications. */
function loadNumber({ view }: Memory, offsetBytes: number, shift: number, width: number): number {
  let all = 0;
  for (let i = 0; 8 * i < shift + width; i++) all += view.getUint8(offsetBytes + i) * 2 ** (8 * i);
  return Math.floor(all / 2 ** shift) % 2 ** width;
}

// Only bytes that have bits of the field are written: the next one may belong to another field.
function storeNumber({ view }: Memory, offsetBytes: number, shift: number, width: number, value: number): void {
  const placed = (value % 2 ** width) * 2 ** shift;
  for (let i = 0; 8 * i < shift + width; i++) {
    const first = Math.max(shift - 8 * i, 0);
    const mask = (1 << Math.min(shift + width - 8 * i, 8)) - (1 << first);
    const byte = Math.floor(placed / 2 ** (8 * i)) & mask;
    view.setUint8(offsetBytes + i, (view.getUint8(offsetBytes + i) & ~mask) | byte);
  }
}

function loadBig({ view }: Memory, offsetBytes: number, shift: number, width: number): bigint {
  let all = 0n;
  for (let i = 0; 8 * i < shift + width; i++) all |= BigInt(view.getUint8(offsetBytes + i)) << BigInt(8 * i);
  return BigInt.asUintN(width, all >> BigInt(shift));
}

function storeBig({ view }: Memory, offsetBytes: number, shift: number, width: number, value: bigint): void {
  const mask = BigInt.asUintN(width, -1n) << BigInt(shift);
  const placed = BigInt.asUintN(width, value) << BigInt(shift);
  for (let i = 0; 8 * i < shift + width; i++) {
    const at = BigInt(8 * i);
    const byte = Number((placed >> at) & 0xffn);
    view.setUint8(offsetBytes + i, (view.getUint8(offsetBytes + i) & ~Number((mask >> at) & 0xffn)) | byte);
  }
}

const signed = (raw: number, width: number): number => (raw >= 2 ** (width - 1) ? raw - 2 ** width : raw);

function loadValue(bits: BitsType, memory: Memory, offsetBytes: number, shift: number): unknown {
  const { base, width } = bits;
  const kind = kindOf(bits);
  if (base.sizeBytes === 8) {
    const raw = loadBig(memory, offsetBytes, shift, width);
    const value = base.isSigned ? BigInt.asIntN(width, raw) : raw;
    return kind === "bigint" ? value : safeNumber(value, base.typeName);
  }
  const raw = loadNumber(memory, offsetBytes, shift, width);
  if (kind === "bool") return raw !== 0;
  const value = base.isSigned ? signed(raw, width) : raw;
  return kind === "enum" ? (base as unknown as EnumType).nameOf(value) : value;
}

function storeValue(
  bits: BitsType,
  memory: Memory,
  offsetBytes: number,
  shift: number,
  value: unknown,
  path: string,
): void {
  const { base, width } = bits;
  if (base.sizeBytes === 8) {
    base.check(value, path);
    storeBig(memory, offsetBytes, shift, width, BigInt(value as bigint));
    return;
  }
  const number =
    kindOf(bits) === "enum" ? (base as unknown as EnumType).numberOf(value as string, path) : Number(value);
  storeNumber(memory, offsetBytes, shift, width, number >>> 0);
}

function fastSource(bits: BitsType, { unitBytes, shift }: BitsPlace, at: Position): { load: string; store: string } {
  const { base, width } = bits;
  const kind = kindOf(bits);
  const elements = unitBytes === 1 ? "u8" : unitBytes === 2 ? "u16" : "u32";
  const { load: unit } = elementSource(elements, unitBytes, at);
  const ones = 2 ** width - 1;
  const raw = base.isSigned
    ? `${unit} << ${String(32 - shift - width)} >> ${String(32 - width)}`
    : width === 32
      ? unit
      : `${unit} >>> ${String(shift)} & ${String(ones)}`;
  const load = { number: raw, bool: `(${raw}) !== 0`, enum: `${at.type}.bits.base.nameOf(${raw}, ${at.path})` }[
    kind as "number"
  ];
  const value = { number: "value", bool: "(value ? 1 : 0)", enum: `${at.type}.bits.base.numberOf(value, ${at.path})` }[
    kind as "number"
  ];
  const others = ~(ones << shift);
  const { store } = elementSource(
    elements,
    unitBytes,
    at,
    width === 32 ? value : `${unit} & ${String(others)} | (${value} & ${String(ones)}) << ${String(shift)}`,
  );
  return { load, store };
}

/** The type of a bit-field that has its place in a struct. */
export function bitField(bits: BitsType, place: BitsPlace): FieldType {
  const { base, width } = bits;
  const isFast = place.unitBytes > 0 && base.sizeBytes < 8;
  return Object.freeze({
    typeName: `${base.typeName}:${String(width)}`,
    sizeBytes: Math.ceil((place.shift + width) / 8),
    alignmentBytes: Math.max(place.unitBytes, 1),
    declaration: (base as Partial<EnumType>).declaration ?? "",
    bits,
    cDeclaration: (member: string) => `${base.cDeclaration(member)} : ${String(width)}`,
    load: (memory: Memory, offsetBytes: number) =>
      loadValue(bits, memory, offsetBytes + (place.shift >> 3), place.shift & 7),
    store: (memory: Memory, offsetBytes: number, value: unknown, path = "the value") => {
      storeValue(bits, memory, offsetBytes + (place.shift >> 3), place.shift & 7, value, path);
    },
    check: (value: unknown, path: string) => {
      base.check(value, path);
    },
    source: (at: Position) => (isFast ? fastSource(bits, place, at) : byCall(at)),
  });
}
