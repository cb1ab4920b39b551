// Whether the data of an existing object is what this program takes it for; if not, an error that names both sides.
import type { Header, Structure } from "../kernel/layout.js";
import { RtError } from "../kernel/rt-error.js";
import type { StructType } from "../struct/struct-type.js";

/** What of a struct, or of data that is declared like one, two programs have to agree on. */
export type Declared = Pick<StructType, "name" | "sizeBytes" | "hash" | "declaration">;

/** What the header says of data of this type. */
export const structureOf = ({ hash, declaration }: Declared): Structure => ({ hash, declaration });

const quoted = (line: string | undefined): string => (line === undefined ? "nothing" : `"${line}"`);

function firstDifference(theirs: string, ours: string): string {
  const [left, right] = [theirs.split("\n"), ours.split("\n")];
  for (let i = 0; i < Math.max(left.length, right.length); i++)
    // A declaration in a header may be cut off in its last line.
    if (left[i] !== right[i] && !(i === left.length - 1 && right[i]?.startsWith(left[i] ?? "") === true))
      return `first difference: ${quoted(left[i])} there, ${quoted(right[i])} here`;
  return "they differ after what the header has room for";
}

// The last struct of a declaration is the whole; its first line has name, size and alignment.
function nameAndSize(declaration: string): string {
  const [name = "?", sizeBytes = "?"] = (declaration.split("\n\n")[0] ?? "").split(" ");
  return `${name} of ${sizeBytes} bytes`;
}

/** @throws RtError ERROR_INVALID_DATA when the object was created with another struct, or has no room for this one */
export function checkStructure({ name, sizeBytes, structure }: Header, type: Declared, operation: string): void {
  if (structure !== null && structure.hash !== type.hash)
    throw new RtError(
      "ERROR_INVALID_DATA",
      operation,
      name,
      `creator: ${nameAndSize(structure.declaration)}; you: ${nameAndSize(type.declaration)}; ` +
        `${firstDifference(structure.declaration, type.declaration)}: use one declaration in both programs`,
    );
  checkSize(sizeBytes, type.sizeBytes, name, operation, type.name);
}

/** @throws RtError ERROR_INVALID_DATA when the object is smaller */
export function checkSize(
  actualBytes: number,
  wantedBytes: number,
  name: string | null,
  operation: string,
  what = "the size you ask for",
): void {
  if (actualBytes < wantedBytes)
    throw new RtError(
      "ERROR_INVALID_DATA",
      operation,
      name,
      `creator: ${String(actualBytes)} bytes; you: ${String(wantedBytes)} bytes, ${what}`,
    );
}
