// Enumerations: with and without a tag, with the integer that they are said to be, with names of their own.
import { NO_ATTRIBUTES, isAttributeNext, joined, takeAttributes } from "./attributes.js";
import { enumFrom, packedBase, type DeclaredEnum, type Unnamed } from "./build.js";
import { int, type CInteger } from "./expression.js";
import { CHeaderError } from "./header-error.js";
import { integerType, type CType } from "./known-types.js";
import { attemptRead, type Reading } from "./reading.js";
import { resolved, type Constant, type Forward, type Scope, type Tag } from "./scope.js";
import { plainType } from "./type-id.js";

/** What there is of an enumeration where it is named. */
export interface EnumRead {
  readonly base: Unnamed | CType | Forward;
  readonly hasBody: boolean;
  readonly tag: Tag | undefined;
}

/** The tag of a name where it is defined, or else where it is only named. */
export type TagFor = (name: string, isDefined: boolean) => Tag;

function declare(scope: Scope, name: string, value: Constant): void {
  scope.constants.set(name, value);
  scope.enumerators.add(name);
}

/** The constants between { and }. @returns them, or the first error: the others are known then as far as they can be */
function readList(reading: Reading, inside: Scope, into: readonly Scope[]): Map<string, bigint> | CHeaderError {
  const { cursor } = reading;
  const values = new Map<string, bigint>();
  let error: CHeaderError | undefined;
  let next: CInteger | undefined = int(0);
  cursor.expect("{", "an enum");
  while (!cursor.take("}")) {
    const { kind, text, line, refused } = cursor.next();
    if (kind !== "word") throw new CHeaderError(line, text, refused ?? "the name of a constant is needed here");
    if (isAttributeNext(cursor)) takeAttributes(cursor, () => reading.alignment());
    const isGiven = cursor.take("=");
    const read: CInteger | CHeaderError | undefined = isGiven
      ? attemptRead(() => reading.inside(inside, "enums", () => reading.value()))
      : next;
    if (read instanceof CHeaderError) {
      error ??= read;
      while (!cursor.is(",") && !cursor.is("}") && cursor.peek().kind !== "end") cursor.next();
    }
    const isTwice = into[0]?.constants.has(text) === true && into[0].enumerators.has(text);
    if (isTwice) error ??= new CHeaderError(line, text, "there are two constants of this name");
    const value: CInteger | undefined = read instanceof CHeaderError ? undefined : read;
    const constant: Constant =
      isTwice || value === undefined ? { refused: error?.message ?? "its value is not known" } : value;
    for (const scope of into) declare(scope, text, constant);
    if (value !== undefined) values.set(text, value.value);
    next = value === undefined ? undefined : { ...value, value: value.value + 1n };
    if (!cursor.is("}")) cursor.expect(",", "an enum");
  }
  return error ?? values;
}

/** Takes `: type`. @throws CHeaderError for what is no integer */
function takeBase(reading: Reading): CType | undefined {
  const { cursor } = reading;
  const { line } = cursor.peek();
  if (!cursor.take(":")) return undefined;
  const specifiers = attemptRead(() => reading.specifiers());
  if (specifiers instanceof CHeaderError) {
    while (!cursor.is("{") && !cursor.is(";") && cursor.peek().kind !== "end") cursor.next();
    return { refused: specifiers.message, error: specifiers };
  }
  const base = plainType(resolved(specifiers.base));
  if ("type" in base && !("isSigned" in base.type)) throw new CHeaderError(line, "enum", "its type must be an integer");
  return base;
}

/** Takes an enumeration from its keyword on. @throws CHeaderError */
export function takeEnum(reading: Reading, tagFor: TagFor): EnumRead {
  const { cursor, options, scope, registry } = reading;
  const { line } = cursor.next();
  const attributesHere = () =>
    isAttributeNext(cursor) ? takeAttributes(cursor, () => reading.alignment()) : NO_ATTRIBUTES;
  const isScoped = cursor.take("class") || cursor.take("struct");
  let attributes = attributesHere();
  const name = cursor.peek().kind === "word" ? cursor.next().text : undefined;
  if (name !== undefined && cursor.is("::")) cursor.fail("an enum in another scope is not read here");
  const given = takeBase(reading);
  const hasBody = cursor.is("{");
  if (name === undefined && !hasBody) cursor.fail("enum needs a tag or { here");
  const tag = name === undefined ? undefined : tagFor(name, hasBody || given !== undefined);
  const usual: CType | undefined = isScoped ? { type: integerType("i32", options) } : undefined;
  const base = given ?? usual;
  if (!hasBody) {
    if (tag !== undefined && tag.type === undefined && base !== undefined) tag.type = base;
    return { base: tag?.type ?? { forward: tag as Tag }, hasBody, tag };
  }
  if (tag?.type !== undefined && tag.inside !== undefined)
    throw new CHeaderError(line, `enum ${tag.name}`, "it is defined twice");
  const inside = scope.enter(name ?? "", "enum");
  if (tag !== undefined) tag.inside = inside;
  const values = readList(reading, inside, isScoped ? [inside] : [scope, inside]);
  attributes = joined(attributes, attributesHere());
  const error = values instanceof CHeaderError ? values : attributes.refused;
  if (error !== undefined || values instanceof CHeaderError)
    return { base: refusedOf(name, error as CHeaderError), hasBody, tag };
  if (base !== undefined && "refused" in base) {
    if (tag !== undefined) tag.type = base;
    return { base, hasBody, tag };
  }
  const integer = base?.type ?? (attributes.isPacked ? packedBase(values, options) : undefined);
  const declared: DeclaredEnum = { line, values, isScoped };
  const define = (own: string): CType => {
    const made = attemptRead(() => enumFrom(registry.structName(scope, own), declared, integer, options));
    return made instanceof CHeaderError ? { refused: made.message, error: made } : { type: made };
  };
  if (tag !== undefined) tag.listed = declared;
  return { base: { tag: name, define }, hasBody, tag };
}

function refusedOf(name: string | undefined, error: CHeaderError): Unnamed {
  return { tag: name, define: () => ({ refused: error.message, error }) };
}
