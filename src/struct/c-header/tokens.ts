// C text as tokens: comments and joined lines are gone, each token knows its line.
import { CHeaderError } from "./header-error.js";

/**
 * `stray` is a character that begins nothing, `macro` the name of a macro that is not replaced, `unread` the lines of a
 * condition that is not known: errors only where something that is wanted has them, because a function that is skipped
 * may have them too.
 */
export type TokenKind =
  "word" | "number" | "string" | "character" | "mark" | "pragma" | "stray" | "macro" | "unread" | "end";

/** A piece of the text. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
  /** Offset in the text. */
  readonly at: number;
  /** The first of its line: a directive, if it is `#`. */
  readonly startsLine: boolean;
  /** Of a macro and of what is not read: why. */
  readonly refused?: string;
  /** Of what is not read: its tokens. */
  readonly inside?: readonly Token[];
}

const PATTERNS: readonly (readonly [TokenKind | "space", RegExp])[] = [
  ["space", /(?:[ \t\r\f\v\n]|\\\r?\n)+/y],
  ["space", /\/\/(?:\\\r?\n|[^\n])*/y],
  ["space", /\/\*[^]*?\*\//y],
  ["word", /[A-Za-z_]\w*/y],
  ["number", /\.?\d(?:[eEpP][+-]|'\w|[\w.])*/y],
  ["string", /"(?:\\.|[^"\\\n])*"/y],
  ["character", /'(?:\\.|[^'\\\n])+'/y],
  ["mark", /<<=|>>=|\.\.\.|::|->|<<|>>|<=|>=|==|!=|&&|\|\||##|[-+*\/%&|^!~<>=?:;,.(){}[\]#]/y],
  ["stray", /[^]/y],
];

function match(text: string, at: number): [TokenKind | "space", string] {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) return [kind, found[0]];
  }
  return ["stray", text.charAt(at)];
}

/** @throws CHeaderError for a comment that does not end */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let startsLine = true;
  for (let at = 0; at < text.length;) {
    const [kind, found] = match(text, at);
    if (kind === "mark" && text.startsWith("/*", at))
      throw new CHeaderError(line, "/*", "the comment does not end: close it with */");
    if (kind === "space") {
      // Newlines that are joined, or inside a comment, do not end a directive.
      if (!found.startsWith("/") && found.replaceAll(/\\\r?\n/g, "").includes("\n")) startsLine = true;
    } else {
      tokens.push({ kind, text: found, line, at, startsLine });
      startsLine = false;
    }
    for (let i = found.indexOf("\n"); i >= 0; i = found.indexOf("\n", i + 1)) line++;
    at += found.length;
  }
  return tokens;
}

/** Reads tokens one after the other. */
export class TokenCursor {
  #at = 0;
  /** Where a >> is whose first half is taken. */
  #splitAt = -1;

  /** @param lastLine named when something is missing at the end */
  constructor(
    readonly tokens: readonly Token[],
    readonly lastLine: number,
  ) {}

  peek(ahead = 0): Token {
    const token = this.tokens[this.#at + ahead];
    if (token === undefined) return { kind: "end", text: "the end", line: this.lastLine, at: 0, startsLine: true };
    return ahead === 0 && this.#splitAt === this.#at ? { ...token, text: ">" } : token;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  is(text: string, ahead = 0): boolean {
    const { kind, text: found } = this.peek(ahead);
    return found === text && (kind === "mark" || kind === "word");
  }

  /** Takes the next token if it is this one. */
  take(text: string): boolean {
    const isNext = this.is(text);
    if (isNext) this.#at++;
    return isNext;
  }

  /** @throws CHeaderError if the next token is another one */
  expect(text: string, where: string): void {
    if (!this.take(text)) this.fail(`${where} needs ${text} here`);
  }

  /** @throws CHeaderError that names the next token */
  fail(advice: string): never {
    const { line, text, refused } = this.peek();
    throw new CHeaderError(line, text, refused ?? advice);
  }

  /** Takes the > that ends the arguments of a template, also the first one of >>. @throws CHeaderError */
  closeAngle(): void {
    if (this.is(">>")) this.#splitAt = this.#at;
    else this.expect(">", "a template");
  }

  /** Behind the bracket that closes the one that is next. @throws CHeaderError if there is none */
  skipBrackets(): void {
    const open = this.peek();
    const closing: string[] = [];
    do {
      const { kind, text } = this.next();
      const close = { "(": ")", "[": "]", "{": "}" }[text];
      if (kind === "end") throw new CHeaderError(open.line, open.text, "it is not closed");
      if (kind !== "mark") continue;
      if (close !== undefined) closing.push(close);
      else if (text === closing.at(-1)) closing.pop();
    } while (closing.length > 0);
  }

  /** The tokens from a place to here. */
  textFrom(place: number): string {
    return this.tokens
      .slice(place, this.#at)
      .map(({ text }) => text)
      .join(" ");
  }

  /** Where the cursor is, for `goTo`. */
  get place(): number {
    return this.#at;
  }

  goTo(place: number): void {
    this.#at = place;
  }
}
