// Which structs a header has, and what they are called for who asks for them.
import { isStruct, type StructType } from "../struct-type.js";
import { CHeaderError } from "./header-error.js";
import { resolved, type Registry } from "./scope.js";

/** A struct or a union, or why there is none of that name. */
export interface Found {
  readonly type: StructType | undefined;
  readonly error: CHeaderError | undefined;
  readonly refused: string;
  /** With the names of what is around it. */
  readonly path: string;
}

/**
 * All structs and unions by name; where two have one name, those that are in something are called with what they are
 * in.
 */
export function structsOf({ declared }: Registry): Map<string, Found> {
  const all = declared.flatMap(({ name, path, type }): (Found & { name: string })[] => {
    const known = resolved(type);
    if ("refused" in known) return [{ name, path, type: undefined, error: known.error, refused: known.refused }];
    return isStruct(known.type) ? [{ name, path, type: known.type, error: undefined, refused: "" }] : [];
  });
  const found = new Map<string, Found>();
  for (const { name, ...one } of all) {
    const isAlone = all.every(
      (other) =>
        other.name !== name || other.path === one.path || (other.type !== undefined && other.type === one.type),
    );
    const key = isAlone ? name : one.path;
    // Of one that could not be read and one that could the second counts.
    if (found.get(key)?.type === undefined) found.set(key, one);
  }
  return found;
}

/** @throws CHeaderError for one that cannot be read, RangeError for a name that no struct has */
export function structNamed(name: string, found: ReadonlyMap<string, Found>, lastLine: number): StructType {
  const one = found.get(name) ?? [...found.values()].find(({ path }) => path === name);
  if (one?.type !== undefined) return one.type;
  if (one !== undefined) throw one.error ?? new CHeaderError(lastLine, name, one.refused);
  const names = [...found].filter(([, { type }]) => type !== undefined).map(([key]) => key);
  throw new RangeError(`the header has no struct ${name}: it has ${names.length === 0 ? "none" : names.join(", ")}`);
}
