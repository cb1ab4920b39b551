// Names that a header has declared so far, where C++ would find them: in namespaces, structs and enumerations, from the
// inside out.
import type { FieldType } from "../field-type.js";
import type { DeclaredEnum } from "./build.js";
import type { CHeaderError } from "./header-error.js";
import type { CInteger } from "./expression.js";
import { knownTypes, type CType, type Refused, type TypeOptions } from "./known-types.js";
import { givenTags } from "./std-types.js";

/** A tag of a struct, a union or an enumeration. */
export interface Tag {
  readonly name: string;
  /** undefined: it is not defined so far. */
  type?: CType;
  /** The name that a typedef gave it before it was defined. */
  alias?: string;
  /** The names in it. */
  inside?: Scope;
  /** The constants, of an enumeration. */
  listed?: DeclaredEnum;
}

/** A tag that is not defined where it is used. */
export interface Forward {
  readonly forward: Tag;
}

/** A constant, or why it has no value. */
export type Constant = CInteger | Refused;

/** A struct, a union or another type that the header itself declares. */
export interface Declared {
  readonly name: string;
  /** With the names of namespaces and structs around it. */
  readonly path: string;
  readonly type: CType | Forward;
}

/** Names of one namespace, one struct or one enumeration. Types and tags have names of their own, as in C. */
export class Scope {
  readonly types = new Map<string, CType | Forward>();
  readonly tags = new Map<string, Tag>();
  readonly constants = new Map<string, Constant>();
  /** Which constants are those of enumerations. */
  readonly enumerators = new Set<string>();
  /** Tags that are those of structs in structs. */
  readonly leaked = new Set<Tag>();
  readonly inner = new Map<string, Scope>();
  /** Where names are looked for too: base structs, namespaces of `using`. */
  readonly others: Scope[] = [];

  constructor(
    readonly name: string,
    readonly kind: "namespace" | "struct" | "enum",
    readonly parent: Scope | undefined,
  ) {}

  /** The path of a name that is declared here. */
  pathOf(name: string): string {
    const own = this.parent === undefined ? "" : this.parent.pathOf(this.name);
    return own === "" ? name : name === "" ? own : `${own}::${name}`;
  }

  /** The namespace or the struct of that name, made if there is none. */
  enter(name: string, kind: Scope["kind"]): Scope {
    let found = this.inner.get(name);
    if (found === undefined || name === "") {
      found = new Scope(name, kind, this);
      this.inner.set(name, found);
    }
    return found;
  }

  /** What `look` finds here, or in the bases. */
  here<Found>(look: (scope: Scope) => Found | undefined, seen = new Set<Scope>()): Found | undefined {
    if (seen.has(this)) return undefined;
    seen.add(this);
    const own = look(this);
    if (own !== undefined) return own;
    for (const other of this.others) {
      const found = other.here(look, seen);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What `look` finds here or further out. */
  outward<Found>(look: (scope: Scope) => Found | undefined): Found | undefined {
    return this.here(look) ?? this.parent?.outward(look);
  }

  /** The innermost namespace around. */
  get namespace(): Scope {
    return this.kind === "namespace" || this.parent === undefined ? this : this.parent.namespace;
  }
}

/** The type behind a tag. */
export const tagType = (tag: Tag): CType | Forward => tag.type ?? { forward: tag };

/** A name of a type, or a tag, which is one in C++. */
export function typeIn(scope: Scope, name: string): CType | Forward | undefined {
  const found = scope.types.get(name);
  if (found === undefined) {
    const tag = scope.tags.get(name);
    return tag === undefined ? undefined : tagType(tag);
  }
  return "forward" in found ? tagType(found.forward) : found;
}

/** The tag of a name where it is defined, which is here, or where it is only named, which can be further out. */
export function tagIn(scope: Scope, name: string, isDefined: boolean): Tag {
  const known = isDefined ? scope.tags.get(name) : scope.outward((each) => each.tags.get(name));
  if (known !== undefined && !(isDefined && scope.leaked.has(known))) return known;
  const tag: Tag = { name };
  (isDefined ? scope : scope.namespace).tags.set(name, tag);
  return tag;
}

/** A type where one is needed. */
export function resolved<Found extends object>(found: Found | Forward): Found | Refused {
  if (!("forward" in found)) return found;
  const { type, name } = found.forward;
  return (type as Found | undefined) ?? { refused: `${name} is not defined before this` };
}

/** What the header itself declares, and which structs of it cannot be read. */
export class Registry {
  readonly declared: Declared[] = [];
  /** Structs with a body that cannot be read. */
  readonly lost: CHeaderError[] = [];
  readonly #structNames = new Set<string>();

  constructor(readonly root: Scope) {}

  add(scope: Scope, name: string, type: CType | Forward): void {
    this.declared.push({ name, path: scope.pathOf(name), type });
  }

  lose(error: CHeaderError | undefined): void {
    if (error !== undefined) this.lost.push(error);
  }

  /** A name that no struct has in C so far: its own, or with those of what is around it. */
  structName(scope: Scope, name: string): string {
    const long = scope.pathOf(name).replaceAll("::", "_");
    let found = [name, long].find((one) => !this.#structNames.has(one));
    for (let i = 2; found === undefined; i++)
      if (!this.#structNames.has(`${long}_${String(i)}`)) found = `${long}_${String(i)}`;
    this.#structNames.add(found);
    return found;
  }
}

/**
 * Makes the tags and the constants of enumerations in a struct visible around it, as they are in C, where a struct is
 * no scope. What is there already stays, and a name that two structs have means none of them.
 */
export function leak(from: Scope, into: Scope): void {
  const isTwice = (name: string): Refused => ({
    refused: `there are two of this name: write ${from.pathOf(name)}, or the other one`,
  });
  for (const [name, tag] of from.tags) {
    const there = into.tags.get(name);
    if (there === tag) continue;
    if (there === undefined) {
      into.tags.set(name, tag);
      into.leaked.add(tag);
    } else if (there.type === undefined && tag.type !== undefined) {
      there.type = tag.type;
      if (tag.inside !== undefined) there.inside = tag.inside;
    } else if (into.leaked.has(there)) into.tags.set(name, { name, type: isTwice(name) });
  }
  for (const name of from.enumerators) {
    const value = from.constants.get(name);
    if (value === undefined || into.constants.get(name) === value) continue;
    if (!into.constants.has(name)) into.constants.set(name, value);
    else if (into.enumerators.has(name)) into.constants.set(name, isTwice(name));
    else continue;
    into.enumerators.add(name);
  }
}

/** The scope that a header begins in, with the types that need no declaration and those that the caller gave. */
export function rootScope(options: TypeOptions, given: Readonly<Record<string, FieldType>>): Scope {
  const root = new Scope("", "namespace", undefined);
  for (const [name, type] of knownTypes(options)) root.types.set(name, type);
  for (const [name, type] of Object.entries(given)) root.types.set(name, { type });
  for (const tag of givenTags(options)) {
    root.tags.set(tag.name, tag);
    root.leaked.add(tag); // a header may have its own
  }
  return root;
}
