// Members put one by one at places that no struct of C would give them, with the bytes left out between them.
import { isBits } from "../bits.js";
import type { FieldType } from "../field-type.js";
import type { Member } from "../layout.js";
import { isAligned, isAnonymous, isRoom, type Declared } from "../member-types.js";
import { CHeaderError } from "./header-error.js";

type Whole = Exclude<Declared, { width: number }>;

/** What a member is aligned to before `pack`. */
export const alignmentOf = (declared: Whole): number => {
  if (isAligned(declared)) return declared.alignBytes;
  if (isRoom(declared)) return declared.room.alignmentBytes;
  return isAnonymous(declared) ? declared.anonymous.alignmentBytes : declared.alignmentBytes;
};

const sizeOf = (declared: Whole): number => {
  if (isAligned(declared)) return sizeOf(declared.aligned);
  if (isRoom(declared)) return declared.room.sizeBytes;
  return isAnonymous(declared) ? declared.anonymous.sizeBytes : declared.sizeBytes;
};

/** The same, aligned to nothing. */
function loose(declared: Whole): Whole {
  const plain = isAligned(declared) ? declared.aligned : declared;
  if (alignmentOf(plain) === 1) return plain;
  if (isRoom(plain)) return { ...plain, room: { ...plain.room, alignmentBytes: 1 } };
  return { aligned: plain as FieldType, alignBytes: 1 };
}

/** Members with their places so far. None is aligned: the struct that they are made into has to be. */
export class Placing {
  readonly members: Member[] = [];
  endBytes = 0;

  /** @param line of the struct */
  constructor(readonly line: number) {}

  /** Leaves bytes out up to a multiple of `bytes`, counted from `begin`. */
  align(bytes: number, begin = 0): void {
    const gap = Math.ceil((this.endBytes - begin) / bytes) * bytes - (this.endBytes - begin);
    if (gap === 0) return;
    const cDeclaration = (member: string): string => `uint8_t ${member}[${String(gap)}]`;
    this.members.push([
      `gap_at_${String(this.endBytes)}`,
      { room: { sizeBytes: gap, alignmentBytes: 1 }, cDeclaration },
    ]);
    this.endBytes += gap;
  }

  /** Puts members as `pack` says, counted from `begin`. @throws CHeaderError for bit-fields */
  add(members: readonly Member[], pack: number | undefined, begin: number): void {
    for (const [name, declared] of members) {
      if (isBits(declared))
        throw new CHeaderError(
          this.line,
          name,
          "bit-fields of a struct that packs in another way than its base are not read",
        );
      const natural = alignmentOf(declared);
      this.align(Math.min(natural, pack ?? natural), begin);
      this.members.push([name, loose(declared)]);
      this.endBytes += sizeOf(declared);
    }
  }
}
