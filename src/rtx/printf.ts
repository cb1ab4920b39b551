// The printf of RtPrintf and RtWprintf: a format and its arguments in, text out. Sizes are those of Windows on x64.

const CONVERSION =
  /%(?:%|(?<flags>[-+ #0]*)(?<width>\*|\d+)?(?:\.(?<precision>\*|\d*))?(?<length>hh|h|ll|l|I64|I32|I|[zjtwL])?(?<conversion>[diuxXocspfFeEgG])|)/g;

/** `long` has 32 bits on Windows; so has everything not listed here. */
const INTEGER_BITS: Readonly<Record<string, number>> = { hh: 8, h: 16, ll: 64, I64: 64, I: 64, z: 64, j: 64, t: 64 };

interface Spec {
  readonly left: boolean;
  readonly plus: boolean;
  readonly space: boolean;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly precision: number | undefined;
  readonly bits: number;
  readonly conversion: string;
}

/**
 * Formats as C's `printf` does on Windows x64.
 *
 * Conversions `%d %i %u %x %X %o %c %s %p %f %F %e %E %g %G %%` with the flags `- + space # 0`, width and precision
 * (also `*`), and the lengths `hh h l ll I I32 I64 z j t w L`. `%n`, `%a` and anything else are refused.
 *
 * - Integers are a `number` or a `bigint` and wrap to their size as in C: 32 bits for `int` and for `long` (a Windows
 *   LONG), 64 for `ll I I64 z j t`.
 * - Floating point takes a `number` and is exact at every precision; ties go to the even digit.
 * - `%s` takes a string, or null for `(null)`; `%c` one character or its code. Width and precision count UTF-16 units.
 * - `%p` is sixteen upper-case hexadecimal digits without `0x`, as Windows prints it; null is zero.
 *
 * Arguments left over are ignored, as in C.
 * `formatPrintf("%-8s 0x%08X %6.2f%%", ["handle", 44, 12.346])` is `handle   0x0000002C  12.35%`.
 *
 * @throws TypeError for a missing argument, an argument that does not fit its conversion, or a conversion that does not
 *   exist; the message names the conversion and the argument's position, the first after the format being 1.
 */
export function formatPrintf(format: string, args: readonly unknown[]): string {
  let taken = 0;
  let text = "";
  let done = 0;
  for (const { 0: directive, index, groups = {} } of format.matchAll(CONVERSION)) {
    text += format.slice(done, index);
    done = index + directive.length;
    if (directive === "%%") text += "%";
    else if (groups["conversion"] === undefined) throw new TypeError(noSuchConversion(format, index));
    else {
      const next = (): Argument => {
        if (taken === args.length) throw new TypeError(`printf: ${directive}, argument ${taken + 1}: missing`);
        return new Argument(directive, args[taken], ++taken);
      };
      // In C's order: the arguments of the stars, then the value.
      const spec = specOf(groups, groups["conversion"], () => Number(BigInt.asIntN(32, next().integer())));
      text += convert(spec, next());
    }
  }
  return text + format.slice(done);
}

function specOf(parts: Readonly<Record<string, string | undefined>>, conversion: string, star: () => number): Spec {
  const { flags = "", width = "", precision, length = "" } = parts;
  const wide = width === "*" ? star() : Number(width);
  const precise = precision === "*" ? star() : Number(precision ?? -1);
  return {
    left: wide < 0 || flags.includes("-"),
    plus: flags.includes("+"),
    space: flags.includes(" "),
    alternate: flags.includes("#"),
    zero: flags.includes("0"),
    width: Math.abs(wide),
    precision: precise < 0 ? undefined : precise,
    bits: INTEGER_BITS[length] ?? 32,
    conversion,
  };
}

function noSuchConversion(format: string, offset: number): string {
  return `printf: no such conversion: ${JSON.stringify(format.slice(offset, offset + 8))} at offset ${offset}`;
}

function convert(spec: Spec, argument: Argument): string {
  switch (spec.conversion) {
    case "c":
      return pad(spec, "", argument.character(), false);
    case "s":
      return pad(spec, "", argument.string().slice(0, spec.precision), false);
    case "p":
      return pad(spec, "", BigInt.asUintN(64, argument.pointer()).toString(16).toUpperCase().padStart(16, "0"), false);
    case "d":
    case "i": {
      const value = BigInt.asIntN(spec.bits, argument.integer());
      return integer(spec, sign(spec, value < 0n), value < 0n ? -value : value, 10);
    }
    case "u":
      return integer(spec, "", BigInt.asUintN(spec.bits, argument.integer()), 10);
    case "o":
      return integer(spec, "", BigInt.asUintN(spec.bits, argument.integer()), 8);
    case "x":
    case "X": {
      const value = BigInt.asUintN(spec.bits, argument.integer());
      const result = integer(spec, spec.alternate && value !== 0n ? "0x" : "", value, 16);
      return spec.conversion === "X" ? result.toUpperCase() : result;
    }
    default: {
      const result = floating(spec, argument.float());
      return /[FEG]/.test(spec.conversion) ? result.toUpperCase() : result;
    }
  }
}

function integer(spec: Spec, prefix: string, magnitude: bigint, radix: number): string {
  let digits = magnitude === 0n && spec.precision === 0 ? "" : magnitude.toString(radix);
  digits = digits.padStart(spec.precision ?? 1, "0");
  if (radix === 8 && spec.alternate && !digits.startsWith("0")) digits = `0${digits}`;
  return pad(spec, prefix, digits, spec.zero && spec.precision === undefined);
}

function floating(spec: Spec, value: number): string {
  const prefix = sign(spec, value < 0 || Object.is(value, -0));
  const magnitude = Math.abs(value);
  if (!Number.isFinite(magnitude)) return pad(spec, prefix, Number.isNaN(value) ? "nan" : "inf", false);
  return pad(spec, prefix, digitsOf(spec, magnitude), spec.zero);
}

function digitsOf(spec: Spec, magnitude: number): string {
  const precision = spec.precision ?? 6;
  switch (spec.conversion) {
    case "f":
    case "F":
      return fixed(magnitude, precision, spec.alternate);
    case "e":
    case "E":
      return exponential(magnitude, precision, spec.alternate);
    default:
      return general(magnitude, Math.max(precision, 1), spec.alternate);
  }
}

function fixed(magnitude: number, precision: number, point: boolean): string {
  const digits = scaled(magnitude, precision)
    .toString()
    .padStart(precision + 1, "0");
  return withPoint(digits, digits.length - precision, point);
}

function exponential(magnitude: number, precision: number, point: boolean): string {
  const { digits, exponent } = significant(magnitude, precision + 1);
  const sign = exponent < 0 ? "-" : "+";
  return `${withPoint(digits, 1, point)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function general(magnitude: number, precision: number, keepZeros: boolean): string {
  const { exponent } = significant(magnitude, precision);
  const text =
    exponent < -4 || exponent >= precision
      ? exponential(magnitude, precision - 1, keepZeros)
      : fixed(magnitude, precision - 1 - exponent, keepZeros);
  return keepZeros ? text : text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
}

function withPoint(digits: string, at: number, always: boolean): string {
  return at < digits.length || always ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits;
}

/** The first `count` decimal digits, rounded, and the power of ten of the first. */
function significant(magnitude: number, count: number): { digits: string; exponent: number } {
  if (magnitude === 0) return { digits: "0".repeat(count), exponent: 0 };
  // The shortest decimal may be a power of ten that lies above the number itself: 1e23 is really 9.99…e22.
  let exponent = Number(/-?\d+$/.exec(magnitude.toExponential())?.[0]);
  const { numerator, denominator } = fractionOf(magnitude);
  const [dividend, power] =
    exponent < 0 ? [numerator * 10n ** BigInt(-exponent), 1n] : [numerator, 10n ** BigInt(exponent)];
  if (dividend < denominator * power) exponent--;

  const digits = scaled(magnitude, count - 1 - exponent).toString();
  return digits.length > count ? { digits: digits.slice(0, count), exponent: exponent + 1 } : { digits, exponent };
}

/**
 * `magnitude * 10^power` as an integer, a tie going to the even one: toFixed and toExponential round ties up, C does
 * not.
 */
function scaled(magnitude: number, power: number): bigint {
  let { numerator, denominator } = fractionOf(magnitude);
  if (power >= 0) numerator *= 10n ** BigInt(power);
  else denominator *= 10n ** BigInt(-power);
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  return twice > denominator || (twice === denominator && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/** Every finite double is an integer times a power of two, so this is exact. */
function fractionOf(magnitude: number): { numerator: bigint; denominator: bigint } {
  const bits = new BigUint64Array(Float64Array.of(magnitude).buffer)[0] ?? 0n;
  const biased = Number(bits >> 52n);
  const mantissa = BigInt.asUintN(52, bits) + (biased === 0 ? 0n : 1n << 52n);
  const power = Math.max(biased, 1) - 1075;
  return power >= 0
    ? { numerator: mantissa << BigInt(power), denominator: 1n }
    : { numerator: mantissa, denominator: 1n << BigInt(-power) };
}

function sign(spec: Spec, negative: boolean): string {
  return negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
}

function pad(spec: Spec, prefix: string, body: string, zeros: boolean): string {
  if (spec.left) return (prefix + body).padEnd(spec.width);
  if (zeros) return prefix + body.padStart(spec.width - prefix.length, "0");
  return (prefix + body).padStart(spec.width);
}

/** One argument, read as what its conversion asks for. */
class Argument {
  constructor(
    readonly conversion: string,
    readonly value: unknown,
    readonly position: number,
  ) {}

  integer(): bigint {
    if (typeof this.value === "bigint") return this.value;
    if (typeof this.value === "number" && Number.isInteger(this.value)) return BigInt(this.value);
    throw this.mismatch("an integer");
  }

  float(): number {
    if (typeof this.value === "number") return this.value;
    throw this.mismatch("a number");
  }

  pointer(): bigint {
    return this.value === null ? 0n : this.integer();
  }

  string(): string {
    if (this.value === null) return "(null)";
    if (typeof this.value === "string") return this.value;
    throw this.mismatch("a string");
  }

  character(): string {
    if (typeof this.value === "number" && Number.isInteger(this.value) && this.value >= 0 && this.value <= 0x10ffff)
      return String.fromCodePoint(this.value);
    if (typeof this.value === "string" && [...this.value].length === 1) return this.value;
    throw this.mismatch("one character or its code");
  }

  private mismatch(wanted: string): TypeError {
    const { value } = this;
    const got = typeof value === "string" ? JSON.stringify(value) : typeof value === "number" ? value : typeof value;
    return new TypeError(`printf: ${this.conversion}, argument ${this.position}: takes ${wanted}, got ${got}`);
  }
}
