// Integer constant expressions of C, with the types that C gives their parts: 1 << 31 is negative, 1u << 31 is not.
import { CHeaderError } from "./header-error.js";
import type { Token, TokenCursor } from "./tokens.js";

/** A value with its type: int, unsigned, long or unsigned long. */
export interface CInteger {
  readonly value: bigint;
  readonly bits: 32 | 64;
  readonly isSigned: boolean;
}

/** What an expression can ask for. */
export interface Names {
  readonly longBits: 32 | 64;
  /** The value of a name. @throws CHeaderError */
  valueOf(name: Token): CInteger;
  /** The size of the type in brackets behind `sizeof`. @throws CHeaderError */
  sizeOf(cursor: TokenCursor): number;
}

const MOST_NESTED = 100;

const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** An int. */
export const int = (value: number | bigint | boolean): CInteger => ({ value: BigInt(value), bits: 32, isSigned: true });

const wrapped = (value: bigint, bits: 32 | 64, isSigned: boolean): CInteger => ({
  value: isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value),
  bits,
  isSigned,
});

function literal({ text, line }: Token, longBits: 32 | 64): CInteger {
  const parts = /^(0[xX][\da-fA-F]+|0[bB][01]+|\d+)([uU]?)(ll|LL|[lL]?)([uU]?)$/.exec(text);
  const [, digits = "", before, long = "", after] = parts ?? [];
  const isOctal = /^0\d/.test(digits);
  if (parts === null || (before !== "" && after !== "") || (isOctal && /[89]/.test(digits)))
    throw new CHeaderError(line, text, "it is no integer: an array size, a value or a width must be one");
  const value = BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
  const isUnsigned = before !== "" || after !== "";
  const least = long.length === 2 ? 64 : long.length === 1 ? longBits : 32;
  // The first type that holds it; a decimal number without u is never unsigned.
  for (const bits of [32, 64] as const)
    for (const isSigned of [true, false]) {
      if (bits < least || (isSigned && isUnsigned) || (!isSigned && !isUnsigned && /^[1-9]/.test(digits))) continue;
      if (value < 2n ** BigInt(isSigned ? bits - 1 : bits)) return { value, bits, isSigned };
    }
  throw new CHeaderError(line, text, "it is more than 64 bits hold");
}

function character({ text, line }: Token): CInteger {
  const body = text.slice(1, -1);
  const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, "0": 0, "\\": 92, "'": 39, '"': 34 };
  const code = body.length === 1 ? body.charCodeAt(0) : body.length === 2 ? escapes[body.charAt(1)] : undefined;
  if (code === undefined || code > 126) throw new CHeaderError(line, text, "write the character as a number");
  return int(code);
}

/** Reads an expression. Where a name is asked for that does not count (behind 0 &&), its value is not needed. */
export class Expression {
  #nested = 0;
  #unused = 0;

  constructor(
    readonly cursor: TokenCursor,
    readonly names: Names,
  ) {}

  /** @throws CHeaderError for what is no integer constant expression */
  read(): CInteger {
    return this.#binary(0);
  }

  #binary(level: number): CInteger {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.cursor.peek();
      if (operator.kind !== "mark" || !operators.includes(operator.text)) break;
      this.cursor.next();
      const isDecided = (operator.text === "&&" && left.value === 0n) || (operator.text === "||" && left.value !== 0n);
      if (isDecided) this.#unused++;
      const right = this.#binary(level + 1);
      if (isDecided) this.#unused--;
      left = this.#apply(operator, left, right);
    }
    if (level === 0 && this.cursor.is("?")) this.cursor.fail("a choice with ? : is not read: write the number");
    return left;
  }

  #apply({ text, line }: Token, left: CInteger, right: CInteger): CInteger {
    const [a, b] = [left.value, right.value];
    if (text === "&&") return int(a !== 0n && b !== 0n);
    if (text === "||") return int(a !== 0n || b !== 0n);
    if (text === "<<" || text === ">>") {
      const isCount = b >= 0n && b < BigInt(left.bits);
      if (!isCount && this.#unused === 0)
        throw new CHeaderError(line, text, `an integer of ${String(left.bits)} bits is not shifted by ${String(b)}`);
      const by = isCount ? b : 0n;
      return wrapped(text === "<<" ? a << by : a >> by, left.bits, left.isSigned);
    }
    const bits = left.bits > right.bits ? left.bits : right.bits;
    const isSigned = (left.bits < bits || left.isSigned) && (right.bits < bits || right.isSigned);
    const [x, y] = [wrapped(a, bits, isSigned).value, wrapped(b, bits, isSigned).value];
    if ((text === "/" || text === "%") && y === 0n) {
      if (this.#unused > 0) return int(0);
      throw new CHeaderError(line, text, "a division by 0");
    }
    switch (text) {
      case "==":
        return int(x === y);
      case "!=":
        return int(x !== y);
      case "<":
        return int(x < y);
      case ">":
        return int(x > y);
      case "<=":
        return int(x <= y);
      case ">=":
        return int(x >= y);
      case "|":
        return wrapped(x | y, bits, isSigned);
      case "^":
        return wrapped(x ^ y, bits, isSigned);
      case "&":
        return wrapped(x & y, bits, isSigned);
      case "+":
        return wrapped(x + y, bits, isSigned);
      case "-":
        return wrapped(x - y, bits, isSigned);
      case "*":
        return wrapped(x * y, bits, isSigned);
      case "/":
        return wrapped(x / y, bits, isSigned);
      default:
        return wrapped(x % y, bits, isSigned);
    }
  }

  #unary(): CInteger {
    const token = this.cursor.peek();
    if (++this.#nested > MOST_NESTED) this.cursor.fail("the expression is nested too deeply");
    const value = this.#operand(token);
    this.#nested--;
    return value;
  }

  #operand(token: Token): CInteger {
    const { cursor, names } = this;
    if (token.kind === "macro") cursor.fail("");
    cursor.next();
    if (token.kind === "number") return literal(token, names.longBits);
    if (token.kind === "character") return character(token);
    if (token.text === "sizeof" && token.kind === "word")
      return { value: BigInt(names.sizeOf(cursor)), bits: 64, isSigned: false };
    if (token.kind === "word") return this.#unused > 0 ? int(0) : names.valueOf(token);
    if (token.text === "(" && token.kind === "mark") {
      const value = this.#binary(0);
      cursor.expect(")", "an expression");
      return value;
    }
    if (token.kind === "mark" && ["+", "-", "~", "!"].includes(token.text)) {
      const { value, bits, isSigned } = this.#unary();
      if (token.text === "!") return int(value === 0n);
      return wrapped(token.text === "-" ? -value : token.text === "~" ? ~value : value, bits, isSigned);
    }
    throw new CHeaderError(
      token.line,
      token.text,
      "an integer is needed here: a number, a constant, or + - * / << of them",
    );
  }
}
