// Where the fields of a struct or a union are: the rules of C on x64, with `pack` as gcc and clang have it.
import { bitField } from "./bit-field.js";
import { isBits } from "./bits.js";
import type { BitsType, FieldType } from "./field-type.js";
import { isAligned, isAnonymous, isRoom, type Declared } from "./member-types.js";
import type { FieldPlace, StructType } from "./struct-type.js";

/** Alignments that `pack` can be. */
export const PACKS: readonly number[] = [1, 2, 4, 8, 16];

/** The most that a struct or an array can have: 2^47, as an address space. */
export const MOST_BYTES = 2 ** 47;

/** A field as it is declared. */
export type Member = readonly [name: string, type: Declared];

/** How fields are put together. */
export interface LayoutOptions {
  /** Whether all of them lie at the begin. */
  readonly isUnion: boolean;
  /** The most that any field is aligned to; bit-fields also move together when there is one. */
  readonly pack?: number | undefined;
  /** The least that the whole is aligned to. */
  readonly align?: number | undefined;
}

/** A member where it is: a field, or a struct without a name with fields of its own. */
export interface Part extends FieldPlace {
  readonly isAnonymous: boolean;
}

/** Fields placed, and what that makes of the whole. */
export interface Layout {
  readonly parts: readonly Part[];
  readonly sizeBytes: number;
  readonly alignmentBytes: number;
  /** Where the last field ends. */
  readonly endBytes: number;
}

interface Run {
  readonly startBytes: number;
  /** The first byte behind it that is another field's, or the end of the struct. */
  endBytes: number;
}

interface Placed {
  readonly name: string;
  readonly type: FieldType | BitsType;
  readonly isAnonymous: boolean;
  readonly firstBit: number;
  /** The bit-fields around this one: C lets a store to it rewrite them, and nothing else. */
  readonly run: Run | undefined;
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/**
 * Where a bit-field begins whose predecessor ends at `end` (bits): it may not lie in two units of its type, unless the
 * struct is packed.
 */
function firstBitOf({ base, width }: BitsType, end: number, isPacked: boolean): number {
  const unit = 8 * base.sizeBytes;
  const isSplit = Math.floor(end / unit) !== Math.floor((end + width - 1) / unit);
  return width === 0 || (isSplit && !isPacked) ? roundUp(end, unit) : end;
}

/** The narrowest element that holds the bits and no other field's. */
function placeBits({ name, type, firstBit, run }: Placed): Part {
  const bits = type as BitsType;
  const { startBytes, endBytes } = run as Run;
  const place = { name, isAnonymous: false, bits: { firstBit, width: bits.width } };
  for (const unitBytes of [1, 2, 4]) {
    const unit = 8 * unitBytes;
    const offsetBytes = Math.floor(firstBit / unit) * unitBytes;
    const shift = firstBit - 8 * offsetBytes;
    if (shift + bits.width <= unit && offsetBytes >= startBytes && offsetBytes + unitBytes <= endBytes)
      return { ...place, type: bitField(bits, { unitBytes, shift }), offsetBytes };
  }
  const offsetBytes = Math.floor(firstBit / 8);
  return { ...place, type: bitField(bits, { unitBytes: 0, shift: firstBit % 8 }), offsetBytes };
}

/** The plain type of a member, and what it is aligned to before `pack`. */
function typeIn(declared: Exclude<Declared, BitsType>): { type: FieldType; own: number; isAnonymous: boolean } {
  if (isAligned(declared)) return { ...typeIn(declared.aligned), own: declared.alignBytes };
  const nameless = isAnonymous(declared);
  const type = nameless ? declared.anonymous : (declared as FieldType);
  return { type, own: type.alignmentBytes, isAnonymous: nameless };
}

/** Places fields one behind the other, or one over the other. */
class Placing {
  readonly placed: Placed[] = [];
  alignmentBytes = 1;
  /** The end of the longest of a union, or of what there is so far of a struct: in bits. */
  longest = 0;
  #end = 0;
  #run: Run | undefined;

  constructor(readonly options: LayoutOptions) {}

  add(name: string, declared: Declared): void {
    const { pack, isUnion } = this.options;
    if (isUnion) {
      this.#end = 0;
      this.#run = undefined;
    }
    if (isBits(declared)) this.#bits(name, declared);
    else {
      const {
        type,
        own,
        isAnonymous: nameless,
      } = isRoom(declared)
        ? { type: undefined, own: declared.room.alignmentBytes, isAnonymous: false }
        : typeIn(declared);
      const alignment = Math.min(own, pack ?? own);
      const offsetBytes = roundUp(Math.ceil(this.#end / 8), alignment);
      this.#end = 8 * (offsetBytes + (isRoom(declared) ? declared.room.sizeBytes : (type as FieldType).sizeBytes));
      if (this.#run !== undefined) this.#run.endBytes = offsetBytes;
      this.#run = undefined;
      this.alignmentBytes = Math.max(this.alignmentBytes, alignment);
      if (type !== undefined)
        this.placed.push({ name, type, isAnonymous: nameless, firstBit: 8 * offsetBytes, run: undefined });
    }
    this.longest = Math.max(this.longest, this.#end);
  }

  #bits(name: string, type: BitsType): void {
    const { pack } = this.options;
    const firstBit = firstBitOf(type, this.#end, pack !== undefined);
    this.#end = firstBit + type.width;
    // A gap of no bits ends a run: what follows is another memory location in C.
    if (type.width === 0 && this.#run !== undefined) this.#run.endBytes = firstBit / 8;
    if (type.width === 0 || this.#run === undefined)
      this.#run = { startBytes: Math.floor(firstBit / 8), endBytes: Infinity };
    if (type.isUnnamed) return;
    this.placed.push({ name, type, isAnonymous: false, firstBit, run: this.#run });
    const own = type.base.alignmentBytes;
    this.alignmentBytes = Math.max(this.alignmentBytes, Math.min(own, pack ?? own));
  }

  /** Runs that nothing ended end with the whole. */
  end(sizeBytes: number): void {
    for (const { run } of this.placed) if (run?.endBytes === Infinity) run.endBytes = sizeBytes;
  }
}

/** Places fields in their order. */
export function layOut(members: readonly Member[], options: LayoutOptions): Layout {
  const placing = new Placing(options);
  for (const [name, type] of members) placing.add(name, type);
  const alignmentBytes = Math.max(placing.alignmentBytes, options.align ?? 1);
  const sizeBytes = roundUp(Math.ceil(placing.longest / 8), alignmentBytes);
  placing.end(sizeBytes);
  const parts = placing.placed.map((field) =>
    field.run === undefined
      ? {
          name: field.name,
          type: field.type as FieldType,
          isAnonymous: field.isAnonymous,
          offsetBytes: field.firstBit / 8,
        }
      : placeBits(field),
  );
  return { parts, sizeBytes, alignmentBytes, endBytes: Math.ceil(placing.longest / 8) };
}

/** The fields of a view: those of parts without a name are fields of the whole. */
export function fieldsOf(parts: readonly Part[]): FieldPlace[] {
  return parts.flatMap(({ isAnonymous: nameless, name, type, offsetBytes, bits }): FieldPlace[] => {
    if (!nameless) return [{ name, type, offsetBytes, ...(bits === undefined ? {} : { bits }) }];
    return (type as unknown as StructType).fields.map((field) => ({
      ...field,
      offsetBytes: field.offsetBytes + offsetBytes,
      ...(field.bits === undefined ? {} : { bits: { ...field.bits, firstBit: field.bits.firstBit + 8 * offsetBytes } }),
    }));
  });
}
