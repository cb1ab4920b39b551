// Macros: what stands for what, also with arguments, # and ##.
import { CHeaderError } from "./header-error.js";
import { tokensOf, type Token } from "./tokens.js";

/** A macro as it is defined. */
export interface Macro {
  readonly body: readonly Token[];
  /** The names of its arguments; undefined: it has none, not even brackets. */
  readonly parameters?: readonly string[];
  /** Why it is not replaced. */
  readonly refused?: string;
}

/** Whether nothing is between a macro's name and the bracket. */
const isGlued = (name: Token, open: Token): boolean => open.at === name.at + name.text.length;

/** The macro of `#define`, from its name on. */
export function macroOf(definition: readonly Token[]): Macro {
  const [name, open] = definition;
  if (name === undefined || open?.text !== "(" || !isGlued(name, open)) return { body: definition.slice(1) };
  const end = definition.findIndex(({ text }) => text === ")");
  if (end < 0) return { body: [], parameters: [], refused: "its list of arguments is not closed" };
  const words = definition.slice(2, end).filter(({ text }) => text !== ",");
  const parameters = words.map(({ text }) => (text === "..." ? "__VA_ARGS__" : text));
  return { body: definition.slice(end + 1), parameters };
}

/** The arguments between the brackets that open at `open`, and where they close; undefined if they do not. */
export function argumentsAt(tokens: readonly Token[], open: number): { given: Token[][]; end: number } | undefined {
  const given: Token[][] = [[]];
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    const { kind, text } = token;
    const isMark = kind === "mark";
    if (isMark && /^[([{]$/.test(text) && depth++ === 0) continue;
    if (isMark && /^[)\]}]$/.test(text) && --depth === 0) return { given, end: i };
    if (isMark && text === "," && depth === 1) given.push([]);
    else given.at(-1)?.push(token);
  }
  return undefined;
}

/**
 * The arguments by name: what is more than the names goes to the last one if that is the rest. @throws CHeaderError for
 * another number of them
 */
function byName(name: Token, parameters: readonly string[], given: readonly Token[][]): Map<string, readonly Token[]> {
  const hasRest = parameters.at(-1) === "__VA_ARGS__";
  const fixed = hasRest ? parameters.length - 1 : parameters.length;
  const isNone = parameters.length === 0 && given.length === 1 && given[0]?.length === 0;
  if (!isNone && (given.length < fixed || (!hasRest && given.length > fixed)))
    throw new CHeaderError(name.line, name.text, `it takes ${String(fixed)} arguments, not ${String(given.length)}`);
  const named = new Map(parameters.map((parameter, i) => [parameter, given[i] ?? []] as const));
  const comma: Token = { ...name, kind: "mark", text: "," };
  if (hasRest)
    named.set(
      "__VA_ARGS__",
      given.slice(fixed).flatMap((one, i) => (i === 0 ? one : [comma, ...one])),
    );
  return named;
}

/** Two tokens as one. */
function pasted(one: Token | undefined, other: Token | undefined): Token[] {
  if (one === undefined || other === undefined) return [one, other].filter((token) => token !== undefined);
  return tokensOf(one.text + other.text).map((token) => ({ ...token, line: one.line, startsLine: false }));
}

/**
 * What a macro with these arguments stands for. `expanded` replaces macros in an argument where neither # nor ## stands
 * beside it.
 * @throws CHeaderError for another number of arguments
 */
export function replaced(
  name: Token,
  { body, parameters = [] }: Macro,
  given: readonly Token[][],
  expanded: (tokens: readonly Token[]) => readonly Token[],
): Token[] {
  const named = byName(name, parameters, given);
  const result: Token[] = [];
  const isPaste = (at: number): boolean => body[at]?.kind === "mark" && body[at].text === "##";
  for (let i = 0; i < body.length; i++) {
    const token = body[i] as Token;
    const argument = token.kind === "word" ? named.get(token.text) : undefined;
    const next = body[i + 1];
    if (token.kind === "mark" && token.text === "#" && next !== undefined && named.has(next.text)) {
      const text = (named.get(next.text) ?? []).map((one) => one.text).join(" ");
      result.push({ ...token, kind: "string", text: JSON.stringify(text) });
      i++;
    } else if (isPaste(i) && next !== undefined) {
      const [first, ...others] = named.get(next.text) ?? [next];
      result.push(...pasted(result.pop(), first), ...others);
      i++;
    } else if (argument === undefined) result.push(token);
    else result.push(...(isPaste(i + 1) ? argument : expanded(argument)));
  }
  return result;
}
