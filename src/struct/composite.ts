// What structs and unions are made into: a type with a layout, a canonical declaration, and views.
import { createHash } from "node:crypto";
import { isBits } from "./bits.js";
import { cursorSource, variants } from "./compound.js";
import type { Position } from "./field-type.js";
import { MOST_BYTES, PACKS, fieldsOf, layOut, type Member } from "./layout.js";
import { checkAlignment, isAligned, isAnonymous, isRoom, type Declared } from "./member-types.js";
import type { Memory } from "./memory.js";
import { checkName } from "./names.js";
import { checkOptions } from "./options.js";
import type { FieldPlace, StructType } from "./struct-type.js";
import { unionValues } from "./union-values.js";
import { structValues, type Plain } from "./values.js";
import { View, checkPlace, viewClass, type ViewClass } from "./view.js";

/** Options of a struct or a union. */
export interface StructOptions {
  /** As `#pragma pack`: no field is aligned to more than this. */
  readonly pack?: number;
  /** The least that the whole is aligned to, and a multiple of which its size is: `__attribute__((aligned(64)))`. */
  readonly align?: number;
}

/** Whether fields lie one behind the other, or over each other. */
export type Kind = StructType["kind"];

/** The members of a declaration. @throws TypeError, RangeError for a name or a type that cannot be one */
export function membersOf(kind: Kind, name: string, fields: unknown): Member[] {
  if (typeof fields !== "object" || fields === null)
    throw new TypeError(`the fields of ${name} must be an object such as { x: f64, y: f64 }`);
  const entries = Object.entries(fields) as [string, Declared | undefined][];
  if (entries.length === 0) throw new RangeError(`${name} has no fields: a ${kind} of C has at least one`);
  return entries.map(([field, type]) => {
    checkName("field", field);
    if (typeof type === "string" && (type as string).includes("*"))
      throw new TypeError(
        `${name}.${field} is a pointer: an address means nothing in another process; keep an offset or an index, or u64 to keep the bytes`,
      );
    const isType =
      typeof type === "object" &&
      (type as unknown) !== null &&
      (isBits(type) || isAligned(type) || isAnonymous(type) || isRoom(type) || typeof type.sizeBytes === "number");
    if (!isType)
      throw new TypeError(
        `${name}.${field} must be a type such as u32 or array(u8, 4), not ${type === null ? "null" : typeof type}`,
      );
    return [field, type];
  });
}

function checkedOptions(options: StructOptions): StructOptions {
  checkOptions(options, ["pack", "align"]);
  const { pack, align } = options;
  if (pack !== undefined && !PACKS.includes(pack))
    throw new RangeError(`pack must be ${PACKS.join(", ")}, not ${String(pack)}`);
  if (align !== undefined) checkAlignment("align", align);
  return options;
}

/** Fields by name. @throws RangeError for a name that a part without a name has too */
function byNameOf(name: string, places: readonly FieldPlace[]): Map<string, FieldPlace> {
  const byName = new Map<string, FieldPlace>();
  for (const place of places) {
    if (byName.has(place.name)) throw new RangeError(`${name} has two fields that are called ${place.name}`);
    byName.set(place.name, place);
  }
  return byName;
}

function textOf(head: string, places: readonly FieldPlace[]): string {
  const lines = places.map(({ name: field, type, offsetBytes, bits }) =>
    bits === undefined
      ? `${String(offsetBytes)} ${type.typeName} ${field}`
      : `${String(Math.floor(bits.firstBit / 8))} ${type.typeName}@${String(bits.firstBit % 8)} ${field}`,
  );
  return [head, ...lines].join("\n");
}

/** What a declaration depends on: itself and, each once, the structs in it. */
function declarationOf(own: string, places: readonly FieldPlace[]): string {
  const parts = new Set([own]);
  for (const { type } of places)
    for (const inner of (type as Partial<StructType>).declaration?.split("\n\n") ?? [])
      if (inner !== "") parts.add(inner);
  return [...parts].join("\n\n");
}

function checkAligned(name: string, places: readonly FieldPlace[], alignmentBytes: number, pack?: number): void {
  for (const { name: field, type, offsetBytes } of places)
    if (
      type.mustBeAligned === true &&
      (offsetBytes % type.alignmentBytes !== 0 || alignmentBytes < type.alignmentBytes)
    )
      throw new RangeError(
        `${name}.${field} must lie at a multiple of ${String(type.alignmentBytes)}, ` +
          `${pack === undefined ? "its declaration" : `pack ${String(pack)}`} puts it at ${String(offsetBytes)}: pack less, or use a plain type`,
      );
}

/** Makes a struct or a union. @throws TypeError, RangeError for a name, an option or a layout that cannot be one */
export function composite(kind: Kind, name: string, members: readonly Member[], given: StructOptions): StructType {
  checkName(kind, name);
  const { pack, align } = checkedOptions(given);
  const { parts, sizeBytes, alignmentBytes, endBytes } = layOut(members, { isUnion: kind === "union", pack, align });
  const places = fieldsOf(parts);
  if (sizeBytes > MOST_BYTES) throw new RangeError(`${name} takes ${String(sizeBytes)} bytes, more than 2^47`);
  if (places.length === 0) throw new RangeError(`${name} has no field that can be reached: a ${kind} needs one`);
  const byName = byNameOf(name, places);
  checkAligned(name, places, alignmentBytes, pack);
  const size = `${String(sizeBytes)} ${String(alignmentBytes)}`;
  const head = kind === "union" ? `${name} union ${size}` : `${name} ${size}`;
  const declaration = declarationOf(textOf(head, places), places);
  const values = kind === "union" ? unionValues(parts, sizeBytes) : structValues(name, parts);

  /**
   * A view shows members that make no value, and others than this one's; where fields share bytes its copy tells which
   * count.
   */
  const plain = (value: object): Plain =>
    (values.isOverlapping && value instanceof View ? value.get() : value) as Plain;

  function checkParts(value: unknown, path: string, isWhole: boolean): void {
    if (typeof value !== "object" || value === null)
      throw new TypeError(`${path} is a ${name}: it must be an object, not ${value === null ? "null" : typeof value}`);
    // A view is a value too, of a struct that may have more fields.
    for (const field of value instanceof View ? [] : Object.keys(value))
      if (!byName.has(field))
        throw new RangeError(`${path}.${field} does not exist: ${name} has ${[...byName.keys()].join(", ")}`);
    values.check(plain(value), path, isWhole);
  }

  function load(memory: Memory, offsetBytes: number): object {
    const value: Record<string, unknown> = {};
    values.loadInto(memory, offsetBytes, value);
    return value;
  }

  function store(memory: Memory, offsetBytes: number, value: object): void {
    values.store(memory, offsetBytes, plain(value));
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

  const self: StructType = Object.freeze({
    name,
    typeName: name,
    sizeBytes,
    alignmentBytes,
    mustBeAligned: places.some(({ type }) => type.mustBeAligned === true),
    declaration,
    hash: createHash("sha256").update(declaration).digest("hex").slice(0, 16),
    fields: places,
    kind,
    members,
    endBytes,
    valuesOf: values,
    ...(pack === undefined ? {} : { pack }),
    ...(align === undefined ? {} : { align }),
    offsetOf(field: string): number {
      const found = byName.get(field);
      if (found === undefined)
        throw new RangeError(`${name} has no field ${field}: it has ${[...byName.keys()].join(", ")}`);
      if (found.bits !== undefined)
        throw new RangeError(`${name}.${field} is a bit-field, which has no offset in C: \`fields\` has its first bit`);
      return found.offsetBytes;
    },
    view: (buffer: ArrayBuffer, offsetBytes = 0) => viewAt(buffer, offsetBytes, false),
    readonlyView: (buffer: ArrayBuffer, offsetBytes = 0) => viewAt(buffer, offsetBytes, true),
    read: (buffer: ArrayBuffer, offsetBytes = 0) => load(place(buffer, offsetBytes), offsetBytes),
    write: (buffer: ArrayBuffer, offsetBytes: number, value: unknown) => {
      const memory = place(buffer, offsetBytes);
      checkParts(value, name, true);
      store(memory, offsetBytes, value as object);
    },
    cDeclaration: (member: string) => `${name} ${member}`,
    load,
    store: store,
    check: (value: unknown, path: string) => {
      checkParts(value, path, true);
    },
    makeCursor: (memory: Memory, isReadonly: boolean, isAligned: boolean) =>
      new (classFor(memory, isReadonly, isAligned))(memory, 0),
    source: (at: Position) => cursorSource(alignmentBytes, at),
  });
  return self;
}
