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
  /** The value of a name whose first word is taken; whether it counts. @throws CHeaderError */
  valueOf(name: Token, isNeeded: boolean): CInteger;
  /**
   * What is no plain name: `sizeof`, a cast that is written as a call. Nothing is taken where there is none. @throws
   * CHeaderError
   */
  operatorOf?(word: Token, expression: Expression): CInteger | undefined;
  /** The conversion of a cast, if ( is a cast's: it is taken then. @throws CHeaderError */
  castOf?(): ((value: CInteger) => CInteger) | undefined;
}

const MOST_NESTED = 100;

const ADDITION = 8;
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

/** An integer of so many bits: it wraps. */
export const wrapped = (value: bigint, bits: 32 | 64, isSigned: boolean): CInteger => ({
  value: isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value),
  bits,
  isSigned,
});

function literal({ text, line }: Token, longBits: 32 | 64): CInteger {
  const plain = text.replaceAll(/(?<=\w)'(?=\w)/g, "");
  const parts = /^(0[xX][\da-fA-F]+|0[bB][01]+|\d+)([uU]?)(ll|LL|[lL]?)([uU]?)$/.exec(plain);
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

/** The type of what is made of both. */
function common(one: CInteger, other: CInteger): readonly [bits: 32 | 64, isSigned: boolean] {
  const bits = one.bits > other.bits ? one.bits : other.bits;
  return [bits, (one.bits < bits || one.isSigned) && (other.bits < bits || other.isSigned)];
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
    if (++this.#nested > MOST_NESTED) this.cursor.fail("the expression is nested too deeply");
    const value = this.#choice(this.#binary(0));
    this.#nested--;
    return value;
  }

  /** Without > and >>, which end the arguments of a template. @throws CHeaderError */
  readArgument(): CInteger {
    return this.#binary(ADDITION);
  }

  #choice(condition: CInteger): CInteger {
    const { cursor } = this;
    if (!cursor.take("?")) return condition;
    const isTrue = condition.value !== 0n;
    const part = (counts: boolean): CInteger => {
      if (!counts) this.#unused++;
      const value = this.read();
      if (!counts) this.#unused--;
      return value;
    };
    const one = part(isTrue);
    cursor.expect(":", "a choice");
    const other = part(!isTrue);
    const [bits, isSigned] = common(one, other);
    return wrapped(isTrue ? one.value : other.value, bits, isSigned);
  }

  #binary(level: number): CInteger {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.cursor.peek();
      if (operator.kind !== "mark" || !operators.includes(operator.text)) return left;
      this.cursor.next();
      const isDecided = (operator.text === "&&" && left.value === 0n) || (operator.text === "||" && left.value !== 0n);
      if (isDecided) this.#unused++;
      const right = this.#binary(level + 1);
      if (isDecided) this.#unused--;
      left = this.#apply(operator, left, right);
    }
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
    const [bits, isSigned] = common(left, right);
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
    if (token.refused !== undefined) cursor.fail(token.refused);
    if (token.kind === "mark" && token.text === "(") {
      const cast = names.castOf?.();
      if (cast !== undefined) return cast(this.#unary());
    }
    cursor.next();
    if (token.kind === "number") return literal(token, names.longBits);
    if (token.kind === "character") return character(token);
    if (token.kind === "word") return names.operatorOf?.(token, this) ?? names.valueOf(token, this.#unused === 0);
    if (token.text === "(" && token.kind === "mark") {
      const value = this.read();
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
