// What is between the braces of a struct or a union: its members, and what C++ has there besides them.
import { CHeaderError } from "./header-error.js";
import type { Attributes } from "./attributes.js";
import type { DeclaredMember } from "./build.js";
import type { ClassTraits } from "./class-facts.js";
import { takeDeclarator, type Declarator } from "./declarator.js";
import { isNameNext, macroAdvice, notKnown } from "./names.js";
import { functionNext, hasValues, takeStatic } from "./lays-nothing.js";
import { isOtherInScope, takeConstant, takeOther } from "./others.js";
import { attemptRead, type Reading, type Specifiers } from "./reading.js";
import { resolved } from "./scope.js";
import { skipDeclaration, skipFunction, skipValue } from "./skip.js";

/** What is in a struct. */
export interface Body {
  readonly members: readonly DeclaredMember[];
  readonly traits: ClassTraits;
  /** Why it cannot be read: the first reason. */
  readonly error: CHeaderError | undefined;
}

const VIRTUAL = "a struct with virtual functions begins with an address, which means nothing in another process";
const ACCESS = /^(public|private|protected)$/;

class BodyReader {
  readonly members: DeclaredMember[] = [];
  readonly traits: ClassTraits = {
    isUserDefined: false,
    isDefaulted: false,
    hasDefaultValues: false,
    hasHiddenMembers: false,
  };
  error: CHeaderError | undefined;

  /** @param name of the struct, which is what its constructors are called */
  constructor(
    readonly reading: Reading,
    readonly name: string | undefined,
    public isHidden: boolean,
  ) {}

  read(): void {
    const { cursor, packing } = this.reading;
    const { pack } = packing;
    const { line } = cursor.peek();
    cursor.expect("{", "a struct");
    while (!cursor.take("}")) {
      if (cursor.peek().kind === "end")
        throw new CHeaderError(cursor.peek().line, "the end", "the struct is not closed: a } is missing");
      const { place } = cursor;
      const before = { ...this.traits };
      const { length } = this.members;
      const error = attemptRead(() => {
        this.#one();
      });
      if (!(error instanceof CHeaderError)) continue;
      cursor.goTo(place);
      this.members.length = length; // what was taken for a member before the error
      Object.assign(this.traits, before);
      if (this.#laysNothing(error)) continue;
      this.error ??= error;
      skipDeclaration(cursor);
      if (cursor.place === place) cursor.next();
    }
    if (packing.pack !== pack)
      this.error ??= new CHeaderError(
        line,
        "#pragma pack",
        "a pack inside of a struct that goes on behind it is read in two ways: put it before",
      );
  }

  /** Skips a member that cannot be read if the layout is known without it. @returns whether it is */
  #laysNothing(error: CHeaderError): boolean {
    const { cursor, scope } = this.reading;
    const found = functionNext(cursor);
    if (found !== undefined) {
      cursor.goTo(found.place);
      this.#function(found.name === this.name || /^(~.*|operator=)$/.test(found.name));
      return true;
    }
    if (cursor.is("typedef")) {
      skipDeclaration(cursor); // its names are known as not read
      return true;
    }
    const name = takeStatic(cursor);
    if (name !== undefined && !scope.constants.has(name)) scope.constants.set(name, { refused: error.message, error });
    return name !== undefined;
  }

  #one(): void {
    const { reading } = this;
    const { cursor, packing } = reading;
    if (cursor.peek().kind === "pragma") packing.apply(cursor.next());
    else if (cursor.peek().kind === "unread") {
      const { line, text, refused = "" } = cursor.next();
      this.error ??= new CHeaderError(line, text, refused);
    } else if (cursor.take(";")) return;
    else if (ACCESS.test(cursor.peek().text) && cursor.is(":", 1)) {
      this.isHidden = cursor.next().text !== "public";
      cursor.next();
    } else if (isOtherInScope(cursor)) takeOther(reading);
    else if (this.#isSpecialFunction()) this.#specialFunction();
    else this.#declaration();
  }

  /** A constructor, a destructor, or a conversion: a function without a type before its name. */
  #isSpecialFunction(): boolean {
    const { cursor } = this.reading;
    let at = 0;
    while (/^(explicit|constexpr|inline|virtual|consteval)$/.test(cursor.peek(at).text)) at++;
    if (cursor.is("~", at) || cursor.is("operator", at)) return true;
    return this.name !== undefined && cursor.is(this.name, at) && cursor.is("(", at + 1);
  }

  #specialFunction(): void {
    const { cursor } = this.reading;
    const { place } = cursor;
    const { line } = cursor.peek();
    if (cursor.is("virtual")) throw new CHeaderError(line, "virtual", VIRTUAL);
    while (!cursor.is("(")) cursor.next();
    this.#function(!cursor.tokens.slice(place, cursor.place).some(({ text }) => text === "operator"));
  }

  /** Takes a function from its parameters on. `isSpecial`: it is a constructor, a destructor or an assignment. */
  #function(isSpecial: boolean): void {
    const { cursor } = this.reading;
    cursor.skipBrackets();
    const { place } = cursor;
    skipFunction(cursor);
    if (!isSpecial) return;
    if (/= (default|delete) ;?/.test(cursor.textFrom(place))) this.traits.isDefaulted = true;
    else this.traits.isUserDefined = true;
  }

  #declaration(): void {
    const { reading } = this;
    const { cursor } = reading;
    const { place: start } = cursor;
    const { line } = cursor.peek();
    if (cursor.is("virtual")) throw new CHeaderError(line, "virtual", VIRTUAL);
    const specifiers = reading.specifiers();
    if (specifiers.attributes.refused !== undefined) throw specifiers.attributes.refused;
    if (cursor.is(";")) {
      if (specifiers.isNameless) this.#add(specifiers, undefined, line);
      else if (!specifiers.isTag)
        throw new CHeaderError(line, "a member without a name", "give it one: a view reaches it by that");
      cursor.next();
      return;
    }
    do if (!this.#declarator(specifiers, start)) return;
    while (cursor.take(","));
    if (isNameNext(cursor)) cursor.fail(macroAdvice(cursor));
    cursor.expect(";", "a member");
  }

  /** @returns whether others can follow: not behind a function */
  #declarator(specifiers: Specifiers, start: number): boolean {
    const { cursor } = this.reading;
    if (cursor.is("operator") || (cursor.is("&") && cursor.is("operator", 1))) {
      while (!cursor.is("(") && cursor.peek().kind !== "end") cursor.next();
      const isAssignment = cursor.tokens[cursor.place - 1]?.text === "=";
      if (cursor.is("(") && cursor.is(")", 1)) cursor.goTo(cursor.place + 2); // operator()
      this.#function(isAssignment);
      return false;
    }
    const { place } = cursor;
    const declarator = takeDeclarator(this.reading);
    const { name, line, isFunction, width, attributes } = declarator;
    if (isFunction) {
      if (hasValues(cursor.tokens.slice(place, cursor.place)))
        throw new CHeaderError(line, name ?? "(", notKnown(name ?? "", true));
      skipFunction(cursor);
      return false;
    }
    const isDefault = cursor.is("=") || cursor.is("{");
    if (specifiers.isStatic) {
      if (isDefault) takeConstant(this.reading, specifiers, declarator);
      return true;
    }
    if (isDefault) {
      this.traits.hasDefaultValues = true;
      skipValue(cursor);
    }
    if (attributes.refused !== undefined) throw attributes.refused;
    if (name === undefined && width === undefined) cursor.fail("a name is needed here");
    this.#add(specifiers, declarator, line, start);
    return true;
  }

  #add(specifiers: Specifiers, declarator: Declarator | undefined, line: number, start = 0): void {
    const { cursor } = this.reading;
    const all: Attributes[] = [specifiers.attributes, ...(declarator === undefined ? [] : [declarator.attributes])];
    const aligns = all.map(({ alignBytes }) => alignBytes ?? 0);
    if (this.isHidden) this.traits.hasHiddenMembers = true;
    const { name, dimensions = [], width, isPointer = false, isOdd = false } = declarator ?? {};
    this.members.push({
      ...{ name, line, dimensions, width },
      isOdd,
      pointerText: isPointer ? cursor.textFrom(start) : undefined,
      base: resolved(specifiers.base),
      isAtomic: specifiers.isAtomic,
      isAnonymous: declarator === undefined,
      isPacked: all.some(({ isPacked }) => isPacked),
      alignBytes: Math.max(...aligns) === 0 ? undefined : Math.max(...aligns),
    });
  }
}

/** Takes the members of a struct from its { to behind its }. @throws CHeaderError if it is not closed */
export function takeBody(reading: Reading, name: string | undefined, isHidden: boolean): Body {
  const body = new BodyReader(reading, name, isHidden);
  body.read();
  return body;
}
