// Plain values of structs: what fits, and how it goes in and out, member by member. Fields of parts without a name are
// in the value of the whole.
import type { Part } from "./layout.js";
import type { Memory } from "./memory.js";

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

/** The values of a part without a name. */
export const innerOf = (part: Part): Values | undefined =>
  part.isAnonymous ? (part.type as unknown as WithValues).valuesOf : undefined;

/** The names that a value of the whole has for a part. */
export const namesIn = (part: Part): readonly string[] => innerOf(part)?.names ?? [part.name];

/**
 * Reads a field once: a getter of the caller's may do something.
 * @throws TypeError, RangeError; does not look for fields that are none
 */
export function checkPart(part: Part, value: Plain, path: string, isWhole: boolean): void {
  const inner = innerOf(part);
  if (inner !== undefined) {
    inner.check(value, path, isWhole);
    return;
  }
  const own = value[part.name];
  if (own !== undefined) part.type.check(own, `${path}.${part.name}`);
  else if (isWhole) throw new TypeError(`${path}.${part.name} is missing: a whole value has all fields`);
}

/** Puts what a part has into the value of the whole. */
export function loadPart(part: Part, memory: Memory, offsetBytes: number, into: Record<string, unknown>): void {
  const inner = innerOf(part);
  if (inner !== undefined) inner.loadInto(memory, offsetBytes + part.offsetBytes, into);
  else into[part.name] = part.type.load(memory, offsetBytes + part.offsetBytes);
}

/** Stores what the value of the whole has of a part. */
export function storePart(part: Part, memory: Memory, offsetBytes: number, value: Plain): void {
  const inner = innerOf(part);
  if (inner !== undefined) {
    inner.store(memory, offsetBytes + part.offsetBytes, value);
    return;
  }
  const own = value[part.name];
  if (own !== undefined) part.type.store(memory, offsetBytes + part.offsetBytes, own);
}

/** Of a struct: a value has all fields. */
export function structValues(name: string, parts: readonly Part[]): Values {
  return {
    names: parts.flatMap(namesIn),
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
