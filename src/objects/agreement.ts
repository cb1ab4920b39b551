// Whether the data of an existing object is what this program takes it for; if not, an error that names both sides.
import type { Opened } from "../kernel/index.js";
import { MAX_STRUCT_BYTES, type Header, type Structure } from "../protocol/object-header.js";
import { failure } from "../errors/rt-error.js";
import type { StructType } from "../struct/struct-type.js";

/** What of a struct, or of data that is declared like one, two programs have to agree on. */
export type Declared = Pick<StructType, "name" | "sizeBytes" | "hash" | "declaration">;

/** What the header says of data of this type. */
export const structureOf = ({ hash, declaration }: Declared): Structure => ({ hash, declaration });

const quoted = (line: string | undefined): string => (line === undefined || line === "" ? "nothing" : `"${line}"`);

/** The field or value that two lines are about. */
function placeOf(head: string, line: string): string {
  const [owner = "?", kind] = head.split(" ");
  const words = line.split(" ");
  return kind === "enum" ? `value ${owner}.${words[0] ?? "?"}` : `field ${owner}.${words.at(-1) ?? "?"}`;
}

// The size is in a declaration's first line, so structs of two sizes differ there already: the field is what helps.
function firstDifference(theirs: string, ours: string): string {
  const [left, right] = [theirs.split("\n"), ours.split("\n")];
  // A declaration in a header may be cut off, in the middle of a line.
  const isCut = theirs.length === MAX_STRUCT_BYTES;
  const known = isCut ? left.length - 1 : Math.max(left.length, right.length);
  let head = "";
  let between: string | undefined;
  for (let i = 0; i < known; i++) {
    const isHead = i === 0 || left[i - 1] === "";
    if (isHead) head = right[i] ?? "";
    if (left[i] === right[i]) continue;
    const both = `${quoted(left[i])} there, ${quoted(right[i])} here`;
    if (!isHead) return `first difference at ${placeOf(head, right[i] || (left[i] ?? ""))}: ${both}`;
    between ??= `first difference: ${both}`;
    if (left.length === 1 || right.length === 1) break; // byte messages, which have no fields
  }
  return between ?? "they differ after what the header has room for";
}

// A declaration begins with the whole; its first line has name, size and alignment.
function nameAndSize(declaration: string): string {
  const [name = "?", sizeBytes = "?"] = declaration.split(/[ \n]/);
  return `${name} of ${sizeBytes} bytes`;
}

/** @throws RtError ERROR_INVALID_DATA when the object was created with another struct, or has no room for this one */
export function checkStructure({ name, sizeBytes, structure }: Header, type: Declared): void {
  if (structure !== null && structure.hash !== type.hash)
    throw failure(
      "ERROR_INVALID_DATA",
      name,
      `creator: ${nameAndSize(structure.declaration)}; you: ${nameAndSize(type.declaration)}; ` +
        `${firstDifference(structure.declaration, type.declaration)}: use one declaration in both programs`,
    );
  checkSize(sizeBytes, type.sizeBytes, name, type.name);
}

/**
 * What a program says of an object that is there already, unless it says nothing. @throws RtError ERROR_INVALID_DATA
 * when it is otherwise
 */
export function checkSame<Value extends number | boolean>(
  { created, header }: Opened,
  option: string,
  theirs: Value,
  ours: Value | undefined,
): void {
  if (created || ours === undefined || ours === theirs) return;
  throw failure(
    "ERROR_INVALID_DATA",
    header.name,
    `creator: ${option} ${String(theirs)}; you: ${option} ${String(ours)}: let both programs say the same, or leave it out here`,
  );
}

/** @throws RtError ERROR_INVALID_DATA when the object is smaller */
export function checkSize(
  actualBytes: number,
  wantedBytes: number,
  name: string | null,
  what = "the size you ask for",
): void {
  if (actualBytes < wantedBytes)
    throw failure(
      "ERROR_INVALID_DATA",
      name,
      `creator: ${String(actualBytes)} bytes; you: ${String(wantedBytes)} bytes, ${what}`,
    );
}
