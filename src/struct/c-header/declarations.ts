// The grammar of a header's declarations: typedefs, structs, enumerations and their members.
import {
  attempt,
  enumFrom,
  structFrom,
  withDimensions,
  type BuildOptions,
  type DeclaredMember,
  type Specified,
  type Unnamed,
} from "./build.js";
import { Constants } from "./constants.js";
import { takeAttributes, takeDeclarator, takeQualifiers, type Declarator } from "./declarator.js";
import { CHeaderError } from "./header-error.js";
import { Packing } from "./packing.js";
import { resolved, type Forward, type Scope } from "./scope.js";
import { isAssertionNext, isOtherNext, isTagNext, skipDeclaration } from "./skip.js";
import type { TokenCursor } from "./tokens.js";
import { POINTER_REFUSED, isTypeWord, typeOfWords, type CType, type Refused } from "./known-types.js";

const MOST_NESTED = 32;
const UNION_REFUSED = "its members share bytes, which views do not: keep the largest member, or the bytes (uint8_t[n])";
const PACKED_ELSEWHERE = "pack the whole struct: put __attribute__((packed)) right behind its }";
const PACKED_TWICE = "gcc and clang differ on bit-fields that are packed and in a #pragma pack: use one of them";

type Base = Specified | Forward;

/** Reads the declarations at a cursor into a scope. */
export class Declarations {
  readonly #constants: Constants;
  readonly #packing = new Packing();
  #nested = 0;

  /** @param isLenient a struct that cannot be read is an error only when it is used */
  constructor(
    readonly cursor: TokenCursor,
    readonly scope: Scope,
    readonly options: BuildOptions,
    readonly isLenient: boolean,
  ) {
    this.#constants = new Constants(cursor, options.dataModel === "LP64" ? 64 : 32, () => this.#sizeOf());
  }

  /** Reads all that is there. @throws CHeaderError */
  readAll(): void {
    const { cursor } = this;
    let linkages = 0; // extern "C" { that are open
    while (cursor.peek().kind !== "end") {
      if (cursor.is("extern") && cursor.peek(1).kind === "string" && cursor.is("{", 2)) {
        cursor.goTo(cursor.place + 3);
        linkages++;
      } else if (linkages > 0 && cursor.take("}")) linkages--;
      else this.#external();
    }
  }

  #external(): void {
    const { cursor } = this;
    while (cursor.is("__extension__") && !isTagNext(cursor)) cursor.next();
    if (cursor.peek().kind === "pragma") this.#packing.apply(cursor.next());
    else if (cursor.take(";")) return;
    else if (cursor.take("typedef")) this.#typedef();
    else if (isTagNext(cursor)) {
      this.#specifiers();
      skipDeclaration(cursor, this.isLenient);
    } else if (isOtherNext(cursor)) skipDeclaration(cursor, this.isLenient);
    else cursor.fail("a typedef, a struct, an enum or a function is expected here");
  }

  #typedef(): void {
    const { cursor, scope } = this;
    const { line: first } = cursor.peek();
    const { base, isAtomic } = this.#specifiers(true);
    if (isAtomic) throw new CHeaderError(first, "_Atomic", "a typedef of it is not read: put it before the members");
    const declarators: Declarator[] = [];
    do declarators.push(takeDeclarator(cursor, this.#constants.readInteger));
    while (cursor.take(","));
    cursor.expect(";", "a typedef");
    const plain = declarators.find(({ isPointer, dimensions }) => !isPointer && dimensions.length === 0);
    const known = scope.name(base, plain?.name);
    for (const declarator of declarators) {
      const { name, line, width } = declarator;
      if (name === undefined || width !== undefined)
        throw new CHeaderError(line, "typedef", "it needs a name, and has no bits");
      scope.declare(name, this.#typeOfName(name, declarator, known), line);
    }
  }

  #typeOfName(name: string, { isPointer, dimensions, line }: Declarator, known: CType | Forward): CType | Forward {
    if (isPointer) return { refused: POINTER_REFUSED };
    if (dimensions.length > 0)
      return attempt(line, name, () => withDimensions(resolved(known), dimensions, this.options, line, name));
    // An integer with the name of an enum's tag is what holds its values, see toCHeader.
    const listed = this.scope.enumOf(name);
    if (listed === undefined || !("type" in known) || !("isSigned" in known.type) || "values" in known.type)
      return known;
    return { type: enumFrom(name, listed, known.type, this.options) };
  }

  #specifiers(isTypedef = false): { base: Base; isAtomic: boolean } {
    const { cursor } = this;
    const start = cursor.peek();
    const words: string[] = [];
    let base: Base | undefined;
    let isAtomic = false;
    for (;;) {
      takeQualifiers(cursor);
      if (takeAttributes(cursor)) throw new CHeaderError(start.line, "packed", PACKED_ELSEWHERE);
      const { kind, text } = cursor.peek();
      if (kind !== "word") break;
      if (text === "_Atomic") {
        cursor.next();
        isAtomic = true;
        if (!cursor.take("(")) continue;
        if (++this.#nested > MOST_NESTED) cursor.fail("types are nested too deeply");
        ({ base } = this.#specifiers());
        this.#nested--;
        cursor.expect(")", "_Atomic");
      } else if (text === "static" || text === "extern") cursor.next();
      else if (isTypeWord(text) && base === undefined) words.push(cursor.next().text);
      else if (base !== undefined || words.length > 0) break;
      else if (text === "struct" || text === "union") base = this.#structOrUnion(isTypedef);
      else if (text === "enum") base = this.#enum(isTypedef);
      else base = this.scope.typeOf(cursor.next());
    }
    if (words.length > 0) base = typeOfWords(words, this.options);
    if (base !== undefined) return { base, isAtomic };
    if (words.length === 0) cursor.fail("a type is needed here");
    throw new CHeaderError(start.line, words.join(" "), "it is no type that is read");
  }

  #structOrUnion(isTypedef: boolean): Base {
    const { cursor, scope, options } = this;
    const { text: keyword, line } = cursor.next();
    const isPackedBefore = takeAttributes(cursor);
    const tag = cursor.peek().kind === "word" ? cursor.next().text : undefined;
    if (!cursor.is("{"))
      return tag === undefined ? cursor.fail(`${keyword} needs a tag or { here`) : scope.typeOfTag(tag);
    if (tag !== undefined && scope.hasTag(tag))
      throw new CHeaderError(line, `${keyword} ${tag}`, "it is defined twice");
    const { place } = cursor;
    const members = this.#leniently(() => {
      if (keyword === "union") throw new CHeaderError(line, "union", UNION_REFUSED);
      return this.#body();
    });
    if ("refused" in members) {
      cursor.goTo(place);
      cursor.skipBrackets();
    }
    const isPacked = takeAttributes(cursor) || isPackedBefore;
    const { pack: around } = this.#packing;
    const make = (name: string, all: readonly DeclaredMember[]): CType => {
      const hasBits = all.some(({ width }) => width !== undefined);
      if (isPacked && hasBits && around !== undefined && around > 1)
        throw new CHeaderError(line, "packed", PACKED_TWICE);
      return { type: structFrom(name, line, all, isPacked ? 1 : around, options) };
    };
    const define = (name: string): CType =>
      "refused" in members ? members : this.#leniently(() => make(name, members));
    return this.#tagged({ tag, define }, isTypedef);
  }

  /** Defines a tag at once, unless a typedef is about to give it a name. */
  #tagged(unnamed: Unnamed, isTypedef: boolean): Base {
    const { tag } = unnamed;
    return tag === undefined || isTypedef ? unnamed : this.scope.name(unnamed, this.scope.aliasOf(tag));
  }

  /** What is made, or why it is not where that is no error yet. */
  #leniently<Made extends object>(make: () => Made): Made | Refused {
    const nested = this.#nested;
    try {
      return make();
    } catch (error) {
      if (!this.isLenient || !(error instanceof CHeaderError)) throw error;
      this.#nested = nested;
      return { refused: error.message, error };
    }
  }

  #body(): DeclaredMember[] {
    const { cursor } = this;
    const members: DeclaredMember[] = [];
    if (++this.#nested > MOST_NESTED) cursor.fail("structs are nested too deeply");
    cursor.expect("{", "a struct");
    while (!cursor.take("}")) {
      if (cursor.peek().kind === "end") cursor.fail("the struct is not closed: a } is missing");
      if (cursor.peek().kind === "pragma") cursor.fail("a pack inside of a struct: put it before");
      if (isAssertionNext(cursor)) skipDeclaration(cursor, this.isLenient);
      else if (!cursor.take(";")) this.#member(members);
    }
    this.#nested--;
    return members;
  }

  #member(members: DeclaredMember[]): void {
    const { cursor } = this;
    const { place: start } = cursor;
    const { line } = cursor.peek();
    const isEnum = cursor.is("enum");
    const { base, isAtomic } = this.#specifiers();
    if (cursor.is(";") && !isEnum)
      throw new CHeaderError(line, "a member without a name", "give it one: a view reaches its parts by it");
    if (cursor.take(";")) return;
    do {
      const { isPointer, name, ...others } = takeDeclarator(cursor, this.#constants.readInteger);
      if (isPointer) throw new CHeaderError(others.line, cursor.textFrom(start), POINTER_REFUSED);
      if (name === undefined && others.width === undefined) cursor.fail("a name is needed here");
      members.push({ ...others, name, base: resolved(base), isAtomic });
    } while (cursor.take(","));
    cursor.expect(";", "a member");
  }

  #enum(isTypedef: boolean): Base {
    const { cursor, scope, options } = this;
    const { line } = cursor.next();
    if (takeAttributes(cursor))
      throw new CHeaderError(line, "a packed enum", "give it a type instead: enum Name : uint8_t");
    const tag = cursor.peek().kind === "word" ? cursor.next().text : undefined;
    const base = cursor.take(":") ? this.#specifiers().base : undefined;
    if (base !== undefined && !("type" in base)) throw new CHeaderError(line, "enum", "its type must be an integer");
    if (!cursor.is("{")) return tag === undefined ? cursor.fail("enum needs a tag or { here") : scope.typeOfTag(tag);
    if (tag !== undefined && scope.hasTag(tag)) throw new CHeaderError(line, `enum ${tag}`, "it is defined twice");
    const declared = { line, values: this.#constants.readList() };
    if (tag !== undefined) scope.setEnum(tag, declared);
    if (takeAttributes(cursor))
      throw new CHeaderError(line, "a packed enum", "give it a type instead: enum Name : uint8_t");
    return this.#tagged(
      { tag, define: (name) => ({ type: enumFrom(name, declared, base?.type, options) }) },
      isTypedef,
    );
  }

  #sizeOf(): number {
    const { cursor } = this;
    cursor.expect("(", "sizeof");
    const { line, text } = cursor.peek();
    const { base } = this.#specifiers();
    const isPointer = cursor.take("*");
    cursor.expect(")", "sizeof");
    if (isPointer) return 8;
    if (!("type" in base)) throw new CHeaderError(line, `sizeof(${text})`, "the size is not known here");
    return base.type.sizeBytes;
  }
}
