// The part of a declaration behind the type: `*name[3][4]`, `name : 5`.
import { CHeaderError } from "./header-error.js";
import type { TokenCursor } from "./tokens.js";

/** A declarator as it is written. */
export interface Declarator {
  readonly name: string | undefined;
  readonly line: number;
  /** A pointer, or a function. */
  readonly isPointer: boolean;
  readonly dimensions: readonly number[];
  readonly width: number | undefined;
}

const QUALIFIERS = [
  "const",
  "volatile",
  "restrict",
  "__restrict",
  "__extension__",
  "CONST",
  "__unaligned",
  "FAR",
  "NEAR",
];
const HARMLESS_ATTRIBUTES =
  /^_*(unused|deprecated|may_alias|visibility|gcc_struct|nonnull|pure|const|warn_unused_result)_*$/;
const ATTRIBUTE_REFUSED = "this attribute is not read: lay the struct out with members and #pragma pack";
const MOST_DIMENSIONS = 16;

/** Takes `const`, `volatile` and the like. */
export function takeQualifiers(cursor: TokenCursor): void {
  while (cursor.peek().kind === "word" && QUALIFIERS.includes(cursor.peek().text)) cursor.next();
}

/** Takes attributes. @returns whether one of them packs. @throws CHeaderError for one that changes the layout in another way */
export function takeAttributes(cursor: TokenCursor): boolean {
  let isPacked = false;
  for (;;) {
    const { text, line, kind } = cursor.peek();
    if (kind !== "word" || !/^(__attribute__|__attribute|__declspec|_Alignas|alignas)$/.test(text)) return isPacked;
    cursor.next();
    const start = cursor.place;
    if (!cursor.is("(")) cursor.fail(`${text} needs brackets`);
    cursor.skipBrackets();
    if (text.endsWith("lignas")) throw new CHeaderError(line, text, ATTRIBUTE_REFUSED);
    for (const { text: attribute, kind: inside } of cursor.tokens.slice(start, cursor.place)) {
      if (inside !== "word") continue;
      if (/^_*packed_*$/.test(attribute)) isPacked = true;
      else if (text === "__declspec" ? attribute === "align" : !HARMLESS_ATTRIBUTES.test(attribute))
        throw new CHeaderError(line, `${text}(${attribute})`, ATTRIBUTE_REFUSED);
    }
  }
}

/** The name inside the brackets of `(*name)(int)`. */
function takeBracketed(cursor: TokenCursor): string | undefined {
  const start = cursor.place;
  cursor.skipBrackets();
  const words = cursor.tokens.slice(start, cursor.place).filter(({ kind }) => kind === "word");
  return words.at(-1)?.text;
}

function takeDimensions(cursor: TokenCursor, readInteger: () => number): number[] {
  const dimensions: number[] = [];
  while (cursor.is("[")) {
    const { line } = cursor.next();
    if (cursor.is("]"))
      throw new CHeaderError(line, "[]", "an array without a size cannot be in a struct of fixed size: give it one");
    dimensions.push(readInteger());
    cursor.expect("]", "an array");
    if (dimensions.length > MOST_DIMENSIONS)
      throw new CHeaderError(line, "[", `an array has up to ${String(MOST_DIMENSIONS)} dimensions`);
  }
  return dimensions;
}

/** @throws CHeaderError */
export function takeDeclarator(cursor: TokenCursor, readInteger: () => number): Declarator {
  let isPointer = false;
  takeQualifiers(cursor);
  while (cursor.take("*")) {
    isPointer = true;
    takeQualifiers(cursor);
  }
  const { line } = cursor.peek();
  let name: string | undefined;
  if (cursor.is("(")) {
    isPointer = true;
    name = takeBracketed(cursor);
  } else if (cursor.peek().kind === "word") name = cursor.next().text;
  const isFunction = cursor.is("(");
  if (isFunction) cursor.skipBrackets();
  // The sizes behind a pointer need not be known.
  if (isPointer || isFunction) while (cursor.is("[")) cursor.skipBrackets();
  const dimensions = takeDimensions(cursor, readInteger);
  const width = cursor.take(":") ? readInteger() : undefined;
  if (takeAttributes(cursor))
    throw new CHeaderError(
      line,
      name ?? "packed",
      "pack the whole struct: put __attribute__((packed)) right behind its }",
    );
  return { name, line, isPointer: isPointer || isFunction, dimensions, width };
}
