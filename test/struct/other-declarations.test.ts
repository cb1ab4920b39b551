// What stands beside the structs that are wanted: it is skipped to its end, and is an error only for who needs it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromCHeader } from "rtshm/c-header";
import type { StructType } from "rtshm/struct";

/** Each of them before and behind a struct that has nothing to do with it. */
const OTHERS: readonly string[] = [
  // Types that need what is not there.
  ...[
    "struct A : Base { int a; };",
    "struct A { Missing x; };",
    "struct A { A a; };",
    "union A { Missing m; int i; };",
  ],
  ...[
    "typedef unsigned char Buffer[UNKNOWN];",
    "typedef Missing<int> Other;",
    "enum { A = UNKNOWN };",
    "enum E { A = sizeof(Missing) };",
  ],
  ...[
    "enum class E : Missing { A };",
    "struct A { int a[N]; };",
    "struct A { int a : 99; };",
    "struct A { int a, a; };",
    "struct A { int a[1 / 0]; };",
  ],
  ...[
    "struct A { virtual ~A(); };",
    "struct A { int a; } __attribute__((mystery));",
    "struct alignas(Missing) A { int x; };",
  ],
  ...[
    "struct A { alignas(3) int x; };",
    "struct A { unsigned float x; };",
    "typedef int T; typedef float T;",
    "using f32 = Missing;",
  ],
  // What lays nothing out.
  ...[
    "enum class M : int { X, Y };",
    "constexpr int N = 3;",
    "namespace n { struct A { int a; }; }",
    "using f32 = float;",
    "BEGIN_DECLS",
  ],
  ...[
    "struct A;",
    "class C;",
    "enum E : int;",
    "static_assert(sizeof(Missing) == 3);",
    "using namespace other;",
    "using other::Name;",
  ],
  ...["template <class T, int N = (3 > 2)> class Vec { T data[N]; public: T &operator[](int i) { return data[i]; } };"],
  ...[
    "template <> struct Vec<int>;",
    "template <class T> using Pointer = std::shared_ptr<T>;",
    "template <class T> concept C = requires(T t) { t.x; };",
  ],
  ...[
    "class W : public QObject { Q_OBJECT public: explicit W(QObject *parent = nullptr); signals: void changed(); private slots: void on(); };",
  ],
  ...["import std;", 'asm("nop");', "DEFINE_GUID(IID, 1, 2, {3});", "friend class X;", "Q_DECLARE_METATYPE(Foo);"],
  // Functions and variables.
  ...[
    "static inline int f(int x) { if (x) { return 1; } return 2; }",
    "Missing f(Missing a) noexcept;",
    "int (*hook)(int, char);",
  ],
  ...[
    "void Foo::bar() { int x; }",
    "Foo::Foo() : a(1), b{2} { }",
    "Foo::~Foo() {}",
    "bool operator==(const Foo &a, const Foo &b) { return true; }",
  ],
  ...[
    "std::ostream &operator<<(std::ostream &o, const Foo &f);",
    "[[nodiscard]] int g();",
    "__declspec(dllexport) int h(void);",
  ],
  ...[
    "int f(struct B b);",
    "int f() try { return 1; } catch (...) { return 2; }",
    "auto add = [](int x) { return x; };",
  ],
  ...[
    'std::map<int, std::string> table = { {1, "a"}, {2, "}"} };',
    'const char *const names[] = { "{", "}" };',
    "char brace = '{';",
  ],
  ...[
    'const char *raw = R"(raw { string)";',
    "int x = 1, y = 2; int z(3); int w{4};",
    "struct A { int x; } a = { .x = 1 };",
    "thread_local Missing x;",
  ],
  // Lines of the preprocessor.
  ...[
    "#if UNKNOWN > 3\nint x;\n#endif",
    "#ifdef UNKNOWN\nint x;\n#else\nint y;\n#endif",
    "#if defined(UNKNOWN) && UNKNOWN(3)\n#endif",
    "#include UNKNOWN",
  ],
  ...[
    '#pragma comment(lib, "x")',
    "#pragma warning(disable: 4200)",
    "#pragma GCC diagnostic push",
    "#undef X",
    "#define X(a) a\nX(struct Q { int q; });",
  ],
  // Damage.
  ...[
    ")",
    "}",
    "]",
    ";;",
    "§",
    "`",
    "typedef;",
    "struct;",
    "enum;",
    "using;",
    "namespace;",
    "long long long x;",
    "if (1) { }",
    "for (;;) {}",
  ],
];

const names = (text: string, only?: readonly string[]): Readonly<Record<string, StructType>> =>
  fromCHeader(text, only === undefined ? {} : { only });

test("what `only` does not name is no error, before and behind what it names", () => {
  for (const other of OTHERS)
    for (const text of [`${other}\nstruct B { int b; };`, `struct B { int b; };\n${other}`])
      assert.equal(names(text, ["B"]).B?.declaration, "B 4 4\n0 i32 b", text);
});

/** What needs something that cannot be read: which line the reason is in, and its construct. */
const NEEDS: readonly (readonly [text: string, reason: RegExp])[] = [
  ["struct A { Missing x; };\nstruct B { A a; };", /^line 2: B\.a: line 1: Missing: the type is not known/],
  ["struct A { Missing x; };\nstruct B : A { int b; };", /^line 2: the base A: line 1: Missing/],
  ["typedef Missing A;\nstruct B { A a; };", /^line 2: B\.a: line 1: Missing/],
  ["typedef char A[UNKNOWN];\nstruct B { A a; };", /^line 2: B\.a: line 1: UNKNOWN: the constant is not known/],
  ["using A = Missing;\nstruct B { A a[2]; };", /^line 2: B\.a: line 1: Missing/],
  ["enum A { X = UNKNOWN };\nstruct B { A a; };", /^line 2: B\.a: line 1: UNKNOWN/],
  ["enum { X = UNKNOWN, Y };\nstruct B { char b[Y]; };", /^line 2: Y: line 1: UNKNOWN/],
  ["constexpr int N = UNKNOWN + 1;\nstruct B { char b[N]; };", /^line 2: N: line 1: UNKNOWN/],
  ["struct A { static constexpr int N = f(2); int a; };\nstruct B { char b[A::N]; };", /^line 2: A::N: line 1: f/],
  ["namespace n { struct A { Missing x; }; }\nstruct B { n::A a; };", /^line 2: B\.a: line 1: Missing/],
  ["union A { Missing m; int i; };\nstruct B { A a; };", /^line 2: B\.a: line 1: Missing/],
  ["struct A { struct { Missing x; } in; };\nstruct B { A a; };", /^line 2: B\.a: line 1: A\.in: line 1: Missing/],
  ["template <class T> struct A { T t; };\nstruct B { A<int> a; };", /^line 2: A: a template is not read/],
  ["#ifdef UNKNOWN\ntypedef int A;\n#endif\nstruct B { A a; };", /^line 4: B\.a: line 1: #ifdef UNKNOWN/],
];

test("who needs what cannot be read gets the reason, with both lines, and others do not", () => {
  for (const [text, reason] of NEEDS) {
    assert.throws(() => names(`${text}\nstruct C { int c; };`, ["B"]), { name: "CHeaderError", message: reason }, text);
    assert.equal(names(`${text}\nstruct C { int c; };`, ["C"]).C?.sizeBytes, 4, text);
  }
});

test("without `only` each struct has to be readable, and nothing else has", () => {
  const others = OTHERS.slice(
    OTHERS.indexOf("enum class M : int { X, Y };"),
    OTHERS.indexOf("struct A { int x; } a = { .x = 1 };"),
  );
  const rest = others.filter((other) => !/class W|struct A/.test(other)).join("\n");
  assert.deepEqual(Object.keys(names(`${rest}\nstruct B { int b; };`)), ["B"]);
  assert.throws(() => names("struct A { Missing x; };\nstruct B { int b; };"), { name: "CHeaderError", line: 1 });
});
