// C++ as headers of shared memory have it: each form by itself, with the layout that the compilers of this machine give it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromCHeader } from "rtshm/c-header";
import { struct, u32, type StructType } from "rtshm/struct";
import { cppCompilers, runInCpp } from "./c-compiler.js";

/** Each has a struct V; the fields are what is read of it: name, type and, but for bit-fields, offset. */
const FORMS: readonly (readonly [what: string, text: string, fields: string])[] = [
  ["a tag as a type", "struct P { float x; }; enum E { A }; struct V { P p; E e; };", "0 P p, 4 E e"],
  ["enum class", "enum class K { A, B }; struct V { char c; K k; };", "0 i8 c, 4 K k"],
  ["enum class with a type", "enum class K : unsigned char { A, B }; struct V { K k; int a; };", "0 K k, 4 i32 a"],
  [
    "an enum that is declared before",
    "enum class K : uint16_t; struct V { K k; char c; }; enum class K : uint16_t { A };",
    "0 u16 k, 2 i8 c",
  ],
  [
    "a type of an enum from a typedef",
    "using Small = std::int8_t; enum K : Small { A = -1 }; struct V { K k; };",
    "0 K k",
  ],
  [
    "constants of an enum class as lengths",
    "enum class K { Count = 3 }; struct V { short a[(int)K::Count], b[static_cast<int>(K::Count) + 1]; };",
    "0 [3]i16 a, 6 [4]i16 b",
  ],
  [
    "constants as lengths",
    "static const int N = 4; constexpr auto M = N * 2u; inline constexpr std::size_t K{M - 1}; struct V { int a[N]; char b[M], c[K]; };",
    "0 [4]i32 a, 16 utf8(8) b, 24 utf8(7) c",
  ],
  [
    "constants of the struct itself",
    "struct V { static constexpr int N = 2; static const unsigned M = N + 1; enum { K = M * N }; short a[N][M]; short b[K]; };",
    "0 [2][3]i16 a, 12 [6]i16 b",
  ],
  [
    "default values of members",
    "struct V { int a = 0; float b = 1.5f, c[2] = {1, 2}; bool d{true}; double e{}; unsigned f : 3 = 1; };",
    "0 i32 a, 4 f32 b, 8 [2]f32 c, 16 bool d, 24 f64 e, u32:3 f",
  ],
  [
    "member functions",
    "struct V { int a; void clear() { a = 0; } int get() const noexcept { return a; } static V make(); auto f() -> int { return 1; } char b; };",
    "0 i32 a, 4 i8 b",
  ],
  [
    "constructors and operators",
    "struct V { V() : a(1), b{2} {} explicit V(int x) : V() { if (x) { a = x; } } V(const V&) = default; ~V() {} V& operator=(const V&) = default; bool operator==(const V& o) const { return a == o.a; } operator bool() const { return true; } int operator()(int i) { return i; } int a, b; };",
    "0 i32 a, 4 i32 b",
  ],
  ["a base without padding", "struct H { int n; }; struct V : public H { int a; };", "0 i32 n, 4 i32 a"],
  [
    "a base that is a POD keeps its padding",
    "struct H { int n; char c; }; struct V : H { char d; };",
    "0 i32 n, 4 i8 c, 8 i8 d",
  ],
  [
    "members go into the padding of a base that is none",
    "struct H { H() {} int n; char c; }; struct V : H { char d; };",
    "0 i32 n, 4 i8 c, 5 i8 d",
  ],
  [
    "two bases",
    "struct A { short a; }; struct B { double b; }; struct V : A, private B { char c; };",
    "0 i16 a, 8 f64 b, 16 i8 c",
  ],
  [
    "a base of a base",
    "struct A { char a; }; struct B : A { short b; }; struct V : B { char c; };",
    "0 i8 a, 2 i16 b, 4 i8 c",
  ],
  ["a base without members", "struct E {}; struct V : E { int a; };", "0 i32 a"],
  [
    "access and friends",
    "class V { friend class Other; friend bool same(const V&); public: int a; private: char b; protected: double c; };",
    "0 i32 a, 4 i8 b, 8 f64 c",
  ],
  [
    "namespaces",
    "namespace n { namespace m { constexpr int N = 2; struct P { short s[N]; }; } using m::P; } namespace k = n::m; struct V { n::m::P a; k::P b; n::P c; char d[n::m::N]; };",
    "0 P a, 4 P b, 8 P c, 12 utf8(2) d",
  ],
  [
    "using namespace, and an inline one",
    "namespace n { typedef unsigned Word; inline namespace v2 { struct P { Word w; }; } } using namespace n; struct V { P p; n::v2::P q; Word w; };",
    "0 P p, 4 P q, 8 u32 w",
  ],
  [
    "using",
    "using f32 = float; using Row = f32[3]; struct V { using Id = uint16_t; Id id; Row rows[2]; };",
    "0 u16 id, 4 [2][3]f32 rows",
  ],
  [
    "alignas and aligned",
    "struct alignas(16) P { char c; }; struct V { alignas(8) char a; alignas(double) int b; char c __attribute__((aligned(4))); P p; } __attribute__((aligned(64)));",
    "0 i8 a, 8 i32 b, 12 i8 c, 16 P p",
  ],
  [
    "the size of a cache line",
    "struct V { alignas(std::hardware_destructive_interference_size) std::atomic<uint64_t> a; alignas(std::hardware_constructive_interference_size) std::atomic<uint64_t> b; };",
    "0 atomic u64 a, 64 atomic u64 b",
  ],
  [
    "packed members",
    "struct V { char a; int b __attribute__((packed)); [[gnu::packed]] double c; short d; };",
    "0 i8 a, 1 i32 b, 5 f64 c, 14 i16 d",
  ],
  [
    "unions, one in the other, with and without a name",
    "struct V { int type; union { int i; float f; struct { short x, y; }; union { double d; char c[3]; } u; }; };",
    "0 i32 type, 8 i32 i, 8 f32 f, 8 i16 x, 10 i16 y, 8 V_part_u u",
  ],
  [
    "a struct without a name",
    "struct V { struct { int a, b; }; struct { char c; } d[2]; };",
    "0 i32 a, 4 i32 b, 8 [2]V_d d",
  ],
  [
    "structs in structs",
    "struct V { struct In { int x; }; enum class M : char { A }; In in[2]; M m; }; struct W { V::In x; V::M m; };",
    "0 [2]In in, 8 M m",
  ],
  [
    "std::array and std::atomic",
    "struct V { std::array<int, 2 + 1> a; std::array<std::array<char, 2>, 3> b; std::atomic<uint32_t> c; std::atomic_int d; std::atomic<bool> e{false}; std::atomic_uchar f; std::atomic<char> g[2]; std::atomic_uint_least16_t h; };",
    "0 [3]i32 a, 12 [3]utf8(2) b, 20 atomic u32 c, 24 atomic i32 d, 28 atomic bool e, 29 atomic u8 f, 30 [2]atomic i8 g, 32 atomic u16 h",
  ],
  [
    "std::atomic of an enumeration",
    "enum class K : uint16_t { A }; enum L { B }; struct V { char c; std::atomic<K> k{K::A}; std::atomic<L> l; };",
    "0 i8 c, 2 atomic u16 k, 4 atomic u32 l",
  ],
  [
    "the names of <cstdint>",
    "struct V { std::uint8_t a; std::int64_t b; std::size_t c; ::uint16_t d; std::byte e; };",
    "0 u8 a, 8 i64 b, 16 u64 c, 24 u16 d, 26 u8 e",
  ],
  [
    "numbers as C++ writes them",
    "struct V { char a[0b11], b[1'000], c[0x1'0]; };",
    "0 utf8(3) a, 3 utf8(1000) b, 1003 utf8(16) c",
  ],
  [
    "decltype of a member, sizeof of one",
    "struct P { short s; char t[5]; }; struct V { decltype(P::s) a; char b[sizeof(P::t)]; };",
    "0 i16 a, 2 utf8(5) b",
  ],
  [
    "what lays nothing out, between what does",
    '#include <vector>\ntemplate <class T> struct Box { T t; }; extern "C" int f(int); int g(int x) { return x ? 1 : 2; } struct V { int a; template <class T> T as() { return T{}; } static_assert(sizeof(int) == 4); static int count; char b; }; std::vector<int> numbers = {1, 2}; void h(const V& v) { struct V2 { int z; }; } int Box2();',
    "0 i32 a, 4 i8 b",
  ],
  [
    "functions of other scopes",
    "struct A { void f(); A(); ~A(); bool operator<(const A&) const; int a; }; inline void A::f() { int x; } A::A() : a(1) {} A::~A() {} bool A::operator<(const A&) const { return true; } struct V { int a; };",
    "0 i32 a",
  ],
];

const valueOf = (text: string): StructType => {
  const found = (fromCHeader(text) as Readonly<Record<string, StructType>>).V;
  assert.ok(found !== undefined, text);
  return found;
};

for (const [what, text, fields] of FORMS)
  test(`${what}: it is read`, () => {
    const found = valueOf(text).fields.map(({ name, type, offsetBytes, bits }) =>
      bits === undefined ? `${String(offsetBytes)} ${type.typeName} ${name}` : `${type.typeName} ${name}`,
    );
    assert.equal(found.join(", "), fields);
  });

for (const compiler of cppCompilers)
  test(`${compiler} lays each of these forms out like that`, () => {
    const texts = FORMS.map(([, text], i) => {
      const type = valueOf(text);
      const checks = type.fields
        .filter(({ bits }) => bits === undefined)
        .map(({ name, offsetBytes }) => `static_assert(offsetof(V, ${name}) == ${String(offsetBytes)}, "${name}");`);
      const sizes = `static_assert(sizeof(V) == ${String(type.sizeBytes)} && alignof(V) == ${String(type.alignmentBytes)}, "V");`;
      return `namespace form${String(i)} {\n${text.replaceAll(/#include.*/g, "")}\n${sizes}\n${checks.join("\n")}\n}`;
    });
    const includes = ["array", "atomic", "cstddef", "cstdint", "new", "vector"]
      .map((name) => `#include <${name}>`)
      .join("\n");
    const sizes = `#ifndef __cpp_lib_hardware_interference_size
namespace std { constexpr size_t hardware_destructive_interference_size = 64, hardware_constructive_interference_size = 64; }
#endif`;
    runInCpp(compiler, `${includes}\n${sizes}\n${texts.join("\n")}\nint main() { return 0; }`);
  });

test("of two structs of one name each can be asked for by its path", () => {
  const text = "namespace a { struct S { int x; }; } namespace b { struct S { short y; }; struct T { S s; }; }";
  const all = fromCHeader(text) as Readonly<Record<string, StructType>>;
  assert.deepEqual(Object.keys(all).sort(), ["T", "a::S", "b::S"]);
  assert.equal(all.T?.sizeBytes, 2);
  const only = fromCHeader(text, { only: ["b::S", "b::T"] }) as Readonly<Record<string, StructType>>;
  assert.deepEqual(
    Object.values(only).map(({ sizeBytes }) => sizeBytes),
    [2, 2],
  );
});

test("types of other headers are passed by the names that they have there", () => {
  const Point = struct("Point", { x: u32, y: u32 });
  const text = "struct V : geo::Point { geo::Point p[2]; Stamp at; };";
  const { V } = fromCHeader(text, { types: { "geo::Point": Point, Stamp: u32 } }) as Readonly<
    Record<string, StructType>
  >;
  assert.deepEqual(
    V?.fields.map(({ name, offsetBytes }) => [name, offsetBytes]),
    [
      ["x", 0],
      ["y", 4],
      ["p", 8],
      ["at", 24],
    ],
  );
  assert.throws(() => fromCHeader(text), {
    message: /line 1: geo::Point: the base struct .* types: \{ "geo::Point": …/,
  });
});
