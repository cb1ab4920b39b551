// What C++ has to know of a struct besides its members when it is a base of another one: the Itanium ABI puts members
// into the padding at the end of a base, unless the base is what C++98 calls a POD.
import type { FieldType } from "../field-type.js";
import type { Member } from "../layout.js";
import type { Scope } from "./scope.js";

/** Whether it is a POD; undefined: compilers, and versions of them, differ. */
export type Pod = boolean | undefined;

/** What is kept of a struct that was read. */
export interface ClassFacts {
  readonly isPod: Pod;
  /** All its members, those of its bases too, as a struct of C has them. */
  readonly members: readonly Member[];
  readonly pack: number | undefined;
  /** Where its last member ends. */
  readonly endBytes: number;
  /** The structs without members that it is made of. */
  readonly empties: ReadonlySet<string>;
  readonly inside: Scope;
}

/** Its declaration, as far as it decides what the struct is to C++. */
export interface ClassTraits {
  /** A constructor, a destructor or an assignment that the struct defines itself. */
  isUserDefined: boolean;
  /** One that is defaulted or deleted. */
  isDefaulted: boolean;
  hasDefaultValues: boolean;
  hasHiddenMembers: boolean;
}

const facts = new WeakMap<FieldType, ClassFacts>();

export const keepFacts = (type: FieldType, kept: ClassFacts): void => {
  facts.set(type, kept);
};

/** undefined for what is no struct of a header. */
export const factsOf = (type: FieldType): ClassFacts | undefined => facts.get(type);

const elementOf = (type: FieldType): FieldType => {
  const { element } = type as { readonly element?: FieldType };
  return element === undefined ? type : elementOf(element);
};

/** Whether a struct of such a declaration, with members of these types, is a POD. */
export function podOf(traits: ClassTraits, hasBases: boolean, isAtomic: boolean, types: readonly FieldType[]): Pod {
  if (hasBases || isAtomic || traits.isUserDefined || traits.hasDefaultValues || traits.hasHiddenMembers) return false;
  const pods = types.map((type) => {
    const found = facts.get(elementOf(type));
    return found === undefined ? true : found.isPod;
  });
  if (pods.includes(false)) return false;
  return traits.isDefaulted || pods.includes(undefined) ? undefined : true;
}

/** Whether compilers pack it into a struct around it each in their own way: a struct that is aligned and no POD. */
export const isStubborn = (type: FieldType): boolean => {
  const element = elementOf(type);
  return element.alignmentBytes > 1 && facts.has(element) && facts.get(element)?.isPod !== true;
};

/** The structs without members that types are made of. */
export const emptiesIn = (types: readonly FieldType[]): string[] =>
  types.flatMap((type) => [...(facts.get(elementOf(type))?.empties ?? [])]);
