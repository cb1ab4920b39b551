// What the preprocessor does to a header, as far as it matters: macros, conditions, and which pragmas stay.
import { CHeaderError } from "./header-error.js";
import {
  branchesFrom,
  directiveOf,
  fail,
  guardedName,
  isDirective,
  linesOf,
  matters,
  shownLine,
  type Branch,
  type Line,
} from "./directives.js";
import { pragmaIncluded, pragmaOf, withPragmas } from "./pragma.js";
import { Expression, int, type Names } from "./expression.js";
import { argumentsAt, macroOf, replaced, type Macro } from "./macros.js";
import { TokenCursor, tokensOf, type Token } from "./tokens.js";

/** Value of a macro, or false: it is not defined. */
export type Defines = Readonly<Record<string, string | number | boolean>>;

const MOST_TOKENS = 500_000;
const MOST_NESTED = 100;

// As gcc for C on Linux answers. What is in neither list is not known, unless the header or the caller says so.
const DEFINED: Defines = {
  ...{ __linux__: 1, __linux: 1, __unix__: 1, __x86_64__: 1, __x86_64: 1, __amd64__: 1, __LP64__: 1, _LP64: 1 },
  ...{ __GNUC__: 12, __STDC__: 1, __STDC_VERSION__: 201112, __LITTLE_ENDIAN_BITFIELD: 1 },
  ...{ __BYTE_ORDER__: 1234, __ORDER_LITTLE_ENDIAN__: 1234, __ORDER_BIG_ENDIAN__: 4321 },
};
const NOT_DEFINED = ["__cplusplus", "_WIN32", "_WIN64", "_MSC_VER", "__APPLE__", "__i386__", "__arm__", "__aarch64__"];

const WINDOWS: Defines = { _WIN32: 1, _WIN64: 1, _M_X64: 100, _M_AMD64: 100, _AMD64_: 1 };

/** A condition on a name of which nobody said whether it is defined. */
class NotKnown extends Error {
  constructor(readonly macro: string) {
    super(macro);
  }
}

class Preprocessor {
  readonly #macros = new Map<string, Macro>();
  readonly #notDefined = new Set<string>();
  readonly output: Token[] = [];
  #count = 0;

  constructor(defines: Defines) {
    for (const [name, value] of Object.entries(defines)) {
      if (value === false) this.#notDefined.add(name);
      else this.#macros.set(name, { body: tokensOf(value === true ? "1" : String(value)) });
    }
  }

  read(lines: readonly Line[], depth = 0): void {
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] as readonly Token[];
      if (!isDirective(line)) {
        this.#expand(line, new Set(), this.output);
        continue;
      }
      if (/^(if|ifdef|ifndef)$/.test(directiveOf(line))) {
        if (depth > MOST_NESTED) fail(line, "conditions are nested too deeply");
        const { branches, next } = branchesFrom(lines, i);
        this.#condition(branches, depth);
        i = next;
      } else this.#directive(line);
    }
  }

  #directive(line: readonly Token[]): void {
    const name = line[2];
    switch (directiveOf(line)) {
      case "define": {
        if (name?.kind !== "word") fail(line, "a name is missing");
        this.#notDefined.delete(name.text);
        this.#macros.set(name.text, macroOf(line.slice(2)));
        return;
      }
      case "undef":
        if (name === undefined) return;
        this.#macros.delete(name.text);
        this.#notDefined.add(name.text);
        return;
      case "pragma":
        this.#emit(pragmaOf(line.slice(2)));
        return;
      case "error":
        return fail(line, "the header refuses these definitions: pass others as `defines`");
      case "else":
      case "elif":
      case "endif":
        return fail(line, "there is no #if before it");
      case "include":
        this.#emit(pragmaIncluded(line.slice(2)));
        return;
      case "warning":
      case "line":
      case "ident":
      case "include_next":
      case "import":
      case "using":
      case "":
        return;
      default:
        return fail(line, "this directive is not read");
    }
  }

  #emit(pragma: Token | undefined): void {
    if (pragma !== undefined) this.output.push(pragma);
  }

  /** Macros replaced by what they stand for, in the line where they are used. */
  #expand(tokens: readonly Token[], hidden: ReadonlySet<string>, into: Token[], line?: number): void {
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i] as Token;
      if (++this.#count > MOST_TOKENS) throw new CHeaderError(token.line, token.text, "the macros expand to too much");
      const macro = token.kind === "word" && !hidden.has(token.text) ? this.#macros.get(token.text) : undefined;
      const here = line === undefined ? token : { ...token, line };
      const isCalled = macro?.parameters === undefined || tokens[i + 1]?.text === "(";
      if (macro === undefined || !isCalled) {
        into.push(here);
        continue;
      }
      if (hidden.size > MOST_NESTED) throw new CHeaderError(here.line, token.text, "macros are nested too deeply");
      const call = macro.parameters === undefined ? undefined : argumentsAt(tokens, i + 1);
      if (macro.refused !== undefined || (macro.parameters !== undefined && call === undefined)) {
        into.push({ ...here, kind: "macro", refused: macro.refused ?? "its arguments are not closed" });
        continue;
      }
      if (call !== undefined) i = call.end;
      this.#replace(here, macro, call?.given, hidden, into);
    }
  }

  #replace(name: Token, macro: Macro, given: Token[][] | undefined, hidden: ReadonlySet<string>, into: Token[]): void {
    const expanded = (tokens: readonly Token[]): Token[] => {
      const inside: Token[] = [];
      this.#expand(tokens, hidden, inside, name.line);
      return inside;
    };
    let body = macro.body;
    if (given !== undefined)
      try {
        body = replaced(name, macro, given, expanded);
      } catch (error) {
        if (!(error instanceof CHeaderError) || this.#count > MOST_TOKENS) throw error;
        into.push({ ...name, kind: "macro", refused: error.message });
        return;
      }
    this.#expand(body, new Set(hidden).add(name.text), into, name.line);
  }

  #condition(branches: readonly Branch[], depth: number): void {
    let chosen: Branch | undefined;
    try {
      chosen = branches.find((branch) => this.#holds(branch));
    } catch (error) {
      if (error instanceof NotKnown) {
        const { macro } = error;
        const advice = `it is not known whether ${macro} is defined: say it with { defines: { ${macro}: false } }, or true, or a value`;
        this.#unread(branches, advice);
      } else if (error instanceof CHeaderError) this.#unread(branches, error.message);
      else throw error;
    }
    if (chosen !== undefined) this.read(chosen.lines, depth + 1);
  }

  /**
   * Keeps the lines of a condition that is not known as one token, and the macros that they would define as not known.
   */
  #unread(branches: readonly Branch[], refused: string): void {
    if (!branches.some(({ lines }) => matters(lines))) return;
    const head = branches[0]?.head ?? [];
    const lines = branches.flatMap((branch) => branch.lines);
    const [first] = head;
    if (first === undefined) return;
    const text = shownLine(head);
    this.output.push({ ...first, kind: "unread", text, refused, inside: lines.flat() });
    for (const line of lines) {
      const [, , name] = line;
      if (directiveOf(line) !== "define" || name === undefined) continue;
      this.#notDefined.delete(name.text);
      this.#macros.set(name.text, { body: [], refused: `line ${String(first.line)}: ${text}: ${refused}` });
    }
  }

  #holds({ head, lines }: Branch): boolean {
    const [, directive, ...condition] = head;
    if (directive?.text === "else") return true;
    const guarded = guardedName({ head, lines });
    if (guarded !== undefined && !this.#macros.has(guarded)) return true;
    if (directive?.text === "ifdef" || directive?.text === "ifndef") {
      const name = condition[0];
      if (name?.kind !== "word") fail(head, "a name is missing");
      return this.#isDefined(name.text) === (directive.text === "ifdef");
    }
    return this.#evaluate(head, condition);
  }

  #isDefined(name: string): boolean {
    const macro = this.#macros.get(name);
    if (macro !== undefined && macro.refused === undefined) return true;
    if (this.#notDefined.has(name)) return false;
    throw new NotKnown(name);
  }

  #evaluate(head: readonly Token[], condition: readonly Token[]): boolean {
    // `defined X` is looked at before macros are replaced, and only if its answer counts: it becomes a name of its own.
    const plain: Token[] = [];
    for (let i = 0; i < condition.length; i++) {
      const token = condition[i] as Token;
      if (token.text !== "defined") {
        plain.push(token);
        continue;
      }
      const isBracketed = condition[i + 1]?.text === "(";
      const name = condition[i + (isBracketed ? 2 : 1)];
      if (name?.kind !== "word" || (isBracketed && condition[i + 3]?.text !== ")"))
        fail(head, "a name is missing behind defined");
      plain.push({ ...name, text: `defined ${name.text}` });
      i += isBracketed ? 3 : 1;
    }
    const asked: Token[] = [];
    this.#expand(plain, new Set(), asked);
    const names: Names = {
      longBits: 64,
      valueOf: ({ text }, isNeeded) => {
        if (!isNeeded) return int(0);
        const [, name] = text.split(" ");
        if (name !== undefined) return int(this.#isDefined(name));
        if (this.#notDefined.has(text) || text === "false") return int(0);
        if (text === "true") return int(1);
        throw new NotKnown(text);
      },
    };
    const cursor = new TokenCursor(asked, head[0]?.line ?? 0);
    const { value } = new Expression(cursor, names).read();
    if (cursor.peek().kind !== "end") cursor.fail("the condition should end before this");
    return value !== 0n;
  }
}

/**
 * The tokens that are left for the compiler.
 * @param isWindows `_WIN32` is defined and what Linux defines is not
 * @throws CHeaderError
 */
export function preprocess(tokens: readonly Token[], defines: Defines, isWindows: boolean): Token[] {
  const not = (names: readonly string[]): Defines => Object.fromEntries(names.map((name) => [name, false]));
  const platform: Defines = isWindows
    ? { ...not(["__cplusplus", "__linux__", "__unix__", "__APPLE__"]), ...WINDOWS }
    : { ...DEFINED, ...not(NOT_DEFINED) };
  const preprocessor = new Preprocessor({ ...platform, ...defines });
  preprocessor.read(linesOf(tokens));
  return withPragmas(preprocessor.output);
}
