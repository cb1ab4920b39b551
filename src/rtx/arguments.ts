// Checks of arguments: what no C caller could pass is a TypeError or RangeError, before anything happens.
import { failure } from "../errors/rt-error.js";
import { judgeName } from "../kernel/registry/object-name.js";

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

/** A DWORD: an integer from 0 to 0xFFFFFFFF. */
export function checkDword(name: string, value: unknown): number {
  // the common case without a call
  if (typeof value === "number" && value >>> 0 === value) return value;
  return integer(name, value, 0, 0xffff_ffff);
}

/** A LONG: a signed 32-bit integer. */
export function checkLong(name: string, value: unknown): number {
  if (typeof value === "number" && (value | 0) === value) return value;
  return integer(name, value, -0x8000_0000, 0x7fff_ffff);
}

/** A boolean. */
export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw wrongType(name, value, "a boolean");
  return value;
}

/** An attributes argument: null; undefined passes as well. */
export function checkAttributes(name: string, value: unknown): void {
  if (value !== null && value !== undefined) throw wrongType(name, value, "null");
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
  if (name === null || name === "") return null;
  judgeName(name);
  return name;
}

/** The name of an object to open. @throws RtError 3, 6, 87, 206 */
export function nameToOpen(name: string | null): string {
  if (name === null) throw failure("ERROR_INVALID_PARAMETER", null, "an object without a name has none to open");
  if (name === "") throw failure("ERROR_INVALID_HANDLE", name);
  judgeName(name);
  return name;
}
