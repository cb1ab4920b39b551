// Declarations that are alike in a struct and outside of one: typedefs, aliases, constants, and what lays nothing out.
import { attempt, enumFrom, withDimensions } from "./build.js";
import { converted } from "./constants.js";
import { takeDeclarator, type Declarator } from "./declarator.js";
import { CHeaderError } from "./header-error.js";
import { POINTER_REFUSED, type CType, type KnownType } from "./known-types.js";
import { findScope, findType, isLayoutMacro, isNameNext, notKnown, takeName } from "./names.js";
import { attemptRead, type Reading, type Specifiers } from "./reading.js";
import { resolved, type Constant, type Forward } from "./scope.js";
import { bodiesIn, skipAngles, skipDeclaration, skipValue } from "./skip.js";
import { plainType, takeTypeId } from "./type-id.js";
import type { TokenCursor } from "./tokens.js";

const OTHER = /^(using|typedef|friend|template|static_assert|_Static_assert|C_ASSERT)$/;
const TEMPLATE = "a template has no layout of its own: write the struct that it makes";

/** Whether a declaration of this kind is next. */
export const isOtherInScope = (cursor: TokenCursor): boolean =>
  cursor.peek().kind === "word" && OTHER.test(cursor.peek().text);

/** Takes such a declaration. @throws CHeaderError */
export function takeOther(reading: Reading): void {
  const { cursor } = reading;
  const { text } = cursor.peek();
  if (text === "typedef") takeTypedef(reading);
  else if (text === "using") takeUsing(reading);
  else if (text === "template") takeTemplate(reading);
  else skipDeclaration(cursor);
}

/** A type is declared under a name. @throws CHeaderError for a struct of that name that is there already */
function declareType({ scope, registry }: Reading, name: string, type: CType | Forward, line: number): void {
  const before = registry.declared.find((one) => one.name === name && one.path === scope.pathOf(name))?.type;
  const known = before === undefined ? undefined : resolved(before);
  const isStruct = (one: CType | Forward): boolean => "type" in one && "fields" in one.type;
  const isOther = known !== undefined && "type" in known && "type" in type && known.type !== type.type;
  if (isOther && (isStruct(known) || isStruct(type))) throw new CHeaderError(line, name, "it is declared twice");
  scope.types.set(name, type);
  if (before === undefined || isOther) registry.add(scope, name, type);
}

function typedefType(
  reading: Reading,
  specifiers: Specifiers,
  declarator: Declarator,
  known: CType | Forward,
): CType | Forward {
  const { name = "", isPointer, isFunction, dimensions, line, attributes } = declarator;
  const { options, scope } = reading;
  if (isPointer || isFunction) return { refused: POINTER_REFUSED, isPointer: true };
  const refused = specifiers.attributes.refused ?? attributes.refused;
  if (refused !== undefined) return { refused: refused.message, error: refused };
  if (specifiers.attributes.isPacked || attributes.isPacked)
    throw new CHeaderError(line, "packed", "pack the whole struct: put __attribute__((packed)) right behind its }");
  const aligns = [specifiers.attributes.alignBytes, attributes.alignBytes].filter((bytes) => bytes !== undefined);
  let type = known;
  if (dimensions.length > 0)
    type = attempt(line, name, () => withDimensions(plainType(resolved(known)), dimensions, options, line, name));
  if (aligns.length > 0) {
    const plain = plainType(resolved(type));
    return "type" in plain ? { ...plain, alignBytes: Math.max(...aligns) } : plain;
  }
  // An integer with the name of an enum's tag is what holds its values, see toCHeader.
  const listed = scope.tags.get(name)?.listed;
  const isInteger = "type" in type && "isSigned" in type.type && !("values" in type.type);
  return listed !== undefined && isInteger ? { type: enumFrom(name, listed, (type as KnownType).type, options) } : type;
}

/** The type behind a typedef's specifiers; a struct or an enumeration gets its name now. */
function namedBase({ base }: Specifiers, name: string | undefined, reading: Reading): CType | Forward {
  if (!("define" in base)) {
    if ("forward" in base && name !== undefined) base.forward.alias ??= name;
    return base;
  }
  const own = name ?? base.tag;
  if (own === undefined) return { refused: "it has neither a tag nor a name" };
  const type = base.define(own);
  if (name === undefined) reading.registry.add(reading.scope, own, type);
  return type;
}

function takeTypedef(reading: Reading): void {
  const { cursor } = reading;
  const { place: start } = cursor;
  const { line } = cursor.next();
  const specifiers = attemptRead(() => reading.specifiers(true));
  if (specifiers instanceof CHeaderError) {
    refuseNames(reading, start, specifiers);
    throw specifiers;
  }
  const declarators = attemptRead(() => {
    const found: Declarator[] = [];
    do found.push(takeDeclarator(reading));
    while (cursor.take(","));
    return found;
  });
  if (declarators instanceof CHeaderError) {
    refuseNames(reading, start, declarators);
    namedBase(specifiers, undefined, reading);
    throw declarators;
  }
  const plain = declarators.find((each) => !each.isPointer && !each.isFunction && each.dimensions.length === 0);
  if (isNameNext(cursor)) {
    const isNext = isLayoutMacro(cursor.peek().text) || cursor.is("(", 1);
    const { text, line: there } = cursor.peek(isNext ? 0 : -1);
    const error = new CHeaderError(there, text, notKnown(text, cursor.is("(", isNext ? 1 : 0)));
    refuseNames(reading, start, error);
    for (const { name } of declarators)
      if (name !== undefined && !reading.scope.types.has(name)) declareRefused(reading, name, error);
    if (specifiers.isTag) reading.registry.lose(error);
    if (specifiers.tag !== undefined) specifiers.tag.type = { refused: error.message, error };
    throw error;
  }
  const known = namedBase(specifiers, plain?.name, reading);
  cursor.expect(";", "a typedef");
  for (const declarator of declarators) {
    const { name, width } = declarator;
    if (name === undefined || width !== undefined)
      throw new CHeaderError(line, "typedef", "it needs a name, and has no bits");
    const type = attemptRead(() => {
      if (specifiers.isAtomic)
        throw new CHeaderError(line, "_Atomic", "a typedef of it is not read: put it before the members");
      return typedefType(reading, specifiers, declarator, known);
    });
    declareType(
      reading,
      name,
      type instanceof CHeaderError ? { refused: type.message, error: type } : type,
      declarator.line,
    );
  }
}

/** The names of a typedef that cannot be read: the last words before a , or the ;. */
function refuseNames(reading: Reading, start: number, error: CHeaderError): void {
  const { cursor, scope } = reading;
  cursor.goTo(start);
  skipDeclaration(cursor);
  const names = new Set<string>();
  let last: string | undefined;
  let depth = 0;
  for (const { kind, text } of cursor.tokens.slice(start, cursor.place)) {
    if (kind === "mark" && /^[[({]$/.test(text)) depth++;
    if (kind === "mark" && /^[\])}]$/.test(text)) depth--;
    if (depth === 0 && kind === "word") last = text;
    if (depth === 0 && kind === "mark" && /^[,;]$/.test(text) && last !== undefined) names.add(last);
  }
  for (const name of names) if (!scope.types.has(name)) declareRefused(reading, name, error);
  cursor.goTo(start);
}

/** Declares what could not be read: whoever needs it is told why it is not there. */
export function declareRefused(reading: Reading, name: string, error: CHeaderError): void {
  const type: CType = { refused: error.message, error };
  reading.scope.types.set(name, type);
  reading.registry.add(reading.scope, name, type);
}

function takeUsing(reading: Reading): void {
  const { cursor, scope } = reading;
  const { place: start } = cursor;
  cursor.next();
  if (cursor.take("namespace")) {
    const found = findScope(scope, takeName(reading));
    if (found !== undefined) scope.others.push(found);
    cursor.expect(";", "using");
  } else if (cursor.peek().kind === "word" && cursor.is("=", 1)) {
    const { text: name, line } = cursor.next();
    cursor.next();
    const type = attemptRead(() => takeTypeId(reading));
    if (type instanceof CHeaderError) declareRefused(reading, name, type);
    else declareType(reading, name, type, line);
    cursor.goTo(start);
    skipDeclaration(cursor);
  } else {
    cursor.take("typename");
    const name = takeName(reading);
    const type = findType(scope, name);
    if (type !== undefined) scope.types.set(name.parts.at(-1) ?? "", type);
    cursor.goTo(start);
    skipDeclaration(cursor);
  }
}

/** A template is no type; the name of a struct that is one says so where it is asked for. */
function takeTemplate(reading: Reading): void {
  const { cursor } = reading;
  while (cursor.take("template")) if (cursor.is("<")) skipAngles(cursor);
  const { place } = cursor;
  const isStruct = /^(struct|union|class)$/.test(cursor.peek().text);
  skipDeclaration(cursor);
  const [first] = isStruct ? bodiesIn(cursor.tokens.slice(place, cursor.place)) : [];
  if (first !== undefined && first.name !== "")
    declareRefused(reading, first.name, new CHeaderError(first.line, first.name, TEMPLATE));
}

/** The value of a variable, kept if it is a constant that an array can have as its length. The cursor is at = or {. */
export function takeConstant(
  reading: Reading,
  specifiers: Specifiers,
  { name, line, isPointer, dimensions }: Declarator,
): void {
  const { cursor, scope } = reading;
  const { place } = cursor;
  if (specifiers.isConstant && name !== undefined && !isPointer && dimensions.length === 0) {
    const value = attemptRead((): Constant => {
      const isBraced = cursor.next().text === "{" || cursor.take("{");
      const found = reading.value();
      if (isBraced) cursor.expect("}", "a value");
      if (!cursor.is(",") && !cursor.is(";")) cursor.fail("the value of a constant should end before this");
      const type = plainType(resolved(specifiers.base));
      return "type" in type ? converted(found, type.type, line, name) : specifiers.isAuto ? found : type;
    });
    scope.constants.set(name, value instanceof CHeaderError ? { refused: value.message, error: value } : value);
  }
  cursor.goTo(place);
  if (cursor.is("{")) cursor.skipBrackets();
  skipValue(cursor);
}
