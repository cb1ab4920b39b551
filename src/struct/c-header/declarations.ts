// All declarations of a header, one after the other. One that cannot be read is skipped to its end, and is an error
// only for who needs it.
import { isAttributeNext, takeAttributes } from "./attributes.js";
import type { BuildOptions } from "./build.js";
import { expressionOf } from "./constants.js";
import { takeDeclarator } from "./declarator.js";
import type { CInteger, Expression } from "./expression.js";
import { CHeaderError } from "./header-error.js";
import { findScope, isLayoutMacro, notKnown, takeName } from "./names.js";
import { declareRefused, isOtherInScope, takeConstant, takeOther } from "./others.js";
import { Packing } from "./packing.js";
import { attemptRead, type Reading, type Specifiers } from "./reading.js";
import type { Registry, Scope } from "./scope.js";
import { bodiesIn, skipDeclaration, skipFunction } from "./skip.js";
import { takeSpecifiers } from "./specifiers.js";
import { isTypeNext, knownOf, takeTypeId } from "./type-id.js";
import type { Token, TokenCursor } from "./tokens.js";

const MOST_NESTED = 32;
const NOT_KNOWN =
  "it is not known what this is, and a struct follows: put a ; behind it, take it out of the text, or say what it stands for: { defines: … }";
/** Macros of other headers around declarations that C++ programs see too. */
const LINKAGE = /(?:^|_)(?:(?:BEGIN|END)_(?:C_)?DECLS|EXTERN_C(?:_(?:BEGIN|START|END|ENTER|LEAVE))?)_*$/;
const PACKS = /pack|align|push|pop/i;
const BEGINS = /^(struct|union|class|enum|typedef|namespace|using|template|extern|static|const|constexpr|inline)$/;

/** Reads the declarations at a cursor into a scope. */
export class Declarations implements Reading {
  readonly packing = new Packing();
  readonly #expression: Expression;
  #nested = 0;
  scope: Scope;

  constructor(
    readonly cursor: TokenCursor,
    readonly registry: Registry,
    readonly options: BuildOptions,
  ) {
    this.scope = registry.root;
    this.#expression = expressionOf(this);
  }

  specifiers(isTypedef = false): Specifiers {
    return this.inside(this.scope, "types", () => takeSpecifiers(this, isTypedef));
  }

  value(): CInteger {
    return this.inside(this.scope, "expressions", () => expressionOf(this).read());
  }

  argument(): CInteger {
    return expressionOf(this).readArgument();
  }

  alignment(): number {
    const { line, text } = this.cursor.peek();
    if (!isTypeNext(this)) return Number(this.value().value);
    const { type, alignBytes } = knownOf(takeTypeId(this), line, text);
    return alignBytes ?? type.alignmentBytes;
  }

  inside<Read>(scope: Scope, what: string, read: () => Read): Read {
    const { scope: before } = this;
    if (this.#nested >= MOST_NESTED) this.cursor.fail(`${what} are nested too deeply`);
    this.#nested++;
    this.scope = scope;
    try {
      return read();
    } finally {
      this.scope = before;
      this.#nested--;
    }
  }

  /** Reads all that is there. */
  readAll(): void {
    const { cursor } = this;
    const open: Scope[] = []; // what { of namespaces and linkages came from
    while (cursor.peek().kind !== "end") {
      const { place } = cursor;
      const error = attemptRead(() => {
        this.#one(open);
      });
      if (error instanceof CHeaderError) this.#lose(place, error);
      if (cursor.place === place) cursor.next();
    }
  }

  #one(open: Scope[]): void {
    const { cursor } = this;
    const { kind, text } = cursor.peek();
    if (kind === "pragma") this.packing.apply(cursor.next());
    else if (kind === "unread") this.#unread(cursor.next());
    else if (cursor.take(";")) return;
    else if (cursor.take("}")) this.scope = open.pop() ?? this.scope;
    else if (cursor.is("extern") && cursor.peek(1).kind === "string") {
      cursor.goTo(cursor.place + 2);
      if (cursor.take("{")) open.push(this.scope);
    } else if (cursor.is("namespace") || (cursor.is("inline") && cursor.is("namespace", 1))) this.#namespace(open);
    else if (isOtherInScope(cursor)) takeOther(this);
    else if (kind === "word" && LINKAGE.test(text)) cursor.next();
    else this.#declaration();
  }

  #namespace(open: Scope[]): void {
    const { cursor } = this;
    const isInline = cursor.take("inline");
    cursor.next();
    if (isAttributeNext(cursor)) takeAttributes(cursor, () => this.alignment());
    if (cursor.peek().kind === "word" && cursor.is("=", 1)) {
      const { text } = cursor.next();
      cursor.next();
      const found = findScope(this.scope, takeName(this));
      if (found !== undefined) this.scope.inner.set(text, found);
      cursor.expect(";", "namespace");
      return;
    }
    const before = this.scope;
    let scope = before;
    if (cursor.is("{")) scope = this.#visible(scope, scope.enter("", "namespace"));
    while (!cursor.is("{")) {
      const isEachInline = cursor.take("inline") || isInline;
      const { kind, text } = cursor.next();
      if (kind !== "word") cursor.fail("the name of a namespace is needed here");
      const inner = scope.enter(text, "namespace");
      scope = isEachInline ? this.#visible(scope, inner) : inner;
      if (!cursor.take("::")) break;
    }
    cursor.expect("{", "namespace");
    open.push(before);
    this.scope = scope;
  }

  /** The names of a namespace are found in the one around it too. */
  #visible(around: Scope, inner: Scope): Scope {
    if (!around.others.includes(inner)) around.others.push(inner);
    return inner;
  }

  #declaration(): void {
    const { cursor } = this;
    const { line } = cursor.peek();
    const specifiers = this.specifiers();
    const { isPacked, alignBytes } = specifiers.attributes;
    if (cursor.is(";")) {
      // gcc takes no notice of them there, and whoever wrote them wants another layout.
      if (isPacked || alignBytes !== undefined) this.#misplaced(specifiers, line);
      cursor.next();
      return;
    }
    do {
      const { text } = cursor.peek();
      if (specifiers.tag !== undefined && isLayoutMacro(text)) this.#misplaced(specifiers, line, text);
      const declarator = takeDeclarator(this);
      if (declarator.isFunction) {
        skipFunction(cursor);
        return;
      }
      if (cursor.is("=") || cursor.is("{")) takeConstant(this, specifiers, declarator);
      else if (!cursor.is(",") && !cursor.is(";")) cursor.fail("a declaration should end before this");
    } while (cursor.take(","));
    cursor.expect(";", "a declaration");
  }

  /** The struct that is declared behind attributes, or in front of a macro that can be one, is not read. */
  #misplaced({ tag, attributes }: Specifiers, line: number, macro?: string): void {
    const advice = "it belongs right behind the keyword struct, or right behind its }";
    const error =
      macro === undefined
        ? new CHeaderError(line, attributes.isPacked ? "packed" : "aligned", advice)
        : new CHeaderError(line, macro, notKnown(macro));
    this.registry.lose(error);
    if (tag !== undefined) tag.type = { refused: error.message, error };
  }

  /** A declaration that cannot be read: it is left out, and the structs in it are known as not read. */
  #lose(start: number, error: CHeaderError): void {
    const { cursor } = this;
    cursor.goTo(start);
    const isStray = cursor.peek().kind === "stray" || cursor.is(")") || cursor.is("]");
    const reason = isStray ? error : (this.#skipUnknown() ?? error);
    if (isStray) cursor.next();
    const tokens = cursor.tokens.slice(start, cursor.place);
    this.#refuse(tokens, reason);
  }

  /**
   * Skips to the end of a declaration. @returns an error that is better than the one there is: for a macro from
   * elsewhere that is in front of it
   */
  #skipUnknown(): CHeaderError | undefined {
    const { cursor } = this;
    const first = cursor.peek();
    const { place } = cursor;
    let isMacro = first.kind === "word" && !BEGINS.test(first.text);
    if (isMacro) {
      cursor.next();
      if (cursor.is("(")) {
        if (
          attemptRead(() => {
            cursor.skipBrackets();
          }) instanceof CHeaderError
        )
          cursor.goTo(cursor.tokens.length);
      }
      isMacro = BEGINS.test(cursor.peek().text) && cursor.peek().kind === "word";
    }
    cursor.goTo(place);
    const error = isMacro ? new CHeaderError(first.line, first.text, NOT_KNOWN) : undefined;
    if (isMacro && PACKS.test(first.text)) this.packing.unknown ??= error;
    skipDeclaration(cursor);
    return error;
  }

  /** The structs and enumerations in tokens are not read. */
  #refuse(tokens: readonly Token[], error: CHeaderError): void {
    for (const { name, isEnum } of bodiesIn(tokens)) {
      const known = name === "" ? undefined : this.scope.tags.get(name);
      if (known?.type !== undefined || known?.inside !== undefined) continue; // it was read before what cannot be read
      if (!isEnum) this.registry.lose(error);
      if (name === "") continue;
      declareRefused(this, name, error);
      this.scope.tags.set(name, { name, type: { refused: error.message, error } });
    }
  }

  #unread({ line, text, refused = "", inside = [] }: Token): void {
    const error = new CHeaderError(line, text, refused);
    if (
      inside.some(
        ({ text: word, startsLine }, i) =>
          startsLine && word === "#" && inside[i + 1]?.text === "pragma" && inside[i + 2]?.text === "pack",
      ) ||
      inside.some(({ text: word }) => /pshpack|poppack/i.test(word))
    )
      this.packing.unknown ??= error;
    this.#refuse(inside, error);
    for (const [i, { text: word }] of inside.entries())
      if (word === "typedef") {
        const end = inside.findIndex((token, at) => at > i && token.text === ";");
        const name = inside[end - 1];
        if (name?.kind === "word" && !this.scope.types.has(name.text)) declareRefused(this, name.text, error);
      }
  }
}
