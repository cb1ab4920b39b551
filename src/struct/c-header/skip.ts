// What of a header lays nothing out: functions, variables, assertions. And which declarations are that.
import { CHeaderError } from "./header-error.js";
import type { TokenCursor } from "./tokens.js";

const NOT_KNOWN = "it is not known what this is, and a struct follows: put a ; behind it, or take it out of the text";

function behindBrackets(cursor: TokenCursor, ahead: number): number {
  const { place } = cursor;
  cursor.goTo(place + ahead);
  if (cursor.is("(")) cursor.skipBrackets();
  const end = cursor.place;
  cursor.goTo(place);
  return end - place;
}

/** Whether a struct, a union or an enum is next, with a body or alone: perhaps behind `static const`. */
export function isTagNext(cursor: TokenCursor): boolean {
  let at = 0;
  for (;;) {
    if (/^(static|extern|const|volatile|__extension__)$/.test(cursor.peek(at).text)) at++;
    else if (/^(__attribute__|__attribute|__declspec)$/.test(cursor.peek(at).text)) at = behindBrackets(cursor, at + 1);
    else break;
  }
  if (!/^(struct|union|enum)$/.test(cursor.peek(at).text)) return false;
  const isEnum = cursor.peek(at++).text === "enum";
  if (cursor.peek(at).kind === "word" && cursor.is("(", at + 1)) return true; // an attribute
  if (cursor.peek(at).kind === "word") at++;
  return cursor.is("{", at) || cursor.is(";", at) || (isEnum && cursor.is(":", at));
}

/** Whether a static assertion is next. */
export const isAssertionNext = (cursor: TokenCursor): boolean =>
  cursor.is("_Static_assert") || cursor.is("static_assert");

/** Whether a function, a variable or an assertion is next. */
export function isOtherNext(cursor: TokenCursor): boolean {
  if (isAssertionNext(cursor) || /^(extern|static|inline|__inline|const)$/.test(cursor.peek().text)) return true;
  for (let i = 0; ; i++) {
    const { kind, text } = cursor.peek(i);
    if (kind === "mark" && text === "(") return i > 0;
    if (kind === "end" || kind === "pragma" || (kind === "mark" && text !== "*")) return false;
  }
}

/** Whether what is in the braces that are next is a struct's, an enumeration's: no function's. */
const isBodyOfTag = (cursor: TokenCursor, start: number): boolean =>
  cursor.place > start && [-1, -2].some((at) => /^(struct|union|enum)$/.test(cursor.peek(at).text));

/**
 * Behind the ; that ends a declaration, or behind the body of a function.
 * @param isLenient structs may be lost
 * @throws CHeaderError if it does not end, or has a struct in it: behind a macro that is not known, every declaration looks like a part of it
 */
export function skipDeclaration(cursor: TokenCursor, isLenient: boolean): void {
  const { line, text } = cursor.peek();
  const { place: start } = cursor;
  let hasValue = false;
  while (!cursor.take(";")) {
    if (cursor.is("=")) hasValue = true;
    const isBody = cursor.is("{");
    if (isBody && !isLenient && !hasValue && isBodyOfTag(cursor, start)) throw new CHeaderError(line, text, NOT_KNOWN);
    if (isBody || cursor.is("(") || cursor.is("[")) cursor.skipBrackets();
    else if (cursor.peek().kind === "end") cursor.fail("a ; is missing");
    else cursor.next();
    if (isBody && !hasValue) return;
  }
}
