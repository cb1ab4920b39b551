// Checks of the arguments of the classes: a wrong one is a TypeError or RangeError that names it, before anything
// happens.

import { checkOptions, shown } from "../struct/options.js";

export { checkOptions, shown };

const withType = (value: unknown): string =>
  value === null || ["undefined", "object", "function"].includes(typeof value)
    ? shown(value)
    : `${typeof value} ${shown(value)}`;

/** An object's name. The kernel checks its characters. */
export function checkName(name: unknown): string {
  if (typeof name !== "string" || name === "")
    throw new TypeError(`name must be a string of 1 to 260 characters, not ${shown(name)}`);
  return name;
}

/** A descriptor string. */
export function checkDescriptor(descriptor: unknown): string {
  if (typeof descriptor !== "string")
    throw new TypeError(`descriptor must be a string that describe() gave, not ${shown(descriptor)}`);
  return descriptor;
}

/** A boolean option. */
export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${name} must be true or false, not ${shown(value)}`);
  return value;
}

/** An integer. */
export function checkInteger(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number, not ${withType(value)}`);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name} must be an integer from ${String(least)} to ${String(most)}, not ${String(value)}`);
  return value;
}

/** A time-out in milliseconds: 0 or more, fractions too; Infinity waits for ever. */
export function checkTimeout(value: unknown): number {
  if (typeof value !== "number")
    throw new TypeError(`timeoutMs must be a number of milliseconds, not ${withType(value)}`);
  if (!(value >= 0)) throw new RangeError(`timeoutMs must be 0 or more, or Infinity, not ${String(value)}`);
  return value;
}

/** An AbortSignal, or none. */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(`signal must be an AbortSignal, not ${shown(signal)}`);
  return signal;
}
