// Plain values of structs and unions: what fits, and how it goes in and out, member by member. Fields of parts without a name are in the value of
// the whole.
import type { FieldType } from "./field-type.js";
import type { Part } from "./layout.js";
import { Memory } from "./memory.js";
import { isDeepStrictEqual } from "node:util";

/** A value as a program writes it. */
export interface Plain {
  readonly [field: string]: unknown;
}

/** How the values of one struct or union are read, checked and stored. */
export interface Values {
  /** The names of all fields. */
  readonly names: readonly string[];
  /** Whether fields share bytes. */
  readonly isOverlapping: boolean;
  loadInto(memory: Memory, offsetBytes: number, into: Record<string, unknown>): void;
  /** @throws TypeError, RangeError; does not look for fields that are none */
  check(value: Plain, path: string, isWhole: boolean): void;
  /** Stores the fields that the value has. */
  store(memory: Memory, offsetBytes: number, value: Plain): void;
}

interface WithValues {
  readonly valuesOf: Values;
}

const innerOf = (part: Part): Values | undefined =>
  part.isAnonymous ? (part.type as unknown as WithValues).valuesOf : undefined;

const namesOf = (parts: readonly Part[]): string[] => parts.flatMap((part) => innerOf(part)?.names ?? [part.name]);

function checkPart(part: Part, value: Plain, path: string, isWhole: boolean): void {
  const inner = innerOf(part);
  if (inner !== undefined) inner.check(value, path, isWhole);
  else if (value[part.name] !== undefined) part.type.check(value[part.name], `${path}.${part.name}`);
  else if (isWhole) throw new TypeError(`${path}.${part.name} is missing: a whole value has all fields`);
}

function loadPart(part: Part, memory: Memory, offsetBytes: number, into: Record<string, unknown>): void {
  const inner = innerOf(part);
  if (inner !== undefined) inner.loadInto(memory, offsetBytes + part.offsetBytes, into);
  else into[part.name] = part.type.load(memory, offsetBytes + part.offsetBytes);
}

function storePart(part: Part, memory: Memory, offsetBytes: number, value: Plain): void {
  const inner = innerOf(part);
  const own = value[part.name];
  if (inner !== undefined) inner.store(memory, offsetBytes + part.offsetBytes, value);
  else if (own !== undefined) part.type.store(memory, offsetBytes + part.offsetBytes, own);
}

/** Of a struct: a value has all fields. */
export function structValues(name: string, parts: readonly Part[]): Values {
  return {
    names: namesOf(parts),
    isOverlapping: parts.some((part) => innerOf(part)?.isOverlapping === true),
    loadInto(memory, offsetBytes, into) {
      let reading = "";
      try {
        for (const part of parts) {
          reading = part.isAnonymous ? "" : `.${part.name}`;
          loadPart(part, memory, offsetBytes, into);
        }
      } catch (error) {
        if (!(error instanceof RangeError) || reading === "") throw error;
        throw new RangeError(`${name}${reading}: ${error.message}`, { cause: error });
      }
    },
    check(value, path, isWhole) {
      for (const part of parts) checkPart(part, value, path, isWhole);
    },
    store(memory, offsetBytes, value) {
      for (const part of parts) storePart(part, memory, offsetBytes, value);
    },
  };
}

/** How much of its bytes a value of the type keeps: text ends at a NUL, a bool is 0 or 1, a NaN is any NaN, all others keep every bit. */
function keeps(type: FieldType): number {
  const { element, fields, over, bits, typeName } = type as FieldType & {
    element?: FieldType;
    fields?: readonly Part[];
    over?: unknown;
    bits?: unknown;
  };
  if (over !== undefined) return 3;
  if (element !== undefined) return keeps(element);
  if (fields !== undefined) return Math.min(...fields.map((field) => keeps(field.type)));
  if (typeName.startsWith("utf")) return 0;
  if (typeName === "bool" || bits !== undefined) return 1;
  return typeName === "f32" || typeName === "f64" ? 2 : 3;
}

/**
 * Of a union: a value has at least one member. One from `get` has all that the bytes make a value of; they are stored so that those come last which
 * keep every bit. Members that say different things about the same bytes are refused.
 */
export function unionValues(parts: readonly Part[], sizeBytes: number): Values {
  const names = namesOf(parts);
  const inOrder = [...parts].sort((one, other) => keeps(one.type) - keeps(other.type));
  const given = (among: readonly Part[], value: Plain): Part[] =>
    among.filter((part) => (innerOf(part)?.names ?? [part.name]).some((name) => value[name] !== undefined));

  /** Stores the members as `store` does and looks whether each is read as it was given. */
  function checkAgreement(members: readonly Part[], value: Plain, path: string): void {
    const memory = new Memory(new ArrayBuffer(8 * Math.ceil(sizeBytes / 8)));
    for (const part of members) storePart(part, memory, 0, value);
    const stored: Record<string, unknown> = {};
    for (const part of members) loadPart(part, memory, 0, stored);
    for (const [name, part] of Object.entries(stored))
      if (value[name] !== undefined && !isDeepStrictEqual(plainOf(value[name]), part))
        throw new RangeError(
          `${path}: ${names.join(", ")} share bytes, and ${name} says something else than another one: give only the one that is meant`,
        );
  }

  return {
    names,
    isOverlapping: true,
    loadInto(memory, offsetBytes, into) {
      for (const part of parts) {
        const own: Record<string, unknown> = {};
        try {
          loadPart(part, memory, offsetBytes, own);
        } catch (error) {
          if (error instanceof RangeError) continue; // bytes of another member that make no value of this one
          throw error;
        }
        Object.assign(into, own);
      }
    },
    check(value, path, isWhole) {
      const members = given(inOrder, value);
      for (const part of members) checkPart(part, value, path, isWhole);
      if (members.length > 1) checkAgreement(members, value, path);
      if (members.length === 0 && isWhole)
        throw new TypeError(`${path} needs one of ${names.join(", ")}, which share bytes`);
    },
    store(memory, offsetBytes, value) {
      for (const part of given(inOrder, value)) storePart(part, memory, offsetBytes, value);
    },
  };
}

/** A part of a value that is a view, as a copy. */
const plainOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "get" in value && typeof value.get === "function"
    ? (value as { get(): unknown }).get()
    : value;
