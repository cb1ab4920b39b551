// Strings of fixed size, as programs in C keep them in structs: up to the first NUL, or to the end.
import type { FieldType } from "./field-type.js";
import type { Memory } from "./memory.js";
import { byCall } from "./scalars.js";

function checkLength(length: number, what: string): void {
  if (!Number.isInteger(length) || length < 1)
    throw new RangeError(`the length of a string in ${what} must be an integer from 1, not ${String(length)}`);
}

function checkString(value: unknown, path: string): asserts value is string {
  if (typeof value !== "string") throw new TypeError(`${path} must be a string, not ${typeof value}`);
  if (value.includes("\0")) throw new RangeError(`${path} ends at a NUL in C: it cannot have one`);
}

/** A string in UTF-8, `char name[lengthBytes]`: of up to so many bytes; a shorter one is followed by zeros. */
export function utf8(lengthBytes: number): FieldType<string> {
  checkLength(lengthBytes, "bytes");
  const check = (value: unknown, path: string): void => {
    checkString(value, path);
    const bytes = Buffer.byteLength(value);
    if (bytes > lengthBytes)
      throw new RangeError(`${path} takes ${String(bytes)} bytes of UTF-8, there is room for ${String(lengthBytes)}`);
  };
  return Object.freeze({
    typeName: `utf8(${String(lengthBytes)})`,
    sizeBytes: lengthBytes,
    alignmentBytes: 1,
    cDeclaration: (member: string) => `char ${member}[${String(lengthBytes)}]`,
    load: ({ u8 }: Memory, offsetBytes: number) => {
      const bytes = Buffer.from(u8.buffer, offsetBytes, lengthBytes);
      const end = bytes.indexOf(0);
      return bytes.toString("utf8", 0, end < 0 ? lengthBytes : end);
    },
    store: ({ u8 }: Memory, offsetBytes: number, value: string, path = "the string") => {
      check(value, path);
      const bytes = Buffer.from(u8.buffer, offsetBytes, lengthBytes);
      bytes.fill(0, bytes.write(value));
    },
    check,
    source: byCall,
  });
}

/** A string in UTF-16, `char16_t name[lengthUnits]` (a WCHAR array of Windows): of up to so many units. */
export function utf16(lengthUnits: number): FieldType<string> {
  checkLength(lengthUnits, "units");
  const check = (value: unknown, path: string): void => {
    checkString(value, path);
    if (value.length > lengthUnits)
      throw new RangeError(`${path} has ${String(value.length)} units, there is room for ${String(lengthUnits)}`);
  };
  return Object.freeze({
    typeName: `utf16(${String(lengthUnits)})`,
    sizeBytes: 2 * lengthUnits,
    alignmentBytes: 2,
    cDeclaration: (member: string) => `char16_t ${member}[${String(lengthUnits)}]`,
    load: ({ u8 }: Memory, offsetBytes: number) => {
      const text = Buffer.from(u8.buffer, offsetBytes, 2 * lengthUnits).toString("utf16le");
      const end = text.indexOf("\0");
      return end < 0 ? text : text.slice(0, end);
    },
    store: ({ u8 }: Memory, offsetBytes: number, value: string, path = "the string") => {
      check(value, path);
      const bytes = Buffer.from(u8.buffer, offsetBytes, 2 * lengthUnits);
      bytes.fill(0, bytes.write(value, "utf16le"));
    },
    check,
    source: byCall,
  });
}
