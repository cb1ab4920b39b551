// Names with :: in them, and what they mean where they stand.
import { CHeaderError } from "./header-error.js";
import { isTypeWord, type CType } from "./known-types.js";
import type { Reading } from "./reading.js";
import { typeIn, type Constant, type Forward, type Scope } from "./scope.js";
import type { Token, TokenCursor } from "./tokens.js";

/** A name as it is written. */
export interface Name {
  readonly line: number;
  readonly parts: readonly string[];
  /** It begins with ::. */
  readonly isGlobal: boolean;
  /** It began with std::, which is no part of it: what is known of there has no names of its own. */
  readonly isStd: boolean;
}

/** What an error calls it. */
export const nameText = ({ parts, isGlobal, isStd }: Name): string =>
  (isGlobal ? "::" : "") + (isStd ? "std::" : "") + parts.join("::");

/** What to do about a type that is not known. */
export function passType(name: Name): string {
  const text = nameText(name);
  return `declare it before, or pass it as { types: { ${text.includes("::") ? JSON.stringify(text) : text}: … } }`;
}

const KEYWORD = /^(struct|union|class|enum|typedef|namespace|using|template|public|private|protected)$/;
const NO_NAME = /^(const|volatile|__attribute__|__attribute|__declspec|alignas|_Alignas)$/;

/** Whether a word begins a declaration, or is between two of them: it is no name. */
export const isKeyword = (word: string): boolean => KEYWORD.test(word) || isTypeWord(word);

/** Whether a name is next, of whatever kind. */
export const isNameNext = (cursor: TokenCursor, ahead = 0): boolean => {
  const { kind, text } = cursor.peek(ahead);
  return kind === "word" && !isKeyword(text) && !NO_NAME.test(text);
};

/**
 * Whether a word is what headers call a macro that packs or aligns: nothing else is called that in them, and not to
 * know it would be another layout.
 */
export const isLayoutMacro = (word: string): boolean =>
  /(?:^|_)(?:PACK|PACKED|ALIGN|ALIGNED)(?:_|\d|$)|^_*(?:packed|aligned)_*$/.test(word);

/** Whether what is next cannot follow a type: what is before it is a macro. */
export function isBehindMacro(cursor: TokenCursor): boolean {
  const { kind, text } = cursor.peek();
  if (kind === "end" || cursor.is("}") || cursor.is("(")) return true;
  if (kind !== "word" || NO_NAME.test(text)) return false;
  return isKeyword(text) || isNameNext(cursor, 1);
}

/** What to do about a word that is perhaps a macro. */
export const notKnown = (word: string, isCalled = false): string => {
  const how = isCalled ? `with #define ${word}(…) in front of it` : `with { defines: { ${word}: … } }`;
  return `it is not known what this is: if it is a macro, say what it stands for, ${how}`;
};

/** The same of the word that is `back` tokens before the cursor. */
export const macroAdvice = (cursor: TokenCursor, back = 0): string =>
  notKnown(cursor.peek(-back).text, cursor.is("(", 1 - back));

/** Takes a name, whose first word is perhaps taken already. @throws CHeaderError */
export function takeName({ cursor }: Reading, first?: Token): Name {
  const { line } = first ?? cursor.peek();
  const isGlobal = first === undefined && cursor.take("::");
  const word = first ?? cursor.next();
  if (word.kind !== "word") throw new CHeaderError(word.line, word.text, word.refused ?? "a name is needed here");
  const parts = [word.text];
  while (cursor.is("::") && cursor.peek(1).kind === "word") {
    cursor.next();
    parts.push(cursor.next().text);
  }
  const isStd = parts[0] === "std" && parts.length > 1;
  return { line, parts: isStd ? parts.slice(1) : parts, isGlobal, isStd };
}

/** What `look` finds of the last part, in what the parts before name. */
function find<Found>(
  scope: Scope,
  { parts, isGlobal }: Name,
  look: (scope: Scope, last: string) => Found | undefined,
): Found | undefined {
  const last = parts.at(-1) ?? "";
  if (parts.length === 1 && !isGlobal) return scope.outward((each) => look(each, last));
  let at: Scope | undefined = scope;
  if (isGlobal) while (at.parent !== undefined) at = at.parent;
  for (const [i, part] of parts.slice(0, -1).entries()) {
    const inner = (each: Scope): Scope | undefined => each.inner.get(part) ?? each.tags.get(part)?.inside;
    at = i === 0 && !isGlobal ? at.outward(inner) : at.here(inner);
    if (at === undefined) return undefined;
  }
  return at.here((each) => look(each, last));
}

/** The type of a name, if it is one. */
export const findType = (scope: Scope, name: Name): CType | Forward | undefined =>
  find(scope, name, typeIn) ?? scope.outward((each) => each.types.get(nameText(name))); // types that are passed can have any name

/** The constant of a name, if it is one. */
export const findConstant = (scope: Scope, name: Name): Constant | undefined =>
  find(scope, name, (each, last) => each.constants.get(last));

/** The namespace, the struct or the enumeration of a name. */
export const findScope = (scope: Scope, name: Name): Scope | undefined =>
  find(scope, name, (each, last) => each.inner.get(last) ?? each.tags.get(last)?.inside);
