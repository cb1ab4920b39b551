// What changes how structs are packed, in all the ways in which headers say it: `#pragma`, its operators, and
// Microsoft's headers for it.
import { CHeaderError } from "./header-error.js";
import { textOf, type Line } from "./directives.js";
import { tokensOf, type Token } from "./tokens.js";

// Pragmas that change layouts in a way that is not followed.
const REFUSED = ["ms_struct", "scalar_storage_order", "options", "align"];

/** What a pragma is to the compiler: nothing if it is not about layouts. */
export function pragmaOf(pragma: Line): Token | undefined {
  const [name] = pragma;
  if (name === undefined) return undefined;
  const token: Token = { ...name, kind: "pragma", text: textOf(pragma) };
  if (REFUSED.includes(name.text)) return { ...token, refused: "it changes the layout in a way that is not read" };
  return name.text === "pack" ? token : undefined;
}

/** The pragma that `#include <pshpack1.h>` or `#include <poppack.h>` stands for. */
export function pragmaIncluded(include: Line): Token | undefined {
  const [first] = include;
  const file = include.map(({ text }) => text).join("");
  const [, packed, popped] = /(?:\b|^)(?:pshpack(1|2|4|8|16)|(poppack))\.h[>"]$/i.exec(file) ?? [];
  if (first === undefined || (packed === undefined && popped === undefined)) return undefined;
  return { ...first, kind: "pragma", text: packed === undefined ? "pack ( pop )" : `pack ( push , ${packed} )` };
}

/** The tokens with `_Pragma("…")` and `__pragma(…)` as pragmas. @throws CHeaderError */
export function withPragmas(tokens: Line): Token[] {
  const result: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    const isOperator = token.kind === "word" && (token.text === "_Pragma" || token.text === "__pragma");
    if (!isOperator || tokens[i + 1]?.text !== "(") {
      result.push(token);
      continue;
    }
    const end = closing(tokens, i + 1);
    const inside = tokens.slice(i + 2, end);
    const made = pragmaOf(token.text === "__pragma" ? inside : written(inside, token));
    if (made !== undefined) result.push({ ...made, line: token.line });
    i = end;
  }
  return result;
}

function closing(tokens: Line, open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const { text, kind } = tokens[i] as Token;
    if (kind === "mark" && text === "(") depth++;
    else if (kind === "mark" && text === ")" && --depth === 0) return i;
  }
  const { line, text } = tokens[open - 1] as Token;
  throw new CHeaderError(line, text, "its bracket is not closed");
}

/** The pragma in the string of `_Pragma`. */
function written([string, ...more]: Line, { line, text }: Token): Line {
  if (string?.kind !== "string" || more.length > 0) throw new CHeaderError(line, text, "it needs one string");
  return tokensOf(string.text.slice(1, -1).replaceAll(/\\(["\\])/g, "$1"));
}
