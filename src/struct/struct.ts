// Declaring a struct.
import { createHash } from "node:crypto";
import { isBits } from "./bits.js";
import { cursorSource, variants } from "./compound.js";
import type { BitsType, FieldType, Position, UnnamedBitsType, ValueOf, ViewOf } from "./field-type.js";
import { MOST_BYTES, PACKS, layOut, type Member } from "./layout.js";
import type { Memory } from "./memory.js";
import { checkName } from "./names.js";
import { checkOptions } from "./options.js";
import type { ReadonlyView } from "./readonly-view.js";
import type { FieldPlace, StructType } from "./struct-type.js";
import { View, checkPlace, viewClass, type ViewClass } from "./view.js";

/** What a field can be declared as: `u32`, `array(u8, 4)`, another struct, `bits(u32, 3)`. */
export type TypeOfField = FieldType<never> | FieldType | BitsType<never> | BitsType;

/** The fields of a declaration. */
export type Fields = Readonly<Record<string, TypeOfField>>;

/** The fields that have a name in C: all but gaps. */
type Named<Declared> = {
  [Field in keyof Declared as Declared[Field] extends UnnamedBitsType ? never : Field]: Declared[Field];
};

/** The plain object of a struct with these fields. */
export type StructValue<Declared> = {
  -readonly [Field in keyof Named<Declared>]: ValueOf<Named<Declared>[Field]>;
};

/** Scalars and strings are stored to by assignment; what has parts is there to reach them, and has `set`. */
export type StructView<Declared> = {
  -readonly [Field in keyof Named<Declared> as ViewOf<Declared[Field]> extends object ? never : Field]: ViewOf<
    Declared[Field]
  >;
} & {
  readonly [Field in keyof Named<Declared> as ViewOf<Declared[Field]> extends object ? Field : never]: ViewOf<
    Declared[Field]
  >;
} & {
  /** A copy of all fields. */
  get(): StructValue<Declared>;
  /** Stores the fields that `value` has; nothing is stored if one does not fit. */
  set(value: Partial<StructValue<Declared>>): void;
};

/** Options of a struct. */
export interface StructOptions {
  /** As `#pragma pack`: no field is aligned to more than this. */
  readonly pack?: number;
}

interface Plain {
  readonly [field: string]: unknown;
}

function membersOf(fields: Fields, name: string): Member[] {
  if (typeof fields !== "object" || (fields as unknown) === null)
    throw new TypeError(`the fields of ${name} must be an object such as { x: f64, y: f64 }`);
  const entries = Object.entries(fields) as [string, FieldType | BitsType | undefined][];
  if (entries.length === 0) throw new RangeError(`${name} has no fields: a struct of C has at least one`);
  return entries.map(([field, type]) => {
    checkName("field", field);
    if (typeof type === "string" && (type as string).includes("*"))
      throw new TypeError(
        `${name}.${field} is a pointer: an address means nothing in another process; keep an offset or an index, or u64 to keep the bytes`,
      );
    if (typeof type !== "object" || (type as unknown) === null || (!isBits(type) && typeof type.sizeBytes !== "number"))
      throw new TypeError(
        `${name}.${field} must be a type such as u32 or array(u8, 4), not ${type === null ? "null" : typeof type}`,
      );
    return [field, type];
  });
}

function textOf(name: string, places: readonly FieldPlace[], sizeBytes: number, alignmentBytes: number): string {
  const lines = places.map(({ name: field, type, offsetBytes, bits }) =>
    bits === undefined
      ? `${String(offsetBytes)} ${type.typeName} ${field}`
      : `${String(Math.floor(bits.firstBit / 8))} ${type.typeName}@${String(bits.firstBit % 8)} ${field}`,
  );
  return [`${name} ${String(sizeBytes)} ${String(alignmentBytes)}`, ...lines].join("\n");
}

/** What a declaration depends on: itself and, each once, the structs in it. */
function declarationOf(own: string, places: readonly FieldPlace[]): string {
  const parts = new Set([own]);
  for (const { type } of places)
    for (const inner of (type as Partial<StructType>).declaration?.split("\n\n") ?? [])
      if (inner !== "") parts.add(inner);
  return [...parts].join("\n\n");
}

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
  type Value = StructValue<Declared>;
  type Views = StructView<Declared>;
  checkName("struct", name);
  checkOptions(options, ["pack"]);
  const { pack } = options;
  if (pack !== undefined && !PACKS.includes(pack))
    throw new RangeError(`pack must be ${PACKS.join(", ")}, not ${String(pack)}`);
  const members = membersOf(fields, name);
  const { places, sizeBytes, alignmentBytes } = layOut(members, pack);
  if (sizeBytes > MOST_BYTES) throw new RangeError(`${name} takes ${String(sizeBytes)} bytes, more than 2^47`);
  if (places.length === 0) throw new RangeError(`${name} has only unnamed bits: a struct needs a field to reach`);
  const declaration = declarationOf(textOf(name, places, sizeBytes, alignmentBytes), places);
  for (const { name: field, type, offsetBytes } of places)
    if (
      type.mustBeAligned === true &&
      (offsetBytes % type.alignmentBytes !== 0 || alignmentBytes < type.alignmentBytes)
    )
      throw new RangeError(
        `${name}.${field} must lie at a multiple of ${String(type.alignmentBytes)}, pack ${String(pack)} puts it at ${String(offsetBytes)}: ` +
          "pack less, or use a plain type",
      );
  const byName = new Map(places.map((place) => [place.name, place]));

  function checkParts(value: unknown, path: string, isWhole: boolean): void {
    if (typeof value !== "object" || value === null)
      throw new TypeError(`${path} is a ${name}: it must be an object, not ${value === null ? "null" : typeof value}`);
    // A view is a value too, which keeps other things than fields in itself.
    for (const field of value instanceof View ? [] : Object.keys(value))
      if (!byName.has(field))
        throw new RangeError(`${path}.${field} does not exist: ${name} has ${[...byName.keys()].join(", ")}`);
    for (const place of places) {
      const part = (value as Plain)[place.name];
      if (part !== undefined) place.type.check(part, `${path}.${place.name}`);
      else if (isWhole) throw new TypeError(`${path}.${place.name} is missing: a whole ${name} has all fields`);
    }
  }

  function load(memory: Memory, offsetBytes: number): Value {
    const value: Record<string, unknown> = {};
    let field = "";
    try {
      for (const place of places) {
        field = place.name;
        value[field] = place.type.load(memory, offsetBytes + place.offsetBytes);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`${name}.${field}: ${error.message}`, { cause: error });
    }
    return value as Value;
  }

  function store(memory: Memory, offsetBytes: number, value: object): void {
    for (const place of places) {
      const part = (value as Plain)[place.name];
      if (part !== undefined) place.type.store(memory, offsetBytes + place.offsetBytes, part);
    }
  }

  function assign(memory: Memory, offsetBytes: number, value: object): void {
    checkParts(value, name, false);
    store(memory, offsetBytes, value);
  }

  const plan = { name, places, alignmentBytes, read: load, assign };
  const classFor = variants<ViewClass>((variant) => viewClass({ ...plan, type: self, variant }));
  const place = (buffer: ArrayBuffer, offsetBytes: number): Memory =>
    checkPlace(name, buffer, offsetBytes, sizeBytes, alignmentBytes);

  function viewAt(buffer: ArrayBuffer, offsetBytes: number, isReadonly: boolean): unknown {
    const memory = place(buffer, offsetBytes);
    return new (classFor(memory, isReadonly, true))(memory, offsetBytes / alignmentBytes);
  }

  const self: StructType<Value, Views, ReadonlyView<Views>> = Object.freeze({
    name,
    typeName: name,
    sizeBytes,
    alignmentBytes,
    mustBeAligned: places.some(({ type }) => type.mustBeAligned === true),
    declaration,
    hash: createHash("sha256").update(declaration).digest("hex").slice(0, 16),
    fields: places,
    members,
    ...(pack === undefined ? {} : { pack }),
    offsetOf(field: string): number {
      const found = byName.get(field);
      if (found === undefined)
        throw new RangeError(`${name} has no field ${field}: it has ${[...byName.keys()].join(", ")}`);
      if (found.bits !== undefined)
        throw new RangeError(`${name}.${field} is a bit-field, which has no offset in C: \`fields\` has its first bit`);
      return found.offsetBytes;
    },
    view: (buffer: ArrayBuffer, offsetBytes = 0) => viewAt(buffer, offsetBytes, false) as Views,
    readonlyView: (buffer: ArrayBuffer, offsetBytes = 0) => viewAt(buffer, offsetBytes, true) as ReadonlyView<Views>,
    read: (buffer: ArrayBuffer, offsetBytes = 0) => load(place(buffer, offsetBytes), offsetBytes),
    write: (buffer: ArrayBuffer, offsetBytes: number, value: Value) => {
      const memory = place(buffer, offsetBytes);
      checkParts(value, name, true);
      store(memory, offsetBytes, value);
    },
    cDeclaration: (member: string) => `${name} ${member}`,
    load,
    store,
    check: (value: unknown, path: string) => {
      checkParts(value, path, true);
    },
    makeCursor: (memory: Memory, isReadonly: boolean, isAligned: boolean) =>
      new (classFor(memory, isReadonly, isAligned))(memory, 0),
    source: (at: Position) => cursorSource(alignmentBytes, at),
  });
  return self;
}
