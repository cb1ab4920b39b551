// Headers of C are read as gcc and clang read them.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromCHeader } from "rtshm/c-header";
import { f64, struct, toCHeader, type StructType } from "rtshm/struct";
import { compilers, runInC } from "./c-compiler.js";
import { HEADER, TAGS, TYPEDEFS, WINDOWS_TYPES, structIn } from "./machine-header.js";
import { randomStruct } from "./random-struct.js";

const read = fromCHeader(HEADER) as Readonly<Record<string, StructType>>;

test("the structs of a header have their names: of the typedef, or else the tag", () => {
  assert.deepEqual(Object.keys(read).sort(), [...TAGS, ...TYPEDEFS].sort());
  assert.deepEqual(
    structIn(read, "AXIS")
      .fields.map(({ name, type }) => `${name} ${type.typeName}`)
      .slice(0, 8),
    [
      "position f64",
      "errors [6][2]i32",
      "total i32",
      "mode MODE",
      "level Level",
      "label utf8(5)",
      "letter i8",
      "corner [2]AXIS_corner",
    ],
  );
});

for (const compiler of compilers) {
  test(`${compiler} has the same size, alignment and offsets for each struct of a realistic header`, () => {
    const [tags, typedefs] = [
      ["Inner", "Packet", "Four", "Bits", "Tight2", "Loose"],
      ["Node", "AXIS", "Machine", "Tight"],
    ];
    const prints = [...tags.map((name) => [name, `struct ${name}`]), ...typedefs.map((name) => [name, name])].flatMap(
      ([name, inC]) => [
        `printf("${name} %zu %zu", sizeof(${inC}), _Alignof(${inC}));`,
        ...structIn(read, name as string)
          .fields.filter(({ bits }) => bits === undefined)
          .map((field) => `printf(" %zu", offsetof(${inC}, ${field.name}));`),
        `printf("\\n");`,
      ],
    );
    const source = `${WINDOWS_TYPES}${HEADER.replace("#pragma once", "")}\n#include <stdio.h>\nint main(void) { (void)table; (void)more; (void)twice; ${prints.join("\n")} return 0; }`;
    const expected = [...tags, ...typedefs].map((name) => {
      const type = structIn(read, name);
      const offsets = type.fields.filter(({ bits }) => bits === undefined).map(({ offsetBytes }) => offsetBytes);
      return [name, type.sizeBytes, type.alignmentBytes, ...offsets].join(" ");
    });
    assert.deepEqual(runInC(compiler, source).toString().trim().split("\n"), expected);
  });
}

for (const compiler of compilers) {
  test(`${compiler} has each bit-field of that header in the same bits`, () => {
    const structs = [
      ["Packet", "struct Packet"],
      ["Bits", "struct Bits"],
      ["Tight", "Tight"],
    ] as const;
    const fields = structs.flatMap(([name, inC]) =>
      structIn(read, name)
        .fields.filter(({ bits }) => bits !== undefined)
        .map((field) => ({ type: structIn(read, name), inC, field })),
    );
    assert.equal(fields.length, 11);
    const dumps = fields.map(
      ({ inC, field }) =>
        `{ ${inC} s; memset(&s, 0, sizeof s); s.${field.name} = ${field.name === "mode" ? "MODE_FAULT" : "-1"}; fwrite(&s, sizeof s, 1, stdout); }`,
    );
    const body = `(void)table; (void)more; (void)twice; ${dumps.join("\n")} return 0;`;
    const source = `${WINDOWS_TYPES}${HEADER.replace("#pragma once", "")}\n#include <stdio.h>\n#include <string.h>\nint main(void) { ${body} }`;
    const expected = fields.map(({ type, field: { name, type: own } }) => {
      const bytes = new Uint8Array(type.sizeBytes);
      const ones = { mode: "FAULT", e: true }[name] ?? (own.typeName.startsWith("u64") ? -1n : -1);
      (type.view(bytes.buffer) as Record<string, unknown>)[name] = ones;
      return bytes;
    });
    assert.deepEqual(runInC(compiler, source, undefined, ["-w"]), Buffer.concat(expected));
  });
}

test("what toCHeader writes is read as the same declaration, for 300 random structs", () => {
  for (const type of fc.sample(randomStruct, { seed: 5, numRuns: 300 })) {
    const again = structIn(fromCHeader(toCHeader(type)), type.name);
    assert.equal(again.declaration, type.declaration, toCHeader(type));
  }
});

test("values go in and come out as the header says", () => {
  interface Motor {
    mode: "IDLE" | "RUN";
    speed: number;
    big: bigint;
    name: string;
    samples: number[];
    raw: Uint8Array;
    limits: { low: number; high: number };
  }
  const { Motor } = fromCHeader<{ Motor: Motor }>(`
    typedef enum { MODE_IDLE, MODE_RUN } MODE;
    typedef struct { MODE mode; int speed : 12; uint64_t big; char name[8]; float samples[2]; uint8_t raw[3];
                     struct { double low, high; } limits; } Motor;`);
  const view = Motor.view(new ArrayBuffer(Motor.sizeBytes));
  view.mode = "RUN";
  view.speed = -5;
  view.big = 1n;
  view.name = "axis";
  view.samples.put(1, 0.5);
  view.raw[2] = 9;
  view.limits.high = 3;
  const value: Motor = view.get();
  assert.deepEqual(value, {
    mode: "RUN",
    speed: -5,
    big: 1n,
    name: "axis",
    samples: [0, 0.5],
    raw: Uint8Array.of(0, 0, 9),
    limits: { low: 0, high: 3 },
  });
});

test("an enum can have its integer, and conditions know the compiler", () => {
  const text = `
    enum Tiny : uint8_t { A, B = 200 };
    #if defined(__GNUC__) && __GNUC__ >= 4 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && !defined(_WIN32)
    #define PACKED __attribute__((packed))
    #endif
    struct PACKED S { enum Tiny t; int i; };`;
  const S = structIn(fromCHeader(text), "S");
  assert.equal(S.declaration, "S 5 1\n0 Tiny t\n1 i32 i\n\nTiny enum u8\nA 0\nB 200");
  const windows = "#ifdef _WIN32\nstruct S { long l; };\n#endif";
  assert.equal(structIn(fromCHeader(windows, { dataModel: "LLP64" }), "S").sizeBytes, 4);
  assert.deepEqual(Object.keys(fromCHeader(windows)), []);
});

test("a guard holds unless the caller says otherwise, in each way it is written", () => {
  for (const condition of ["ifndef X", "if !defined(X)", "if !defined X"]) {
    const text = `#${condition}\n#define X\nstruct S { int a; };\n#endif`;
    assert.deepEqual(Object.keys(fromCHeader(text)), ["S"], condition);
    assert.deepEqual(Object.keys(fromCHeader(text, { defines: { X: true } })), [], condition);
    assert.throws(() => fromCHeader(text.replace("#define X", "#define Y")), /whether X is defined/, condition);
    const late = text.replace("#define X", "#pragma once\n#include <stdint.h>\n#define X");
    assert.deepEqual(
      Object.keys(fromCHeader(`\ufeff${late}`)),
      ["S"],
      "behind other directives, and a mark of the encoding",
    );
  }
});

test("options choose what types become", () => {
  const text = "enum E { A, B }; struct S { char c[4]; uint64_t u; long l; enum E e; double d[2]; wchar_t w[3]; };";
  const one = structIn(
    fromCHeader(text, {
      charArrays: "bytes",
      integers64: "number",
      dataModel: "LLP64",
      enums: "numbers",
      typedArrays: true,
    }),
    "S",
  );
  assert.deepEqual(
    one.fields.map(({ type }) => type.typeName),
    ["[4]u8", "u64", "i32", "u32", "[2]f64", "utf16(3)"],
  );
  const value = one.read(new ArrayBuffer(one.sizeBytes)) as Record<string, unknown>;
  assert.deepEqual(value, { c: new Uint8Array(4), u: 0, l: 0, e: 0, d: new Float64Array(2), w: "" });
  const Point = struct("Point", { x: f64 });
  const given = fromCHeader("struct S { Point p[N]; };", { types: { Point }, defines: { N: 3 } });
  assert.equal(structIn(given, "S").declaration, "S 24 8\n0 [3]Point p\n\nPoint 8 8\n0 f64 x");
  const conditional = "#ifdef WIDE\nstruct S { int a, b; };\n#else\nstruct S { int a; };\n#endif";
  assert.equal(structIn(fromCHeader(conditional, { defines: { WIDE: true } }), "S").sizeBytes, 8);
  assert.equal(structIn(fromCHeader(conditional, { defines: { WIDE: false } }), "S").sizeBytes, 4);
  for (const wrong of [{ dataModel: "ILP32" }, { enums: "" }, { charArrays: "ascii" }, { integers64: "string" }])
    assert.throws(() => fromCHeader("", wrong as never), RangeError);
  assert.throws(() => fromCHeader(7 as never), TypeError);
  const renamed = fromCHeader("struct S { int class; int get; };", { defines: { class: "class_", get: "get_" } });
  assert.equal(structIn(renamed, "S").declaration, "S 8 4\n0 i32 class_\n4 i32 get_");
});

test("a header for Windows needs windows.h only for types that are structs", () => {
  const { ITEM } = fromCHeader<{ ITEM: { path: string } }>(`
    #include <windows.h>
    #define ITEM_NAME L"Storage.Item"
    #define ITEM_CHANGED _T("Storage.Changed")
    typedef struct _ITEM { LARGE_INTEGER time; BOOL isValid; CHAR path[MAX_PATH]; } ITEM, *PITEM, FAR *LPITEM;
    C_ASSERT(sizeof(ITEM) == 272);
    EXTERN_C DWORD WINAPI ThreadProc(LPVOID context);`);
  assert.equal(ITEM.declaration, "ITEM 272 8\n0 i64 time\n8 i32 isValid\n12 utf8(260) path");
  const own = fromCHeader("#ifndef MAX_PATH\n#define MAX_PATH 100\n#endif\nstruct S { CHAR path[MAX_PATH]; };");
  assert.equal(structIn(own, "S").sizeBytes, 100);
});

test("with `only`, what else cannot be read is no error", () => {
  const text =
    "struct List { struct List *next; };\ntypedef struct { int a; void *b; } U;\nstruct Good { int a; };\nstruct Uses { U u; };";
  assert.throws(() => fromCHeader(text), { name: "CHeaderError", line: 1 });
  assert.deepEqual(Object.keys(fromCHeader(text, { only: ["Good"] })), ["Good"]);
  assert.throws(() => fromCHeader(text, { only: ["Uses"] }), /line 4: Uses\.u: line 2: void \* b: an address/);
  assert.throws(() => fromCHeader(text, { only: ["Goods"] }), /no struct Goods: it has Good/);
  const unknown = "MACRO(x)\nstruct Lost { int a; };\nstruct Good { int a; };";
  assert.deepEqual(Object.keys(fromCHeader(unknown, { only: ["Good"] })), ["Good"]);
});

const EXPRESSIONS = [
  ...[
    "1 + 2 * 3 - 4 / 3 % 2",
    "(1 << 4) | 3 & 6 ^ 1",
    "-7 / 2",
    "-7 % 2",
    "~0",
    "~0u",
    "~0ul",
    "010 + 0x1fUL + 'A'",
    "!5 + !0",
    "1u - 2",
  ],
  ...[
    "-1 < 0u",
    "-1L < 0u",
    "(1u - 2L) < 0",
    "4294967295u * -1L < 0",
    "0x80000000",
    "2147483648",
    "0xffffffffffffffff",
    "1 << 30 >> 2",
    "3u << 31",
    "-8 >> 1",
    "sizeof(long) * 2",
  ],
  ...[
    "sizeof(int) - 5 > 0",
    "1 && 0 || 3",
    "2 == 2 != 0",
    "'\\\\n' + '\\\\0' + '\\\\''",
    "5 >= 5 && 4 <= 3 || 1 > 0",
    "0 && 1 / 0",
    "sizeof(void *)",
  ],
].map((text) => text.replaceAll("\\\\", "\\"));

for (const compiler of compilers) {
  test(`${compiler} finds the same values for constant expressions`, () => {
    const prints = EXPRESSIONS.map((text) => `printf("%lld\\n", (long long)(${text}));`);
    const program = `#include <stdio.h>\nint main(void) { ${prints.join("\n")} return 0; }`;
    const values = runInC(compiler, program, undefined, ["-w"]).toString().trim().split("\n");
    const found = EXPRESSIONS.map((text) => {
      // Through a value that is kept in 64 bits: the size of an array would have to be positive.
      const { S } = fromCHeader<{ S: { e: string } }>(
        `struct S { char low[((${text}) & 0xff) + 1], high[((${text}) >> 8 & 0xff) + 1], sign[((${text}) < 0) + 1]; };`,
      );
      return S.fields.map(({ type }) => type.sizeBytes - 1);
    });
    const expected = values.map((value, i) => {
      const isUnsigned = /ul|sizeof|ffffffff/i.test(EXPRESSIONS[i] as string) && !/[<>]/.test(EXPRESSIONS[i] as string);
      const n = BigInt(value);
      return [Number(n & 0xffn), Number((n >> 8n) & 0xffn), n < 0n && !isUnsigned ? 1 : 0];
    });
    assert.deepEqual(found, expected);
  });
}

const REFUSED: readonly (readonly [text: string, line: number, construct: RegExp, advice: RegExp])[] = [
  ["struct S {\n char *p;\n};", 2, /^char \* p$/, /another process.*offset or an index.*uint64_t/],
  ["typedef struct S *PS;\nstruct T { PS p; };", 2, /^T\.p$/, /another process/],
  ["struct S { int (*f)(int); };", 1, /f/, /another process/],
  ["struct S { LPSTR text; };", 1, /^S\.text$/, /another process/],
  ["struct S { char data[]; int n; };", 1, /^S\.data$/, /last member/],
  ["struct S { int x[0]; };", 1, /^struct S$/, /no field that can be reached/],
  ["struct S { int x[-1]; };", 1, /^S\.x$/, /from 1 to/],
  ["struct S { Foo x; };", 1, /^Foo$/, /not known.*types: \{ Foo/],
  ["struct S { int x[N]; };", 1, /^N$/, /#define it before/],
  ["#if FOO > 2\nstruct S { int x; };\n#endif", 1, /^#if FOO > 2$/, /defines: \{ FOO/],
  ["\n#ifdef FOO\nstruct S { int x; };\n#endif", 2, /^#ifdef FOO$/, /whether FOO is defined/],
  ["struct S { int x;\n#ifdef FOO\n int y;\n#endif\n};", 2, /^#ifdef FOO$/, /whether FOO is defined/],
  ["#ifdef FOO\n#pragma pack(1)\n#endif\nstruct S { int x; };", 1, /^#ifdef FOO$/, /whether FOO is defined/],
  ["#ifdef __linux__\nstruct S { int x; };", 1, /^#ifdef __linux__$/, /#endif is missing/],
  ["#endif", 1, /^#endif$/, /no #if/],
  ["#error no\n", 1, /^#error no$/, /refuses/],
  ["#define F(x) x\nstruct S {\n int x[F(2, 3)]; };", 3, /^F$/, /takes 1 arguments, not 2/],
  [
    "#ifdef FOO\n#define N 3\n#endif\nstruct S {\n int x[N]; };",
    5,
    /^N$/,
    /line 1: #ifdef FOO: .*whether FOO is defined/,
  ],
  ["struct S { long double x; };", 1, /^S\.x$/, /use double/],
  ["struct S { wchar_t x[2]; };", 1, /^S\.x$/, /4 bytes on Linux and 2 on Windows/],
  ["struct S { int x[0x7fffffff][0x7fffffff]; };", 1, /^S\.x$/, /more than 2\^47/],
  ["struct S { short long x; };", 1, /^short long$/, /no type/],
  ["struct S { pthread_mutex_t m; };", 1, /^S\.m$/, /object of this library/],
  ["struct S { int x : 33; };", 1, /^S\.x$/, /from 1 to 32/],
  ["struct S { float x : 3; };", 1, /^S\.x$/, /must be an integer/],
  ["struct S { _Atomic double x; };", 1, /^S\.x$/, /only integers and bool/],
  ["struct S { std::atomic<double> x; };", 1, /^atomic$/, /only integers and bool/],
  ["struct S { int a;\n int get; };", 2, /^S\.get$/, /underscore/],
  ["struct S { int a;\n int a; };", 2, /^S\.a$/, /two members/],
  ["struct S { int; int a; };", 1, /without a name/, /give it one/],
  ["struct S { struct T t; };", 1, /^S\.t$/, /T is not defined before/],
  ["struct S { int a; };\nstruct S { int b; };", 2, /^struct S$/, /twice/],
  ["typedef struct { int a; } S;\ntypedef struct { int b; } S;", 2, /^S$/, /twice/],
  ["struct S { int a;\n", 2, /the end/, /not closed/],
  ["struct S { int a };", 1, /^\}$/, /needs ;/],
  ["struct S {};\nstruct T { struct S s; };", 2, /^T\.s$/, /no bytes in C and one in C\+\+/],
  ["struct S { int a __attribute__((mode(DI))); };", 1, /^mode$/, /not read/],
  ["struct S { unsigned a : 3 __attribute__((packed)); };", 1, /^S\.a$/, /packed or aligned itself/],
  [
    "struct S { char c; int a : 3; int b __attribute__((aligned(8))); } __attribute__((packed));",
    1,
    /^packed$/,
    /not read/,
  ],
  ["#pragma pack(4)\nstruct S { char c; int a : 3; } __attribute__((packed));", 2, /^packed$/, /use one of them/],
  ["struct S { char c;\n#pragma pack(1)\n int a; };", 1, /pack/, /inside/],
  ["#pragma pack(3)\nstruct S { int a; };", 1, /^#pragma pack/, /1, 2, 4, 8, 16/],
  ["#pragma pack(pop, label)\nstruct S { int a; };", 1, /^#pragma pack/, /pack\(push, n\)/],
  ["#pragma scalar_storage_order big-endian\nstruct S { int a; };", 1, /^#pragma scalar/, /not read/],
  ["typdef struct { int a; } S;", 1, /^typdef$/, /a struct follows/],
  ["enum E { A = 1, B = 1 << 40 }; struct S { enum E e; };", 1, /^S\.e$/, /<<: .*32 bits/],
  ["enum { A, A };\nstruct S { int x[A]; };", 2, /^A$/, /two constants/],
  ["struct S { int x[2.5]; };", 1, /^2\.5$/, /no integer/],
  ["struct S { int x[1 / 0]; };", 1, /^\/$/, /division by 0/],
  ["/* no end", 1, /^\/\*$/, /does not end/],
  ["#pragma pack(1)\nstruct S { char c; _Atomic int a; };", 2, /^struct S$/, /multiple of 4/],
  ["\nMACRO(x)\nstruct S { int a; };", 2, /^MACRO$/, /a struct follows/],
  ["struct S { int a;\n BODY() int b; };", 2, /^BODY$/, /if it is a macro/],
  ["__declspec(align(16)) struct S { int a; };", 1, /^aligned$/, /right behind the keyword/],
  ["__attribute__((packed)) struct S { int a; };", 1, /^packed$/, /right behind its \}/],
  ["struct S { VOID *p; };", 1, /^VOID \* p$/, /another process/],
  ["struct S { VOID p; };", 1, /^S\.p$/, /no value/],
  ['_Pragma("scalar_storage_order big-endian")\nstruct S { int a; };', 1, /^#pragma scalar/, /not read/],
  ["_Pragma(pack)", 1, /^_Pragma$/, /one string/],
  ['struct S { int a;\n_Pragma("pack(1)") int b; };', 1, /pack/, /inside/],
  ["struct S { int a;\n virtual void f(); };", 2, /^virtual$/, /an address, which means nothing/],
  ["struct S : Base { int a; };", 1, /^Base$/, /the base struct is not known.*types: \{ Base/],
  ["struct S { int a;\n int &b; };", 2, /^int & b$/, /another process/],
  ["template <class T> struct V { T t; };\nstruct S { V<int> v; };", 2, /^S\.v$|^V$/, /template/],
  ["struct S { std::vector<int> v; };", 1, /^std::vector$/, /kept elsewhere, at addresses/],
  ["enum class E : Unknown { A };\nstruct S { E e; };", 2, /^S\.e$/, /line 1: Unknown: the type is not known/],
  ["struct S { std::tuple<int> v; };", 1, /^std::tuple$/, /a template is not read/],
];

test("what cannot be read is an error that names line and construct, and says what to do", () => {
  for (const [text, line, construct, advice] of REFUSED)
    assert.throws(
      () => fromCHeader(text),
      (error: Error & { line: number; construct: string }) => {
        assert.equal(error.name, "CHeaderError", `${text}: ${error.stack ?? ""}`);
        assert.equal(error.line, line, text);
        assert.match(error.construct, construct, text);
        assert.match(error.message, advice, text);
        return true;
      },
      text,
    );
});
