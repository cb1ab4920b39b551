// Enumerations: an integer in the bytes, a name in the program.
import type { IntegerType, Position } from "./field-type.js";
import { rangeOf } from "./integer-range.js";
import type { Memory } from "./memory.js";
import { checkIdentifier, checkName } from "./names.js";
import { checkOptions } from "./options.js";
import { elementSource, i32, u32, type Elements } from "./scalars.js";

/** An enumeration: its values are its names. */
export interface EnumType<Name extends string = string> extends IntegerType<Name> {
  /** Its name, also in C. */
  readonly name: string;
  /** The integer in the bytes. */
  readonly base: IntegerType<number>;
  /** The number of each name. */
  readonly values: Readonly<Record<Name, number>>;
  /** What the constants are called in C: the prefix and the name. */
  readonly prefix: string;
  /** The enumeration as text, part of the declaration of a struct that has it. */
  readonly declaration: string;
  /**
   * The name of a number: the first one declared with it.
   * @param path what an error calls the place that has the number
   * @throws RangeError for a number without a name
   */
  nameOf(this: void, value: number, path?: string): Name;
  /**
   * The number of a name.
   * @param path what an error calls the place that the name is for
   * @throws TypeError, RangeError for what is no name
   */
  numberOf(this: void, name: Name, path?: string): number;
}

/** Options of an enumeration. */
export interface EnumOptions {
  /** The integer that holds it: `u32` when left out, or `i32` when a value is negative, as gcc and clang choose. */
  readonly base?: IntegerType<number>;
  /** How the names of the constants begin in C: the enumeration's name and `_` when left out. */
  readonly prefix?: string;
}

function checkValues(name: string, values: unknown): [string, number][] {
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw new TypeError(`the values of ${name} must be an object such as { Idle: 0, Run: 1 }`);
  const entries = Object.entries(values) as [string, number][];
  if (entries.length === 0) throw new RangeError(`${name} has no values: an enumeration of C has at least one`);
  for (const [key, value] of entries) {
    checkIdentifier("value", key);
    if (typeof value !== "number") throw new TypeError(`${name}.${key} must be a number, not ${typeof value}`);
  }
  return entries;
}

function checkBase(name: string, base: unknown): IntegerType<number> {
  const { typeName, isSigned } = base as Partial<IntegerType>;
  if (isSigned === undefined || typeName === undefined || !/^[iu](8|16|32)$/.test(typeName))
    throw new TypeError(`the base of ${name} must be i8, u8, i16, u16, i32 or u32`);
  return base as IntegerType<number>;
}

/**
 * An enumeration. A field of it is read as one of its names and takes one; a number in the bytes that has no name is a
 * RangeError (for flags that are or-ed together, declare the field `u32` and use `values`).
 * @example
 * const Mode = enumeration("Mode", { Idle: 0, Run: 1 }, { base: u8 });
 * const Motor = struct("Motor", { mode: Mode });
 * Motor.view(new ArrayBuffer(Motor.sizeBytes)).mode = "Run";
 * @throws TypeError, RangeError for names, values or a base that cannot be
 */
export function enumeration<const Values extends Readonly<Record<string, number>>>(
  name: string,
  values: Values,
  options: EnumOptions = {},
): EnumType<keyof Values & string> {
  type Name = keyof Values & string;
  checkName("enumeration", name);
  checkOptions(options, ["base", "prefix"]);
  const entries = checkValues(name, values) as [Name, number][];
  const base = checkBase(name, options.base ?? (entries.some(([, value]) => value < 0) ? i32 : u32));
  const prefix = options.prefix ?? `${name}_`;
  if (prefix !== "") checkIdentifier("prefix", prefix);
  const [least, most] = rangeOf(8 * base.sizeBytes, base.isSigned);
  for (const [key, value] of entries)
    if (!Number.isInteger(value) || value < least || value > most)
      throw new RangeError(
        `${name}.${key} must be an integer from ${String(least)} to ${String(most)} (${base.typeName}), not ${String(value)}`,
      );

  const listed = entries.map(([key, value]) => `${key} ${String(value)}`);
  const numbers = new Map<unknown, number>(entries);
  const names = new Map<number, Name>();
  for (const [key, value] of entries) if (!names.has(value)) names.set(value, key);

  function check(value: unknown, path: string): void {
    if (numbers.has(value)) return;
    if (typeof value !== "string")
      throw new TypeError(
        `${path} is a ${name}: it must be one of its names, not ${value === null ? "null" : typeof value}`,
      );
    throw new RangeError(
      `${path} is a ${name}: it must be one of ${entries.map(([key]) => key).join(", ")}, not ${value}`,
    );
  }

  function nameOf(value: number, path?: string): Name {
    const found = names.get(value);
    if (found === undefined)
      throw new RangeError(
        `${path === undefined ? "" : `${path}: `}${String(value)} is no ${name}: it has ${listed.join(", ")}; declare the field ${base.typeName} to read any number`,
      );
    return found;
  }

  function numberOf(value: Name, path = "the value"): number {
    const found = numbers.get(value);
    if (found === undefined) check(value, path);
    return found as number;
  }

  return Object.freeze({
    name,
    typeName: name,
    sizeBytes: base.sizeBytes,
    alignmentBytes: base.alignmentBytes,
    isSigned: base.isSigned,
    base,
    values: Object.freeze(Object.fromEntries(entries)) as Readonly<Record<Name, number>>,
    prefix,
    declaration: [`${name} enum ${base.typeName}`, ...listed].join("\n"),
    nameOf,
    numberOf,
    cDeclaration: (member: string) => `${name} ${member}`,
    load: (memory: Memory, offsetBytes: number) => nameOf(base.load(memory, offsetBytes)),
    store: (memory: Memory, offsetBytes: number, value: Name, path?: string) => {
      base.store(memory, offsetBytes, numberOf(value, path));
    },
    check,
    source: (at: Position) => {
      const { load } = elementSource(base.typeName as Elements, base.sizeBytes, at);
      const { store } = elementSource(
        base.typeName as Elements,
        base.sizeBytes,
        at,
        `${at.type}.numberOf(value, ${at.path})`,
      );
      return { load: `${at.type}.nameOf(${load}, ${at.path})`, store };
    },
  });
}
