// Numbers, booleans and 64-bit integers, as C on x64 has them.
import type { FieldType, IntegerType, Position } from "./field-type.js";
import type { Memory } from "./memory.js";

/** The kinds of plain elements. */
export type Elements = "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "f32" | "f64" | "i64" | "u64";

const METHODS: Readonly<Record<Elements, string>> = {
  i8: "Int8",
  u8: "Uint8",
  i16: "Int16",
  u16: "Uint16",
  i32: "Int32",
  u32: "Uint32",
  f32: "Float32",
  f64: "Float64",
  i64: "BigInt64",
  u64: "BigUint64",
};

const C_NAMES: Readonly<Record<Elements, string>> = {
  i8: "int8_t",
  u8: "uint8_t",
  i16: "int16_t",
  u16: "uint16_t",
  i32: "int32_t",
  u32: "uint32_t",
  f32: "float",
  f64: "double",
  i64: "int64_t",
  u64: "uint64_t",
};

/**
 * Source of the element at a position, and of storing `stored`: a plain element where the field is aligned, else
 * through the DataView.
 */
export function elementSource(
  elements: Elements,
  sizeBytes: number,
  at: Position,
  stored = "value",
): { load: string; store: string } {
  const method = METHODS[elements];
  if (!at.isAligned)
    return {
      load: `${at.elements}view.get${method}(${at.offsetIn(1)}, true)`,
      store: `${at.elements}view.set${method}(${at.offsetIn(1)}, ${stored}, true)`,
    };
  const element = `${at.elements}${elements}[${at.offsetIn(sizeBytes)}]`;
  return { load: element, store: `${element} = ${stored}` };
}

const isBig = (elements: Elements): boolean => elements === "i64" || elements === "u64";

function checkScalar(wanted: "number" | "bigint", typeName: string, value: unknown, path: string): void {
  if (typeof value === wanted) return;
  throw new TypeError(
    `${path} is a ${typeName}: it must be a ${wanted}, not ${value === null ? "null" : typeof value}`,
  );
}

function integer<Value extends number | bigint>(elements: Elements, sizeBytes: number): IntegerType<Value> {
  return Object.freeze({ ...scalar<Value>(elements, sizeBytes), isSigned: elements.startsWith("i") });
}

function scalar<Value extends number | bigint>(elements: Elements, sizeBytes: number): FieldType<Value> {
  const wanted = isBig(elements) ? "bigint" : "number";
  const get = `get${METHODS[elements]}` as "getUint32";
  const set = `set${METHODS[elements]}` as "setUint32";
  return Object.freeze({
    typeName: elements,
    sizeBytes,
    alignmentBytes: sizeBytes,
    cDeclaration: (member: string) => `${C_NAMES[elements]} ${member}`,
    load: (memory: Memory, offsetBytes: number) => memory.view[get](offsetBytes, true) as Value,
    store: (memory: Memory, offsetBytes: number, value: Value) => {
      memory.view[set](offsetBytes, value as number, true);
    },
    check: (value: unknown, path: string) => {
      checkScalar(wanted, elements, value, path);
    },
    source: (at: Position) => elementSource(elements, sizeBytes, at),
  });
}

/** Integers of 8 to 32 bits: numbers, which wrap as in C when they do not fit. */
export const i8 = integer<number>("i8", 1);
/** See i8. */
export const u8 = integer<number>("u8", 1);
/** See i8. */
export const i16 = integer<number>("i16", 2);
/** See i8. */
export const u16 = integer<number>("u16", 2);
/** See i8. */
export const i32 = integer<number>("i32", 4);
/** See i8. */
export const u32 = integer<number>("u32", 4);
/** A C float: rounds what is stored. */
export const f32 = scalar<number>("f32", 4);
/** A C double. */
export const f64 = scalar<number>("f64", 8);
/** A 64-bit integer as bigint; wraps as in C. */
export const i64 = integer<bigint>("i64", 8);
/** See i64. */
export const u64 = integer<bigint>("u64", 8);

/** @throws RangeError for what a number cannot hold exactly */
export function safeNumber(value: bigint, typeName: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER))
    throw new RangeError(`${String(value)} is more than a number can hold: declare the field ${typeName} instead`);
  return Number(value);
}

/**
 * A 64-bit integer as a number: stores refuse what is no safe integer of its range, loads refuse what a number cannot
 * hold.
 * @throws RangeError at such a load or store
 */
function safeInteger(elements: "i64" | "u64"): IntegerType<number> {
  const big = elements === "i64" ? i64 : u64;
  const least = elements === "i64" ? Number.MIN_SAFE_INTEGER : 0;
  const check = (value: unknown, path: string): void => {
    checkScalar("number", `${elements} as number`, value, path);
    if (!Number.isSafeInteger(value) || (value as number) < least)
      throw new RangeError(
        `${path} is a ${elements} as number: it must be an integer from ${String(least)} to 2^53-1, not ${String(value)}`,
      );
  };
  return Object.freeze({
    typeName: elements,
    sizeBytes: 8,
    alignmentBytes: 8,
    isSigned: elements === "i64",
    cDeclaration: (member: string) => big.cDeclaration(member),
    load: (memory: Memory, offsetBytes: number) => safeNumber(big.load(memory, offsetBytes), elements),
    store: (memory: Memory, offsetBytes: number, value: number, path = "the value") => {
      check(value, path);
      big.store(memory, offsetBytes, BigInt(value));
    },
    check,
    source: (at: Position) => byCall(at),
  });
}

/** Source for types whose values are not plain elements: through their own load and store. */
export function byCall(at: Position): { load: string; store: string } {
  const place = `this.$memory, ${at.offsetIn(1)}`;
  return { load: `${at.type}.load(${place})`, store: `${at.type}.store(${place}, value, ${at.path})` };
}

/** A 64-bit integer as a checked number. */
export const i64Number = safeInteger("i64");
/** See i64Number. */
export const u64Number = safeInteger("u64");

/** A C bool, one byte: anything but 0 is true. */
export const bool: IntegerType<boolean> = Object.freeze({
  typeName: "bool",
  sizeBytes: 1,
  alignmentBytes: 1,
  isSigned: false,
  cDeclaration: (member: string) => `bool ${member}`,
  load: (memory: Memory, offsetBytes: number) => memory.view.getUint8(offsetBytes) !== 0,
  store: (memory: Memory, offsetBytes: number, value: boolean) => {
    memory.view.setUint8(offsetBytes, value ? 1 : 0);
  },
  check: (value: unknown, path: string) => {
    if (typeof value !== "boolean") throw new TypeError(`${path} is a bool: it must be a boolean, not ${typeof value}`);
  },
  source: (at: Position) => {
    const { load, store } = elementSource("u8", 1, at, "value ? 1 : 0");
    return { load: `${load} !== 0`, store };
  },
});
