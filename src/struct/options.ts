// Options of calls: a misspelt one would silently be without effect.

/** A wrong value as an error's text shows it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "an array" : "an object";
}

/** An options object, or none. `known` are the names it may have. @throws TypeError for anything else */
export function checkOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`options must be an object, not ${shown(options)}`);
  for (const key of Object.keys(options))
    if (!known.includes(key)) throw new TypeError(`there is no option ${key}: there are ${known.join(", ")}`);
}
