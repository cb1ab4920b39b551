// Where the fields of a struct are: the rules of C on x64, with `pack` as gcc and clang have it.
import { bitField } from "./bit-field.js";
import { isBits } from "./bits.js";
import type { BitsType, FieldType } from "./field-type.js";
import type { FieldPlace } from "./struct-type.js";

/** Alignments that `pack` can be. */
export const PACKS: readonly number[] = [1, 2, 4, 8, 16];

/** The most that a struct or an array can have: 2^47, as an address space. */
export const MOST_BYTES = 2 ** 47;

/** A field as it is declared. */
export type Member = readonly [name: string, type: FieldType | BitsType];

/** Fields placed, and what that makes of the struct. */
export interface Layout {
  readonly places: readonly FieldPlace[];
  readonly sizeBytes: number;
  readonly alignmentBytes: number;
}

interface Run {
  readonly startBytes: number;
  /** The first byte behind it that is another field's, or the end of the struct. */
  endBytes: number;
}

interface Placed {
  readonly name: string;
  readonly type: FieldType | BitsType;
  readonly firstBit: number;
  /** The bit-fields around this one: C lets a store to it rewrite them, and nothing else. */
  readonly run: Run | undefined;
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Where a bit-field begins whose predecessor ends at `end` (bits): it may not lie in two units of its type, unless the struct is packed. */
function firstBitOf({ base, width }: BitsType, end: number, isPacked: boolean): number {
  const unit = 8 * base.sizeBytes;
  const isSplit = Math.floor(end / unit) !== Math.floor((end + width - 1) / unit);
  return width === 0 || (isSplit && !isPacked) ? roundUp(end, unit) : end;
}

/** The narrowest element that holds the bits and no other field's. */
function placeBits({ name, type, firstBit, run }: Placed): FieldPlace {
  const bits = type as BitsType;
  const { startBytes, endBytes } = run as Run;
  for (const unitBytes of [1, 2, 4]) {
    const unit = 8 * unitBytes;
    const offsetBytes = Math.floor(firstBit / unit) * unitBytes;
    const shift = firstBit - 8 * offsetBytes;
    if (shift + bits.width <= unit && offsetBytes >= startBytes && offsetBytes + unitBytes <= endBytes)
      return { name, type: bitField(bits, { unitBytes, shift }), offsetBytes, bits: { firstBit, width: bits.width } };
  }
  const offsetBytes = Math.floor(firstBit / 8);
  const type0 = bitField(bits, { unitBytes: 0, shift: firstBit % 8 });
  return { name, type: type0, offsetBytes, bits: { firstBit, width: bits.width } };
}

/** Places fields in their order. `pack` is the most that any field is aligned to; bit-fields also move together when there is one. */
export function layOut(members: readonly Member[], pack: number | undefined): Layout {
  let end = 0; // in bits
  let alignmentBytes = 1;
  let run: Run | undefined;
  const placed: Placed[] = [];
  for (const [name, type] of members) {
    const own = isBits(type) ? type.base.alignmentBytes : type.alignmentBytes;
    const alignment = Math.min(own, pack ?? own);
    if (isBits(type)) {
      const firstBit = firstBitOf(type, end, pack !== undefined);
      end = firstBit + type.width;
      // A gap of no bits ends a run: what follows is another memory location in C.
      if (type.width === 0 && run !== undefined) run.endBytes = firstBit / 8;
      if (type.width === 0 || run === undefined) run = { startBytes: Math.floor(firstBit / 8), endBytes: Infinity };
      if (type.isUnnamed) continue;
      placed.push({ name, type, firstBit, run });
    } else {
      const offsetBytes = roundUp(Math.ceil(end / 8), alignment);
      end = 8 * (offsetBytes + type.sizeBytes);
      if (run !== undefined) run.endBytes = offsetBytes;
      run = undefined;
      placed.push({ name, type, firstBit: 8 * offsetBytes, run });
    }
    alignmentBytes = Math.max(alignmentBytes, alignment);
  }
  const sizeBytes = roundUp(Math.ceil(end / 8), alignmentBytes);
  if (run !== undefined) run.endBytes = sizeBytes;
  const places = placed.map((field) =>
    field.run === undefined
      ? { name: field.name, type: field.type as FieldType, offsetBytes: field.firstBit / 8 }
      : placeBits(field),
  );
  return { places, sizeBytes, alignmentBytes };
}
