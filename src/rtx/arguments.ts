// Arguments as C callers write them: NULL, TRUE and 0 stand for one another there. What no C caller could pass is a
// TypeError or RangeError, before anything happens.
import { nameMeant } from "../kernel/index.js";
import { failure } from "../errors/rt-error.js";

const shown = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value));

function wrongType(name: string, value: unknown, wanted: string): TypeError {
  return new TypeError(`${name} must be ${wanted}, not ${typeof value} ${shown(value)}`);
}

function integer(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number") throw wrongType(name, value, "a number");
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name} must be an integer from ${String(least)} to ${String(most)}, not ${String(value)}`);
  return value;
}

/** What is taken for a DWORD: an integer from 0 to 0xFFFFFFFF; null is 0, false and true are 0 and 1. */
export type DWORD = number | boolean | null;

/** What is taken for a BOOL: true and false; a number is false when it is 0; null is false. */
export type BOOL = boolean | number | null;

/** What is taken for a pointer to security attributes, which have no meaning here: none. */
export type NoAttributes = null | 0;

/** A DWORD as a number. */
export function checkDword(name: string, value: unknown): number {
  // the common case without a call
  if (typeof value === "number" && value >>> 0 === value) return value;
  if (value === null) return 0;
  if (typeof value === "boolean") return value ? 1 : 0;
  return integer(name, value, 0, 0xffff_ffff);
}

/** A LONG: a signed 32-bit integer. */
export function checkLong(name: string, value: unknown): number {
  if (typeof value === "number" && (value | 0) === value) return value;
  return integer(name, value, -0x8000_0000, 0x7fff_ffff);
}

/** A BOOL as a boolean. */
export function checkBool(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  if (value !== null) throw wrongType(name, value, "a boolean");
  return false;
}

/** An attributes argument: null or 0; undefined passes as well. */
export function checkAttributes(name: string, value: unknown): void {
  if (value !== null && value !== undefined && value !== 0) throw wrongType(name, value, "null");
}

/** An object that is not null. */
export function checkObject<Value extends object>(name: string, value: Value): Value {
  if (typeof value !== "object" || (value as unknown) === null) throw wrongType(name, value, "an object");
  return value;
}

/** A string or null. */
export function checkNameType(value: unknown): string | null {
  if (value !== null && typeof value !== "string") throw wrongType("lpName", value, "a string or null");
  return value;
}

/** A handle argument as a number; null, as C passes NULL, is 0. */
export function checkHandle(name: string, value: unknown): number {
  if (value === null) return 0;
  if (typeof value !== "number") throw wrongType(name, value, "a handle");
  return value;
}

/** The name of an object to create: null for an unnamed one. @throws RtError 3, 87, 206 */
export function nameToCreate(name: string | null): string | null {
  return name === null || name === "" ? null : nameMeant(name);
}

/** The name of an object to open. @throws RtError 3, 6, 87, 206 */
export function nameToOpen(name: string | null): string {
  if (name === null) throw failure("ERROR_INVALID_PARAMETER", null, "an object without a name has none to open");
  if (name === "") throw failure("ERROR_INVALID_HANDLE", name);
  return nameMeant(name);
}
