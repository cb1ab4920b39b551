// Views as JSON: what JSON has no words for becomes what can be read back without a loss.

/**
 * A value as JSON has it: a 64-bit integer that is a bigint as its decimal digits in a string (a number would be
 * rounded by who reads it), typed arrays as arrays.
 */
export function jsonOf(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, jsonOf);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, jsonOf(part)]));
}
