// What of a header lays nothing out, or cannot be read: to its end.
import { CHeaderError } from "./header-error.js";
import type { Token, TokenCursor } from "./tokens.js";

const KEYWORD = /^(struct|union|class|enum)$/;

/** Whether the braces that are next are those of a struct or an enumeration, not those of a function. */
function isBodyOfTag(cursor: TokenCursor, start: number): boolean {
  for (let back = -1; cursor.place + back >= start; back--) {
    const { kind, text } = cursor.peek(back);
    if (kind === "word" && KEYWORD.test(text)) return true;
    if (kind === "mark" && /^[;{}()=]$/.test(text)) return false;
  }
  return false;
}

/** Behind the brackets that are next, or behind one token. */
function skipOne(cursor: TokenCursor): void {
  if (cursor.is("{") || cursor.is("(") || cursor.is("[")) cursor.skipBrackets();
  else cursor.next();
}

/** Behind the value of a variable or a member, in front of the , or the ; that follows. */
export function skipValue(cursor: TokenCursor): void {
  while (!cursor.is(",") && !cursor.is(";") && !cursor.is("}") && cursor.peek().kind !== "end") skipOne(cursor);
}

/** Behind the ; that ends a declaration, or behind the body of a function. What does not end ends with the text. */
export function skipDeclaration(cursor: TokenCursor): void {
  const { place: start } = cursor;
  let hasValue = false;
  try {
    while (!cursor.take(";")) {
      if (cursor.peek().kind === "end" || cursor.is("}")) return;
      if (cursor.is("=")) hasValue = true;
      const isFunction = cursor.is("{") && !hasValue && !isBodyOfTag(cursor, start);
      skipOne(cursor);
      if (isFunction) {
        cursor.take(";");
        return;
      }
    }
  } catch (error) {
    if (!(error instanceof CHeaderError)) throw error; // a bracket that is not closed
    cursor.goTo(cursor.tokens.length);
  }
}

/**
 * Behind a function: its qualifiers, what it gives back, the values of a constructor's members, its body or the ; that
 * it has instead.
 */
export function skipFunction(cursor: TokenCursor): void {
  while (!cursor.is("{") && !cursor.is(";") && !cursor.is(":") && !cursor.is("=") && cursor.peek().kind !== "end")
    skipOne(cursor);
  if (cursor.take(":"))
    do {
      while (!cursor.is("(") && !cursor.is("{") && !cursor.is(";") && cursor.peek().kind !== "end") cursor.next();
      if (!cursor.is(";")) skipOne(cursor);
      cursor.take("...");
    } while (cursor.take(","));
  if (cursor.is("{")) {
    cursor.skipBrackets();
    while (cursor.take("catch"))
      for (let i = 0; i < 2 && (cursor.is("(") || cursor.is("{")); i++) cursor.skipBrackets();
  } else while (!cursor.take(";") && !cursor.is("}") && cursor.peek().kind !== "end") skipOne(cursor);
}

/** Behind the < > of a template. */
export function skipAngles(cursor: TokenCursor): void {
  let depth = 0;
  do {
    const { kind, text } = cursor.peek();
    if (kind === "end") return;
    if (cursor.is("(") || cursor.is("[") || cursor.is("{")) {
      cursor.skipBrackets();
      continue;
    }
    cursor.next();
    if (kind !== "mark") continue;
    if (text === "<") depth++;
    else if (text === ">") depth--;
    else if (text === ">>") depth -= 2;
  } while (depth > 0);
}

/** A struct, a union or an enumeration with a body. */
export interface Body {
  readonly name: string;
  readonly line: number;
  readonly isEnum: boolean;
}

/** Those of them that tokens have, also in what of them is not read. */
export function bodiesIn(tokens: readonly Token[]): Body[] {
  const found: Body[] = [];
  for (const [i, { kind, text, line, inside }] of tokens.entries()) {
    if (inside !== undefined) found.push(...bodiesIn(inside));
    if (kind !== "word" || !KEYWORD.test(text)) continue;
    let name = "";
    let depth = 0; // of the brackets of attributes
    for (const { kind: next, text: word } of tokens.slice(i + 1, i + 40)) {
      if (next === "mark" && word === "(") depth++;
      else if (next === "mark" && word === ")") depth--;
      if (depth > 0) continue;
      if (next === "mark" && /^[;=>,]$/.test(word)) break;
      if (next === "mark" && word === "{") {
        found.push({ name, line, isEnum: text === "enum" });
        break;
      }
      if (next === "word" && name === "" && !/^(class|struct|__attribute__|__declspec|alignas)$/.test(word))
        name = word;
    }
  }
  return found;
}
