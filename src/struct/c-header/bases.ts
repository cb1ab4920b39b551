// Base structs: the members of a struct with bases as a struct of C would have them at the same places.
import { isBits, unnamedBits } from "../bits.js";
import type { FieldType, IntegerType } from "../field-type.js";
import type { Member } from "../layout.js";
import { u16, u32, u64, u8 } from "../scalars.js";
import type { ClassFacts } from "./class-facts.js";
import { CHeaderError } from "./header-error.js";
import { Placing, alignmentOf } from "./placing.js";

/** A base with its name and what is known of it. */
export interface Base {
  readonly name: string;
  readonly type: FieldType;
  readonly facts: ClassFacts;
}

/** What a struct and its bases make together. */
export interface Joined {
  readonly members: readonly Member[];
  readonly pack: number | undefined;
  readonly alignBytes: number;
}

const UNCLEAR =
  "compilers differ on whether members go into the padding at its end, because of the constructor, destructor or assignment that is defaulted or " +
  "deleted: fill it with a member";

/** Bits of no width: what follows begins at a multiple of `bytes`, and no bit-field goes on with one before. */
const gapTo = (bytes: number): Member => {
  const types: Readonly<Record<number, unknown>> = { 1: u8, 2: u16, 4: u32, 8: u64 };
  return ["gap", unnamedBits(types[bytes] as IntegerType, 0)];
};

/**
 * Whether the members of a base go in one by one, so that what follows can be in the padding at its end. @throws
 * CHeaderError if that is not clear
 */
function isOpen({ facts, type, name }: Base, line: number): boolean {
  const hasPadding = facts.endBytes < type.sizeBytes;
  if (facts.isPod === undefined && hasPadding) throw new CHeaderError(line, name, UNCLEAR);
  return facts.isPod === false && hasPadding;
}

/**
 * The members of the bases, and then its own ones. A base that is a POD is one member without a name; of any other one
 * the members go in, so that what follows begins where they end.
 * @throws CHeaderError for what compilers lay out differently
 */
export function joinBases(
  bases: readonly Base[],
  own: readonly Member[],
  pack: number | undefined,
  line: number,
): Joined {
  const alignments = bases.map(({ type }) => Math.min(type.alignmentBytes, pack ?? Infinity));
  const alignBytes = Math.max(1, ...alignments);
  const open = bases.map((base) => isOpen(base, line));
  const isPlain = bases.every(
    ({ facts }, i) => open[i] === false || (facts.pack === pack && (i === 0 || (alignments[i] ?? 1) <= 8)),
  );
  if (!isPlain) {
    const placing = new Placing(line);
    for (const [i, base] of bases.entries()) {
      placing.align(alignments[i] ?? 1);
      if (open[i] === true) placing.add(base.facts.members, base.facts.pack, placing.endBytes);
      else placing.add([[base.name, { anonymous: base.type }]], 1, placing.endBytes);
    }
    placing.add(own, pack, 0);
    const ownAlignments = own.map(([, declared]) => (isBits(declared) ? 1 : alignmentOf(declared)));
    const most = Math.max(alignBytes, ...ownAlignments.map((bytes) => Math.min(bytes, pack ?? bytes)));
    return { members: placing.members, pack: undefined, alignBytes: most };
  }
  const members = bases.flatMap((base, i): readonly Member[] => {
    if (open[i] === false) return [[base.name, { anonymous: base.type }]];
    return i === 0 ? base.facts.members : [gapTo(alignments[i] ?? 1), ...base.facts.members];
  });
  return { members: [...members, gapTo(1), ...own], pack, alignBytes };
}
