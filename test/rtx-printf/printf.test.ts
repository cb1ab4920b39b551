import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatPrintf } from "#rtx/printf";
import { printfOfC, type PrintfCall } from "./printf-oracle.js";

interface Case {
  readonly format: string;
  readonly args: readonly unknown[];
  readonly inC: PrintfCall;
}

const LENGTHS = ["", "hh", "h", "l", "ll", "I64", "I32", "I", "j", "z", "t"];
const IN_C: Readonly<Record<string, string>> = { l: "", I32: "", I64: "ll", I: "ll" };

const flags = fc.subarray(["-", "+", " ", "#", "0"]).map((some) => some.join(""));
const width = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined });
const star = fc.integer({ min: -30, max: 30 });
const anyInteger = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -300n, max: 300n }),
  fc.constant(0n),
);
const anyDouble = fc.oneof(
  fc.double(),
  fc.double({ min: -1e6, max: 1e6 }),
  fc.tuple(fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: 0, max: 8 })).map(([n, k]) => n / 2 ** k),
  fc.integer({ min: -323, max: 308 }).map((power) => Number(`1e${power}`)),
  fc
    .tuple(fc.integer({ min: -20, max: 25 }), fc.integer({ min: 1, max: 17 }))
    .map(([power, nines]) => Number(`${"9".repeat(nines)}e${power}`)),
  fc.constantFrom(
    0,
    -0,
    0.5,
    1.5,
    2.5,
    5e-324,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    Infinity,
    -Infinity,
    NaN,
    1e23,
    2 ** 53,
  ),
);

/** A precision is absent, `.` alone, or a number. */
const precisionUpTo = (max: number) =>
  fc.option(fc.oneof(fc.constant(""), fc.integer({ min: 0, max })), { nil: undefined });

type Digits = number | string | undefined;

function formatOf(flagText: string, wide: Digits, precise: Digits, rest: string): string {
  return `<%${flagText}${wide ?? ""}${precise === undefined ? "" : `.${precise}`}${rest}>`;
}

const integers: fc.Arbitrary<Case> = fc
  .tuple(flags, width, precisionUpTo(40), fc.constantFrom(...LENGTHS), fc.constantFrom(..."diuoxX"), anyInteger)
  .map(([flagText, wide, precise, length, conversion, value]) => ({
    format: formatOf(flagText, wide, precise, length + conversion),
    args: [Number.isSafeInteger(Number(value)) ? Number(value) : value],
    inC: {
      format: formatOf(flagText, wide, precise, (IN_C[length] ?? length) + conversion),
      stars: [],
      value: { int: value },
    },
  }));

const doubles: fc.Arbitrary<Case> = fc
  .tuple(flags, width, fc.oneof(precisionUpTo(20), precisionUpTo(100)), fc.constantFrom(..."fFeEgG"), anyDouble)
  .filter(
    ([flagText, , precise, conversion, value]) =>
      !(flagText.includes("#") && "gG".includes(conversion) && roundsToPowerOfTen(value, precise)),
  )
  .map(([flagText, wide, precise, conversion, value]) => {
    const format = formatOf(flagText, wide, precise, conversion);
    return { format, args: [value], inC: { format, stars: [], value: { double: value } } };
  });

/** There glibc prints `%#g` without its zeros (2.36: 1.e+06 for 999999.9999999981), which C does not allow. */
function roundsToPowerOfTen(value: number, precise: number | "" | undefined): boolean {
  return /^-?[01.]+(e|$)/.test(value.toPrecision(precise === undefined ? 6 : Math.max(Number(precise), 1)));
}

const stars: fc.Arbitrary<Case> = fc
  .tuple(flags, star, star, fc.constantFrom(..."dxeg"), fc.integer({ min: -100_000, max: 100_000 }))
  .map(([flagText, wide, precise, conversion, value]) => {
    const format = formatOf(flagText, "*", "*", conversion);
    const inC = "eg".includes(conversion) ? { double: value } : { int: BigInt(value) };
    return { format, args: [wide, precise, value], inC: { format, stars: [wide, precise], value: inC } };
  });

const strings: fc.Arbitrary<Case> = fc
  .tuple(
    fc.constantFrom("", "-"),
    width,
    precisionUpTo(12),
    fc.string({ maxLength: 20 }).filter((text) => /^[ -~]*$/.test(text)),
  )
  .map(([flagText, wide, precise, text]) => {
    const format = formatOf(flagText, wide, precise, "s");
    return { format, args: [text], inC: { format, stars: [], value: { text } } };
  });

const characters: fc.Arbitrary<Case> = fc
  .tuple(fc.constantFrom("", "-"), width, fc.integer({ min: 32, max: 126 }))
  .map(([flagText, wide, code]) => {
    const format = formatOf(flagText, wide, undefined, "c");
    return {
      format,
      args: [code % 2 ? code : String.fromCharCode(code)],
      inC: { format, stars: [], value: { int: BigInt(code) } },
    };
  });

describe("formatPrintf agrees with the printf of C", () => {
  for (const [name, cases] of Object.entries({ integers, doubles, stars, strings, characters })) {
    it(`in ${name}`, () => {
      const sample = fc.sample(cases, { numRuns: 2000 });
      const expected = printfOfC(sample.map((one) => one.inC));
      assert.equal(expected.length, sample.length);
      sample.forEach(({ format, args }, index) => {
        assert.equal(formatPrintf(format, args), expected[index], `${format} of ${args.map(String).join(", ")}`);
      });
    });
  }
});

describe("formatPrintf", () => {
  const table: readonly [format: string, args: readonly unknown[], expected: string][] = [
    ["nothing to convert\n", [], "nothing to convert\n"],
    ["100%%, %d of %s", [3, "four", "ignored"], "100%, 3 of four"],
    ["%ld %lu", [0x8000_0000, -1], "-2147483648 4294967295"],
    ["%I64d %lld", [2n ** 63n, 2 ** 53], "-9223372036854775808 9007199254740992"],
    ["%p|%20p|%-18p|", [0x1c, 0xdead_beef, null], "000000000000001C|    00000000DEADBEEF|0000000000000000  |"],
    ["%s %.3s %ws", [null, "abcdef", "wide"], "(null) abc wide"],
    ["%c%c%c%lc", [0x48, "i", "🙂", 0x1f642], "Hi🙂🙂"],
    ["%.0f %.0f %.0f %.1f", [0.5, 1.5, 2.5, 0.25], "0 2 2 0.2"],
    ["%f", [1e23], "99999999999999991611392.000000"],
    ["%.16g %.15e", [1e23, 1e23], "9.999999999999999e+22 9.999999999999999e+22"],
    ["%#g %#g %#.0e", [1, 999_999.9999999981, 5], "1.00000 1.00000e+06 5.e+00"],
    ["%-*d|%*d|%-.*f", [5, 42, -5, 42, 2, Math.PI], "42   |42   |3.14"],
  ];
  for (const [format, args, expected] of table) {
    it(JSON.stringify(format), () => assert.equal(formatPrintf(format, args), expected));
  }

  const refused: readonly [format: string, args: readonly unknown[], message: RegExp][] = [
    ["%d", [], /%d, argument 1: missing/],
    ["%s %5.2f", ["a"], /%5\.2f, argument 2: missing/],
    ["%*d", [4], /%\*d, argument 2: missing/],
    ["%*d", ["4", 1], /%\*d, argument 1: takes an integer, got "4"/],
    ["%s %d", ["a", 1.5], /%d, argument 2: takes an integer, got 1\.5/],
    ["%x", [NaN], /%x, argument 1: takes an integer, got NaN/],
    ["%u", [true], /%u, argument 1: takes an integer, got boolean/],
    ["%d", ["7"], /%d, argument 1: takes an integer, got "7"/],
    ["%f", [1n], /%f, argument 1: takes a number, got bigint/],
    ["%s", [7], /%s, argument 1: takes a string, got 7/],
    ["%s", [undefined], /%s, argument 1: takes a string, got undefined/],
    ["%c", ["ab"], /%c, argument 1: takes one character/],
    ["%c", [-1], /%c, argument 1: takes one character/],
    ["%p", [{}], /%p, argument 1: takes an integer, got object/],
    ["ab %n", [{}], /no such conversion: "%n" at offset 3/],
    ["%y", [1], /no such conversion: "%y"/],
    ["50 %", [], /no such conversion: "%" at offset 3/],
  ];
  for (const [format, args, message] of refused) {
    it(`refuses ${JSON.stringify(format)} with ${args.length} arguments: ${message.source}`, () => {
      assert.throws(() => formatPrintf(format, args), { name: "TypeError", message });
    });
  }
});
