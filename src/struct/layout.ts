// Where the fields of a struct are: the rules of C on x64, with `pack` as gcc, clang and MSVC have it.
import type { FieldType } from "./field-type.js";
import type { FieldPlace } from "./struct-type.js";

/** Alignments that `pack` can be. */
export const PACKS: readonly number[] = [1, 2, 4, 8, 16];

/** Fields placed, and what that makes of the struct. */
export interface Layout {
  readonly places: readonly FieldPlace[];
  readonly sizeBytes: number;
  readonly alignmentBytes: number;
}

const roundUp = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

/** Places fields in their order. `pack` is the most that any field is aligned to. */
export function layOut(fields: readonly (readonly [string, FieldType])[], pack: number): Layout {
  let end = 0;
  let alignmentBytes = 1;
  const places = fields.map(([name, type]) => {
    const alignment = Math.min(type.alignmentBytes, pack);
    const offsetBytes = roundUp(end, alignment);
    end = offsetBytes + type.sizeBytes;
    alignmentBytes = Math.max(alignmentBytes, alignment);
    return { name, type, offsetBytes };
  });
  return { places, sizeBytes: roundUp(end, alignmentBytes), alignmentBytes };
}
