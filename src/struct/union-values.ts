// Plain values of unions. One that was read has all members of which the bytes make a value, so it is not enough to
// store each: the bytes that it was read from are kept beside it, where nobody sees them, and what a program has
// changed since is stored over these.
import { isDeepStrictEqual } from "node:util";
import type { FieldType } from "./field-type.js";
import type { Part } from "./layout.js";
import { Memory } from "./memory.js";
import { checkPart, loadPart, namesIn, storePart, type Plain, type Values } from "./values.js";

/** Of values that were read: the bytes, for each union in them. */
const bytesRead = new WeakMap<object, Map<Values, Uint8Array<ArrayBuffer>>>();

/** What is stored. */
interface Stored {
  /** First. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Then these, so that those come last which keep most of the bytes. */
  readonly members: readonly Part[];
}

/**
 * How much of its bytes a value of the type keeps: text ends at a NUL, a bool is 0 or 1, a NaN is any NaN, all others
 * keep every bit.
 */
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

/** A part of a value that is a view, as a copy. */
const plainOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "get" in value && typeof value.get === "function"
    ? (value as { get(): unknown }).get()
    : value;

/** In words, so that nobody who reads one meanwhile sees half of it. */
function copyBytes(bytes: Uint8Array<ArrayBuffer>, { u8, u32 }: Memory, offsetBytes: number): void {
  const words = offsetBytes % 4 === 0 ? Math.floor(bytes.byteLength / 4) : 0;
  const from = new Uint32Array(bytes.buffer, 0, words);
  for (let i = 0; i < words; i++) u32[offsetBytes / 4 + i] = from[i] as number;
  u8.set(bytes.subarray(4 * words), offsetBytes + 4 * words);
}

/**
 * Of a union: a value to store has at least one member. Members that say different things about the same bytes are
 * refused.
 */
export function unionValues(parts: readonly Part[], sizeBytes: number): Values {
  const names = parts.flatMap(namesIn);
  const inOrder = [...parts].sort((one, other) => keeps(one.type) - keeps(other.type));

  function memoryWith(bytes: Uint8Array): Memory {
    const memory = new Memory(new ArrayBuffer(8 * Math.ceil(sizeBytes / 8)));
    memory.u8.set(bytes);
    return memory;
  }

  /** All members that the bytes make a value of. */
  function loadAll(memory: Memory, offsetBytes: number): Record<string, unknown> {
    const into: Record<string, unknown> = {};
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
    return into;
  }

  /** Of a value that was read, what has changed since; of any other one all that it has. */
  function storedOf(value: Plain): Stored {
    const members = inOrder.filter((part) => namesIn(part).some((name) => value[name] !== undefined));
    const bytes = bytesRead.get(value)?.get(self);
    if (bytes === undefined) return { bytes, members };
    const before = loadAll(memoryWith(bytes), 0);
    if (Object.keys(before).some((name) => value[name] === undefined)) return { bytes: undefined, members };
    const isSame = (name: string): boolean => isDeepStrictEqual(plainOf(value[name]), before[name]);
    return { bytes, members: members.filter((part) => !namesIn(part).every(isSame)) };
  }

  /** Stores the members as `store` does and looks whether each is read as it was given. */
  function checkAgreement(members: readonly Part[], value: Plain, path: string): void {
    const memory = memoryWith(new Uint8Array());
    for (const part of members) storePart(part, memory, 0, value);
    const stored: Record<string, unknown> = {};
    for (const part of members) loadPart(part, memory, 0, stored);
    for (const [name, part] of Object.entries(stored))
      if (value[name] !== undefined && !isDeepStrictEqual(plainOf(value[name]), part))
        throw new RangeError(
          `${path}: ${names.join(", ")} share bytes, and ${name} says something else than another one: give only the one that is meant`,
        );
  }

  const self: Values = {
    names,
    isOverlapping: true,
    loadInto(memory, offsetBytes, into) {
      const bytes = memory.u8.slice(offsetBytes, offsetBytes + sizeBytes);
      Object.assign(into, loadAll(memoryWith(bytes), 0)); // of what was there at one time, whoever changes it
      const kept = bytesRead.get(into) ?? new Map<Values, Uint8Array<ArrayBuffer>>();
      bytesRead.set(into, kept.set(self, bytes));
    },
    check(value, path, isWhole) {
      const { bytes, members } = storedOf(value);
      for (const part of members) checkPart(part, value, path, isWhole);
      if (members.length > 1) checkAgreement(members, value, path);
      if (members.length === 0 && bytes === undefined && isWhole)
        throw new TypeError(`${path} needs one of ${names.join(", ")}, which share bytes`);
    },
    store(memory, offsetBytes, value) {
      const { bytes, members } = storedOf(value);
      if (bytes !== undefined) copyBytes(bytes, memory, offsetBytes);
      for (const part of members) storePart(part, memory, offsetBytes, value);
    },
  };
  return self;
}
