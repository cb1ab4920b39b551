// What of a header lays nothing out: functions, variables, assertions. And which declarations are that.
import type { TokenCursor } from "./c-tokens.js";

/** Whether a struct, a union or an enum is next, with a body or alone: perhaps behind `static const`. */
export function isTagNext(cursor: TokenCursor): boolean {
  let at = 0;
  while (/^(static|extern|const|volatile)$/.test(cursor.peek(at).text)) at++;
  if (!/^(struct|union|enum)$/.test(cursor.peek(at).text)) return false;
  at++;
  if (cursor.peek(at).kind === "word" && cursor.is("(", at + 1)) return true; // an attribute
  if (cursor.peek(at).kind === "word") at++;
  return ["{", ";", ":"].some((mark) => cursor.is(mark, at));
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

/** Behind the ; that ends a declaration, or behind the body of a function. @throws CHeaderError if it does not end */
export function skipDeclaration(cursor: TokenCursor): void {
  let hasValue = false;
  while (!cursor.take(";")) {
    if (cursor.is("=")) hasValue = true;
    const isBody = cursor.is("{");
    if (isBody || cursor.is("(") || cursor.is("[")) cursor.skipBrackets();
    else if (cursor.peek().kind === "end") cursor.fail("a ; is missing");
    else cursor.next();
    if (isBody && !hasValue) return;
  }
}
