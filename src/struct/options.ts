// Options of declarations: a misspelt one would silently give another layout.

/** @throws TypeError for what is no options object, or has an option that is not known */
export function checkOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`options must be an object, not ${options === null ? "null" : typeof options}`);
  for (const key of Object.keys(options))
    if (!known.includes(key)) throw new TypeError(`there is no option ${key}: there are ${known.join(", ")}`);
}
