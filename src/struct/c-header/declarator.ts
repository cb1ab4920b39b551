// The part of a declaration behind the type: `*name[3][4]`, `name : 5`, `name(int)`.
import { NO_ATTRIBUTES, isAttributeNext, joined, takeAttributes, type Attributes } from "./attributes.js";
import { CHeaderError } from "./header-error.js";
import { isKeyword } from "./names.js";
import { integerOf, type Reading } from "./reading.js";
import { takeQualifiers } from "./type-words.js";
import type { TokenCursor } from "./tokens.js";

/** A declarator as it is written. */
export interface Declarator {
  readonly name: string | undefined;
  readonly line: number;
  /** Also a reference. */
  readonly isPointer: boolean;
  /** A pointer in brackets with something else: it is not known how many there are. */
  readonly isOdd: boolean;
  /** What is not laid out: its brackets are taken, what follows them is not. */
  readonly isFunction: boolean;
  /** 0 is no element; undefined as a first dimension: [] */
  readonly dimensions: readonly (number | undefined)[];
  readonly width: number | undefined;
  readonly attributes: Attributes;
}

const MOST_DIMENSIONS = 16;

/** A name of a variable or a function, also of another scope's: `Machine::start`, `operator==`. */
function takeDeclared(cursor: TokenCursor): string {
  if (isKeyword(cursor.peek().text)) cursor.fail("a ; is missing before it");
  let { text } = cursor.next();
  while (cursor.take("::")) {
    cursor.take("~");
    if (cursor.peek().kind === "word") ({ text } = cursor.next());
  }
  if (text === "operator") {
    if (cursor.is("(") && cursor.is(")", 1)) cursor.goTo(cursor.place + 2);
    while (!cursor.is("(") && !cursor.is(";") && cursor.peek().kind !== "end") cursor.next();
  }
  return text;
}

/** The name inside the brackets of `(*name)(int)`, and whether it is all that is in them. */
function takeBracketed(cursor: TokenCursor): { name: string | undefined; isOdd: boolean } {
  const start = cursor.place;
  cursor.skipBrackets();
  const inside = cursor.tokens.slice(start, cursor.place);
  const words = inside.filter(({ kind }) => kind === "word");
  return { name: words.at(-1)?.text, isOdd: inside.some(({ text }) => text === "[") };
}

function takeDimensions(reading: Reading): (number | undefined)[] {
  const { cursor } = reading;
  const dimensions: (number | undefined)[] = [];
  while (cursor.is("[") && !isAttributeNext(cursor)) {
    const { line } = cursor.next();
    dimensions.push(cursor.is("]") ? undefined : integerOf(reading));
    cursor.expect("]", "an array");
    if (dimensions.length > MOST_DIMENSIONS)
      throw new CHeaderError(line, "[", `an array has up to ${String(MOST_DIMENSIONS)} dimensions`);
  }
  return dimensions;
}

/** @throws CHeaderError */
export function takeDeclarator(reading: Reading): Declarator {
  const { cursor } = reading;
  const attributesHere = (): Attributes =>
    isAttributeNext(cursor) ? takeAttributes(cursor, () => reading.alignment()) : NO_ATTRIBUTES;
  let isPointer = false;
  takeQualifiers(cursor);
  while (cursor.is("*") || cursor.is("&") || cursor.is("&&")) {
    cursor.next();
    isPointer = true;
    takeQualifiers(cursor);
    attributesHere();
  }
  let attributes = attributesHere();
  const { line } = cursor.peek();
  let name: string | undefined;
  let isOdd = false;
  const isPlain = cursor.is("(") && cursor.peek(1).kind === "word" && cursor.is(")", 2); // (name)
  const isBracketed = cursor.is("(") && !isPlain;
  if (isPlain) {
    name = cursor.peek(1).text;
    cursor.goTo(cursor.place + 3);
  } else if (isBracketed) {
    isPointer = true;
    ({ name, isOdd } = takeBracketed(cursor));
  } else if (cursor.peek().kind === "word") name = takeDeclared(cursor);
  const isFunction = cursor.is("(") && !isBracketed;
  if (cursor.is("(")) cursor.skipBrackets();
  // What a pointer in brackets points to need not be known.
  if (isBracketed) while (cursor.is("[")) cursor.skipBrackets();
  attributes = joined(attributes, attributesHere());
  const dimensions = isFunction ? [] : takeDimensions(reading);
  const width = !isFunction && cursor.take(":") ? integerOf(reading) : undefined;
  attributes = joined(attributes, isFunction ? NO_ATTRIBUTES : attributesHere());
  return { name, line, isPointer, isOdd, isFunction, dimensions, width, attributes };
}
