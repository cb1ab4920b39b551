// The names of types that a header has declared so far, and the tags of its structs and enumerations.
import type { BuildOptions, DeclaredEnum, Specified, Unnamed } from "./build.js";
import { CHeaderError } from "./header-error.js";
import type { Token } from "./tokens.js";
import { knownTypes, type CType, type Refused } from "./known-types.js";
import type { FieldType } from "../field-type.js";
import { isStruct } from "../struct-type.js";

/** A tag that is only named so far. */
export interface Forward {
  readonly forward: string;
}

/** A type where one is needed. */
export const resolved = <Found extends Specified>(found: Found | Forward): Found | Refused =>
  "forward" in found ? { refused: `${found.forward} is not defined before this` } : found;

/** All names. Types and tags have names of their own, as in C. */
export class Scope {
  readonly #types: Map<string, CType | Forward>;
  /** What the header itself declares: names of types, and tags that have no other name. */
  readonly #own = new Set<string>();
  readonly #tags = new Map<string, CType>();
  readonly #enums = new Map<string, DeclaredEnum>();

  constructor(options: BuildOptions, given: Readonly<Record<string, FieldType>>) {
    this.#types = knownTypes(options);
    for (const [name, type] of Object.entries(given)) this.#types.set(name, { type });
  }

  /** The type of a name. @throws CHeaderError */
  typeOf({ text, line }: Token): CType | Forward {
    const known = this.#types.get(text);
    if (known === undefined) {
      const advice = `the type is not known: declare it before, or pass it as { types: { ${text}: … } }`;
      throw new CHeaderError(line, text, advice);
    }
    return "forward" in known ? (this.#tags.get(known.forward) ?? known) : known;
  }

  typeOfTag(tag: string): CType | Forward {
    return this.#tags.get(tag) ?? { forward: tag };
  }

  setTag(tag: string, type: CType): void {
    this.#tags.set(tag, type);
  }

  hasTag(tag: string): boolean {
    return this.#tags.has(tag);
  }

  setEnum(tag: string, declared: DeclaredEnum): void {
    this.#enums.set(tag, declared);
  }

  enumOf(tag: string): DeclaredEnum | undefined {
    return this.#enums.get(tag);
  }

  /** The name that a typedef gave a tag before it was defined. */
  aliasOf(tag: string): string | undefined {
    for (const [name, type] of this.#types) if ("forward" in type && type.forward === tag) return name;
    return undefined;
  }

  /** @throws CHeaderError for a struct that is there already */
  declare(name: string, type: CType | Forward, line: number): void {
    const before = this.#own.has(name) ? this.#types.get(name) : undefined;
    const isOther = before !== undefined && "type" in before && "type" in type && before.type !== type.type;
    if (isOther && (isStruct(before.type) || isStruct(type.type)))
      throw new CHeaderError(line, name, "it is declared twice");
    this.#types.set(name, type);
    this.#own.add(name);
  }

  /** Gives a struct or an enumeration its name, or else its tag as a name. */
  name(base: Specified | Forward, name: string | undefined): CType | Forward {
    if (!("define" in base)) return base;
    const { tag }: Unnamed = base;
    const own = name ?? tag;
    if (own === undefined) return { refused: "it has neither a tag nor a name" };
    const type = base.define(own);
    if (tag !== undefined) this.setTag(tag, type);
    if (name === undefined) this.#own.add(own);
    return type;
  }

  /** What the header declares. */
  declared(): Map<string, CType> {
    const found = new Map<string, CType>();
    for (const name of this.#own) {
      const known = this.#types.get(name) ?? this.#tags.get(name);
      const type = known !== undefined && "forward" in known ? this.#tags.get(known.forward) : known;
      if (type !== undefined) found.set(name, type);
    }
    return found;
  }
}
