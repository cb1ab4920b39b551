// Text that is no header, or a damaged one: it is read as C has it, or refused with the error.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromCHeader } from "rtshm/c-header";
import type { StructType } from "rtshm/struct";
import { compilers, errorsInC } from "./c-compiler.js";
import { HEADER, TAGS, TYPEDEFS, WINDOWS_TYPES } from "./machine-header.js";

const isLong = process.env.RTSHM_LONG === "1";
const WORDS = [
  ..."struct union enum typedef int unsigned long char short double _Bool const _Atomic sizeof S T x y N DWORD WCHAR extern".split(
    " ",
  ),
  ...'{ } ( ) [ ] ; , * : = + - / << 0 1 3 8 0x10 "C" __attribute__ packed # define ifdef ifndef if else endif pragma pack push pop defined'.split(
    " ",
  ),
  ...["\n", "\n#", "\n#define N", "\n#if", "\n#endif\n", "\\\n", "/*", "*/", "//", "'a'", "@", "é"],
  ...["struct S { int x; };", "typedef struct {", "int x : 3;", "enum { A, B };", "} T;"],
];

const throwsOnlyItsError = (text: string, only: boolean): void => {
  try {
    fromCHeader(text, only ? { only: [] } : {});
  } catch (error) {
    assert.equal((error as Error).name, "CHeaderError", `${JSON.stringify(text)}: ${(error as Error).stack ?? ""}`);
  }
};

test("any text is read or refused with its error", () => {
  const soup = fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((words) => words.join(" "));
  const part = fc.tuple(fc.nat(HEADER.length), fc.nat(40), fc.constantFrom(...WORDS, ""));
  const damaged = part.map(([at, length, word]) => HEADER.slice(0, at) + word + HEADER.slice(at + length));
  const any = fc.oneof(soup, damaged, fc.string(), fc.string({ unit: "binary" }));
  fc.assert(fc.property(any, fc.boolean(), throwsOnlyItsError), {
    numRuns: isLong ? 100_000 : 800,
  });
});

test("text that is made to exhaust the reader is refused with its error", () => {
  const deep = 20_000;
  for (const text of [
    "struct S {".repeat(deep),
    `struct S { int x[${"(".repeat(deep)}1]; };`,
    `struct S { int x[${"-".repeat(deep)}1]; };`,
    `struct S { int x${"[1]".repeat(deep)}; };`,
    `struct S { ${"_Atomic(".repeat(deep)} int`,
    `typedef struct S ${"*".repeat(deep)}p;`,
    `${"#if 1\n".repeat(deep)}${"#endif\n".repeat(deep)}`,
    `#define A0 1\n${Array.from({ length: 60 }, (_, i) => `#define A${i + 1} A${i} + A${i}`).join("\n")}\nint x[A60];`,
    `${Array.from({ length: 500 }, (_, i) => `#define B${i} B${i + 1}`).join("\n")}\nstruct S { int x[B0]; };`,
    `struct S { int x${"[0x7fffffff]".repeat(8)}; };`,
    `struct S { int x[1${" + 1".repeat(deep)}]; };`,
    `enum { A${" = A, A".repeat(deep)} };`,
    `struct S { unsigned x[0xffffffffffffffff]; };`,
    'extern "C" {'.repeat(deep),
  ])
    throwsOnlyItsError(text, false);
});

const TOKENS = HEADER.replace("#pragma once", "").match(/\s+|\w+|[^\s\w]/g) ?? [];

/** The header with one token gone, replaced, put in, or put elsewhere. */
const damagedToken = fc
  .tuple(fc.nat(TOKENS.length - 1), fc.nat(TOKENS.length - 1), fc.constantFrom("remove", "replace", "insert", "swap"))
  .map(([at, other, kind]) => {
    const tokens = [...TOKENS];
    const word = TOKENS[other] ?? "";
    if (kind === "swap") tokens[other] = TOKENS[at] ?? "";
    tokens.splice(at, kind === "insert" ? 0 : 1, ...(kind === "remove" ? [] : [word]));
    return tokens.join("");
  });

/** Assertions that the compiler lays the structs out as they were read. */
function assertionsOf(structs: Readonly<Record<string, StructType>>): string[] {
  return Object.entries(structs).flatMap(([name, type]) => {
    const inC = TAGS.includes(name) ? `struct ${name}` : name;
    const fields = type.fields.filter(({ bits }) => bits === undefined);
    if (!TAGS.includes(name) && !TYPEDEFS.includes(name)) return [];
    return [
      `_Static_assert(sizeof(${inC}) == ${type.sizeBytes}, "size of ${name}");`,
      ...fields.map((f) => `_Static_assert(offsetof(${inC}, ${f.name}) == ${f.offsetBytes}, "${name}.${f.name}");`),
    ];
  });
}

for (const compiler of compilers.slice(0, 1)) {
  test(`a damaged header that is read, and that ${compiler} takes, has ${compiler}'s sizes and offsets`, () => {
    let compared = 0;
    for (const text of fc.sample(damagedToken, { seed: 7, numRuns: isLong ? 3000 : 150 })) {
      let structs: Readonly<Record<string, StructType>>;
      try {
        structs = fromCHeader(text);
      } catch {
        continue;
      }
      const assertions = assertionsOf(structs).join("\n");
      const errors = errorsInC(compiler, `${WINDOWS_TYPES}${text}\n#include <stddef.h>\n${assertions}`);
      // What it does not take has other errors too.
      const isRefused = errors.some((line) => !line.includes("static assertion failed"));
      assert.ok(isRefused || errors.length === 0, `${errors.join("\n")}\n${text}`);
      if (!isRefused) compared++;
    }
    assert.ok(compared > 10);
  });
}
