// Members that lay nothing out, told from those that do although a type in them is not known: functions, and what is
// static.
import { isAttributeNext } from "./attributes.js";
import { isTypeWord } from "./known-types.js";
import { attemptRead } from "./reading.js";
import { CHeaderError } from "./header-error.js";
import { skipAngles, skipDeclaration } from "./skip.js";
import { takeQualifiers } from "./type-words.js";
import type { Token, TokenCursor } from "./tokens.js";

/** A member function: what it is called, and where the bracket of its parameters is. */
export interface FoundFunction {
  /** Of a destructor with ~, of an operator `operator=`. */
  readonly name: string;
  readonly place: number;
}

const TAG = /^(struct|union|class|enum)$/;
/** What only a function has behind its parameters; ; and { can also follow a macro behind a member. */
const ONLY_FUNCTION = /^(const|volatile|noexcept|override|final|throw|requires|try|->|&|&&)$/;

/** Whether values are between brackets, which no function is declared with: `PAD(3)` is a macro. */
export function hasValues(tokens: readonly Token[]): boolean {
  let depth = 0;
  return tokens.some(({ kind, text }, i) => {
    if (kind === "mark" && /^[({[<]$/.test(text)) depth++;
    else if (kind === "mark" && /^[)}\]>]$/.test(text)) depth--;
    else if (kind === "mark" && text === ">>") depth -= 2;
    const isValue = kind === "number" || kind === "string" || kind === "character";
    return depth === 1 && isValue && /^[(,]$/.test(tokens[i - 1]?.text ?? "");
  });
}

/** What was seen before a name. */
interface Seen {
  /** What can only be a type: `int`, `Vec<3>`, `Box *`. */
  readonly isType: boolean;
  /** Whether that is right before the name. */
  readonly isDirect: boolean;
  /** How many names that can be types as well as macros. */
  readonly names: number;
}

/** Behind a part of a type. @returns undefined if there is none */
function takePart(cursor: TokenCursor, seen: Seen): Seen | undefined {
  const type: Seen = { isType: true, isDirect: true, names: seen.names };
  const { kind, text } = cursor.peek();
  if (text === "*" || text === "&" || text === "&&") {
    cursor.next();
    return seen.isType || seen.names > 0 ? type : undefined;
  }
  if (kind !== "word") return undefined;
  cursor.next();
  if (TAG.test(text)) cursor.next();
  else if (text === "decltype") cursor.skipBrackets();
  else if (text !== "auto" && !isTypeWord(text)) return undefined;
  return type;
}

/** Behind a name, with what it is in: `a::b<3>::c`. */
function takePath(cursor: TokenCursor): { last: string; isType: boolean } {
  cursor.take("::");
  let { text: last } = cursor.next();
  let isType = false;
  for (;;) {
    if (cursor.is("<")) {
      skipAngles(cursor);
      isType = true;
    } else if (cursor.is("::")) {
      cursor.next();
      last = `${cursor.take("~") ? "~" : ""}${cursor.next().text}`;
      isType = false;
    } else return { last, isType };
  }
}

/** Whether what is behind the parameters is the rest of a function. */
function isRestOfFunction(cursor: TokenCursor, isSure: boolean): boolean {
  const { text } = cursor.peek();
  if (ONLY_FUNCTION.test(text)) return true;
  if (cursor.is("=") && /^(default|delete)$/.test(cursor.peek(1).text)) return true;
  return isSure && (cursor.is(";") || cursor.is("{") || cursor.is(":") || isAttributeNext(cursor));
}

function look(cursor: TokenCursor): FoundFunction | undefined {
  let seen: Seen = { isType: false, isDirect: false, names: 0 };
  for (;;) {
    takeQualifiers(cursor);
    if (isAttributeNext(cursor)) {
      if (!cursor.is("[")) cursor.next();
      cursor.skipBrackets();
      continue;
    }
    const { place } = cursor;
    const { kind, text } = cursor.peek();
    if (text === "virtual") return undefined;
    if (text === "operator") {
      cursor.next();
      if (cursor.is("(") && cursor.is(")", 1)) cursor.goTo(cursor.place + 2);
      while (!cursor.is("(") && !cursor.is(";") && cursor.peek().kind !== "end") cursor.next();
      const name = cursor.textFrom(place).replaceAll(" ", "");
      return cursor.is("(") ? { name, place: cursor.place } : undefined;
    }
    if (cursor.is("~") && cursor.is("(", 2)) return { name: `~${cursor.peek(1).text}`, place: place + 2 };
    const part = takePart(cursor, seen);
    if (part !== undefined) {
      seen = part;
      continue;
    }
    cursor.goTo(place);
    if (kind !== "word" && !cursor.is("::")) return undefined;
    const { last, isType } = takePath(cursor);
    if (cursor.is("(")) {
      // `int a GUARDED_BY(lock);` is a member with a macro behind it, `API Box a(int);` can be one.
      const isSure = seen.isDirect || (seen.names === 1 && !seen.isType);
      const found = { name: last, place: cursor.place };
      if (!isSure && seen.names === 0) return undefined;
      cursor.skipBrackets();
      if (hasValues(cursor.tokens.slice(found.place, cursor.place))) return undefined;
      return isRestOfFunction(cursor, isSure) ? found : undefined;
    }
    seen = isType
      ? { isType: true, isDirect: true, names: seen.names }
      : { isType: seen.isType, isDirect: false, names: seen.names + 1 };
  }
}

/** The function that the member at the cursor is, if it can be nothing else. The cursor stays. */
export function functionNext(cursor: TokenCursor): FoundFunction | undefined {
  const { place } = cursor;
  const found = attemptRead(() => look(cursor));
  cursor.goTo(place);
  return found instanceof CHeaderError ? undefined : found;
}

/** Takes a static member. @returns its name; undefined if the member is not static, and then the cursor stays */
export function takeStatic(cursor: TokenCursor): string | undefined {
  const { place } = cursor;
  skipDeclaration(cursor);
  const tokens = cursor.tokens.slice(place, cursor.place);
  const end = tokens.findIndex(({ kind, text }) => kind === "mark" && /^[={;[(]$/.test(text));
  if (tokens.slice(0, Math.max(end, 0)).some(({ text }) => text === "static")) return tokens[end - 1]?.text ?? "";
  cursor.goTo(place);
  return undefined;
}
