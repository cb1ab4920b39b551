// What lays nothing out in a struct is left out, whatever is in it; a macro that is not known is refused, because it could be a layout.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromCHeader } from "rtshm/c-header";
import type { StructType } from "rtshm/struct";
import { cppCompilers, runInCpp } from "./c-compiler.js";

/** What the texts do not declare, for compilers. */
const ELSEWHERE = `
#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>
struct Unknown { Unknown(int = 0) {} struct type {}; int x = 0; };
struct Holder {};
template <class... T> struct Box { };
#define API
`;

/** Each has a struct V with the members a and, at the end, z: the type of all others is not known, and none is one. */
const FORMS: readonly string[] = [
  "Unknown f(); const Unknown &g() const; Unknown *h(Unknown, int = 3);",
  "Box<int, Box<Unknown>> f() const { return {}; } std::vector<int> v() &&; std::array<Unknown, 3> w();",
  "[[nodiscard]] static Box<V, Unknown> create(const Unknown &x = {}) noexcept; auto k() -> Unknown; decltype(auto) m() { return a; }",
  'static Unknown one; static const Unknown two; static std::vector<int> three; inline static std::string four = "a;}"; static Unknown five[3];',
  "Unknown operator[](int) const; Unknown operator()(Unknown) { return 1; } std::strong_ordering operator<=>(const Unknown &) const;",
  "typedef Unknown T; typedef Box<T> B; using U = Box<3>; enum class E : Box<int>; enum { K = Unknown::N };",
  "API int f() const; API Unknown g() noexcept; API static Unknown h() { return 1; } __attribute__((pure)) Unknown i() const;",
  "long double f(); __int128 g(); wchar_t h(); int i() volatile; int j() throw(); int k() try { return 1; } catch (...) { return 2; }",
  "typename Unknown::type f(); unsigned Holder::*g() const; void h(Unknown x = {1}, std::array<int, 3> y = {}) { if (x.x) {} }",
  "template <class T> Box<T> as(T) { return {}; } friend Unknown peek(V); static void (*hook)(Unknown);",
  "struct In { Holder::Nothing x; };",
];
const textOf = (form: string): string => `struct V { int a; ${form} char z; };`;

const valueOf = (text: string): StructType => {
  const { V } = fromCHeader(text, { only: ["V"] }) as Readonly<Record<string, StructType>>;
  return V as StructType;
};

test("functions, static members and types in a struct are left out, although nothing is known of what they are made of", () => {
  for (const form of FORMS) assert.equal(valueOf(textOf(form)).declaration, "V 8 4\n0 i32 a\n4 i8 z", form);
});

/** Constructors and the like decide where members of derived structs are, also where their parameters are not known. */
const BASES: readonly (readonly [special: string, offsetBytes: number])[] = [
  ["void f(Unknown);", 8],
  ["Unknown f();", 8],
  ["B(Unknown, int = 3) : n(1), c{2} {}", 5],
  ["API B(Unknown) noexcept;", 5],
  ["Unknown operator=(const B &);", 5],
  ["Unknown operator==(const B &);", 8],
];
const baseText = (special: string): string => `struct B { int n; char c; ${special} }; struct V : B { char z; };`;

test("constructors and assignments with types that are not known count for the places of members behind a base", () => {
  for (const [special, offsetBytes] of BASES)
    assert.equal(valueOf(baseText(special)).offsetOf("z"), offsetBytes, special);
});

for (const compiler of cppCompilers)
  test(`${compiler} lays them out like that`, () => {
    const forms = FORMS.filter((form) => !/Nothing|Unknown::N|Box<3>|E : Box/.test(form)).map(
      (form, i) =>
        `namespace f${String(i)} { ${textOf(form)} static_assert(sizeof(V) == 8 && offsetof(V, z) == 4, "${String(i)}"); }`,
    );
    const bases = BASES.map(
      ([special, offsetBytes], i) =>
        `namespace b${String(i)} { ${baseText(special)} static_assert(offsetof(V, z) == ${String(offsetBytes)}, "${String(i)}"); }`,
    );
    runInCpp(compiler, `${ELSEWHERE}${[...forms, ...bases].join("\n")}\nint main() { return 0; }`);
  });

test("what a pointer points to need not be known", () => {
  const text =
    "typedef Unknown *P; struct V { Unknown *p; const a::Box<int> *q[2]; std::string &r; Unknown (*f)(Unknown); P s; };";
  const { V } = fromCHeader(text, { pointers: "u64" }) as Readonly<Record<string, StructType>>;
  assert.equal(V?.sizeBytes, 48);
  assert.throws(() => fromCHeader(text), { message: /^line 1: Unknown \* p: an address means nothing/ });
  assert.throws(() => fromCHeader("struct V { Unknown *p, q; };", { pointers: "u64" }), {
    message: /^line 1: V\.q: .*not known/,
  });
  assert.throws(() => fromCHeader("union V { void *p; Unknown *q; };"), {
    message: /^line 1: union V: an address means/,
  });
});

/** Texts with a macro of another header. */
const MACROS: readonly (readonly [text: string, construct: string, isCalled?: boolean])[] = [
  ["struct V { ATTR int a; };", "ATTR"],
  ["struct V { ATTR Unknown f(); };", "ATTR"],
  ["struct V { int a ATTR; };", "ATTR"],
  ["struct V { int a GUARDED_BY(lock); };", "GUARDED_BY", true],
  ["struct V { int a GUARDED_BY(lock) = 0; };", "GUARDED_BY", true],
  ["struct V { FIELD(int, a) };", "FIELD", true],
  ["struct V { FIELD(int, a); int b; };", "FIELD", true],
  ["struct V { const FIELD(int, a); };", "FIELD", true],
  ["struct V { uint8_t PAD(3); int a; };", "PAD", true],
  ["struct V { int a; Q_GADGET };", "Q_GADGET"],
  ["struct ATTR V { int a; };", "ATTR"],
  ["class ATTR V : Base { int a; };", "ATTR"],
  ["struct ATTR(4) V final { int a; };", "ATTR", true],
  ["struct V { char c; int a; } PACKED;", "PACKED"],
  ["struct V { char c; int a; } __packed;", "__packed"],
  ["typedef struct { char c; int a; } ATTR V;", "ATTR"],
  ["typedef struct { char c; int a; } V CACHE_ALIGNED;", "CACHE_ALIGNED"],
  ["typedef struct { char c; int a; } V ATTR(4);", "ATTR", true],
  ["typedef struct OSAL_PACKED { char c; int a; } V;", "OSAL_PACKED"],
];

test("a macro that is not known is called that, and is no type, tag, member or variable", () => {
  for (const [text, construct, isCalled = false] of MACROS)
    for (const options of [{}, { only: ["V"] }])
      assert.throws(
        () => fromCHeader(text, options),
        (error: Error & { construct: string }) => {
          assert.equal(error.construct, construct, `${text}: ${error.message}`);
          assert.match(error.message, isCalled ? /with #define \w+\(…\)/ : /with \{ defines: \{ \w+: … \} \}/, text);
          return true;
        },
        text,
      );
  assert.equal(valueOf("#define ATTR\nstruct ATTR V { ATTR int a ATTR; } ATTR;").sizeBytes, 4);
  const tags =
    "typedef struct PACKET { int a; } PACKET; struct Align2d { PACKET p; } packed_things, *more; struct V { struct PACKET p; };";
  assert.equal(valueOf(tags).sizeBytes, 4);
});

test("a struct that has such a macro is an error only for who needs it", () => {
  for (const [text] of MACROS) {
    const other = `${text.replaceAll("V", "Other")}\nstruct V { int a; };`;
    assert.equal(valueOf(other).sizeBytes, 4, other);
  }
});
