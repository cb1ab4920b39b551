// Random declarations as headers of C and C++ have them, as text: for comparing what is read with what compilers make of them.

type Language = "c" | "c++";

const C_SCALARS =
  "char;signed char;unsigned char;short;unsigned short;int;unsigned;long;unsigned long;long long;float;double;int8_t;uint8_t;int16_t;uint16_t;int32_t;uint32_t;int64_t;uint64_t";
const CPP_SCALARS = `${C_SCALARS};bool;std::int8_t;std::uint16_t;std::uint32_t;std::int64_t;size_t;char16_t`;
const BITS = [
  ["unsigned", 32],
  ["int", 32],
  ["unsigned char", 8],
  ["short", 16],
  ["unsigned long long", 64],
] as const;

/** A header, and which structs and unions of it can be asked for their layout, by their names in the language. */
export interface RandomHeader {
  readonly text: string;
  readonly names: readonly string[];
  /** What cannot stand inside of a namespace. */
  readonly isGlobal: boolean;
}

interface Made {
  readonly name: string;
  readonly isUnion: boolean;
  /** It has a constructor or the like, so a union does not take it. */
  readonly isSpecial: boolean;
  readonly isBase: boolean;
}

/** Makes headers; the same seed makes the same ones. */
export class HeaderMaker {
  #state: number;
  #count = 0;
  #structs: Made[] = [];
  #types: string[] = [];
  #constants: string[] = [];
  #lines: string[] = [];
  #fields = 0;

  constructor(
    seed: number,
    readonly language: Language,
  ) {
    this.#state = seed;
  }

  /** A number from 0 on. */
  #below(count: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) | 0;
    let mixed = this.#state ^ (this.#state >>> 15);
    mixed = Math.imul(mixed, 0x2c1b_3c6d);
    return ((mixed ^ (mixed >>> 12)) >>> 0) % count;
  }

  #one<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)] as Item;
  }

  #is(percent: number): boolean {
    return this.#below(100) < percent;
  }

  get #isCpp(): boolean {
    return this.language === "c++";
  }

  /** A name that nothing else has. */
  #name(kind: string): string {
    return `${kind}${String(this.#count++)}`;
  }

  /** One header with some structs. */
  make(): RandomHeader {
    this.#structs = [];
    this.#types = [];
    this.#constants = [];
    this.#lines = [];
    for (let i = 1 + this.#below(4); i > 0; i--) this.#declaration();
    this.#struct();
    for (let i = this.#below(3); i > 0; i--)
      if (this.#is(50)) this.#declaration();
      else this.#struct();
    this.#struct();
    const inC = (made: Made): string => (this.#isCpp ? made.name : `${made.isUnion ? "union" : "struct"} ${made.name}`);
    return { text: this.#lines.join("\n"), names: this.#structs.map(inC), isGlobal: !this.#isCpp };
  }

  #integer(): string {
    const one = (): string =>
      this.#constants.length > 0 && this.#is(60) ? this.#one(this.#constants) : String(1 + this.#below(4));
    const plain = this.#is(60) ? one() : `${one()} ${this.#one(["+", "*"])} ${one()}`;
    if (this.#is(80)) return plain;
    const more = this.#isCpp
      ? ["(sizeof(int) / 2)", "static_cast<int>(2u)", "(int)3", "0x2'0 / 8"]
      : ["(sizeof(int) / 2)", "(int)3"];
    return this.#one([...more, `(${one()} > 2 ? 2 : 3)`, "('b' - 'a')"]);
  }

  /** A length of an array: small, whatever the expression is. */
  #length(): string {
    return `1 + (${this.#integer()}) % 3`;
  }

  #declaration(): void {
    const name = this.#name(this.#one(["K", "T", "N"]));
    const kind = this.#below(this.#isCpp ? 7 : 4);
    if (kind === 0) this.#lines.push(`#define ${name}_M (${this.#integer()})`);
    if (kind === 0) this.#constants.push(`${name}_M`);
    else if (kind === 1) this.#enum(name);
    else if (kind === 2) {
      const align = this.#is(30) ? ` __attribute__((aligned(${String(this.#one([1, 2, 8, 16]))})))` : "";
      this.#lines.push(`typedef ${this.#plainScalar()} ${name}${align};`);
      this.#types.push(name);
    } else if (kind === 3) {
      this.#lines.push(`typedef ${this.#plainScalar()} ${name}[${this.#length()}];`);
      this.#types.push(name);
    } else if (kind === 4) {
      const type = this.#one([
        "static const int",
        "constexpr int",
        "inline constexpr unsigned",
        "const unsigned char",
        "constexpr auto",
        "static constexpr std::size_t",
      ]);
      const value = this.#integer();
      this.#lines.push(
        `${type} ${name}${this.#is(30) ? `{int(${value})}` : ` = ${value}`};`.replace(
          /(char|size_t|unsigned) (\w+)\{int/,
          "$1 $2{(unsigned char)",
        ),
      );
      this.#constants.push(name);
    } else if (kind === 5) {
      this.#lines.push(`using ${name} = ${this.#plainScalar()};`);
      this.#types.push(name);
    } else this.#namespaced(name);
  }

  #namespaced(name: string): void {
    const inner = this.#name("n");
    this.#lines.push(
      `namespace ${name}_n { namespace ${inner} { constexpr int C = ${this.#integer()}; using Number = ${this.#plainScalar()}; struct Inner { Number n; char c[C]; }; } }`,
    );
    this.#constants.push(`${name}_n::${inner}::C`);
    this.#types.push(`${name}_n::${inner}::Number`, `${name}_n::${inner}::Inner`);
    if (this.#is(50)) this.#lines.push(`using namespace ${name}_n;`);
  }

  #enum(name: string): void {
    const isScoped = this.#isCpp && this.#is(50);
    const base =
      this.#isCpp && this.#is(50)
        ? ` : ${this.#one(["unsigned char", "int16_t", "std::uint32_t", "long long", "bool"])}`
        : "";
    const values = base === " : bool" ? `${name}_A` : `${name}_A, ${name}_B = ${this.#integer()}, ${name}_C`;
    const packed = base === "" && !isScoped && this.#is(20) ? " __attribute__((packed))" : "";
    const isHuge = base === "" && !isScoped && packed === "" && this.#is(20);
    this.#lines.push(
      `enum${isScoped ? " class" : ""}${packed} ${name}${base} { ${values}${isHuge ? `, ${name}_D = 1ull << 40` : ""} };`,
    );
    this.#types.push(this.#isCpp ? name : `enum ${name}`);
    if (!isScoped && base !== " : bool") this.#constants.push(`${name}_B`);
    else if (isScoped && base !== " : bool") this.#constants.push(`static_cast<int>(${name}::${name}_B)`);
  }

  #plainScalar(): string {
    return this.#one((this.#isCpp ? CPP_SCALARS : C_SCALARS).split(";"));
  }

  #type(inUnion: boolean): string {
    const usable = this.#structs.filter(({ isSpecial }) => !inUnion || !isSpecial);
    if (usable.length > 0 && this.#is(25)) {
      const { name, isUnion } = this.#one(usable);
      return this.#isCpp
        ? this.#one([name, `${isUnion ? "union" : "struct"} ${name}`])
        : `${isUnion ? "union" : "struct"} ${name}`;
    }
    if (this.#types.length > 0 && this.#is(35)) return this.#one(this.#types);
    if (this.#isCpp && !inUnion && this.#is(10))
      return `std::atomic<${this.#one(["int", "uint32_t", "std::int64_t", "unsigned long", "bool", "uint8_t", "short", "char"])}>`;
    if (this.#isCpp && this.#is(10)) return `std::array<${this.#plainScalar()}, ${String(1 + this.#below(3))}>`;
    return this.#plainScalar();
  }

  /** A struct or a union, perhaps packed, aligned, or with bases. */
  #struct(): void {
    const isUnion = this.#is(15);
    const name = this.#name("S");
    const bases = this.#isCpp && !isUnion && this.#is(45) ? this.#bases() : [];
    const hasPragma = this.#is(20);
    if (hasPragma) this.#lines.push(`#pragma pack(push, ${String(this.#one([1, 2, 4, 8]))})`);
    const isPacked = !hasPragma && this.#is(15);
    const align = this.#is(15) ? String(this.#one([2, 8, 16, 32])) : undefined;
    const isGnu = isPacked || this.#is(30); // g++ does not take alignas beside an attribute
    const attributes = [
      ...(isPacked ? ["packed"] : []),
      ...(align !== undefined && isGnu && this.#isCpp ? [`aligned(${align})`] : []),
    ];
    const aligned = align !== undefined && !isGnu && this.#isCpp ? ` alignas(64)` : "";
    const before = attributes.length > 0 ? ` __attribute__((${attributes.join(", ")}))` : aligned;
    const behind = align !== undefined && !this.#isCpp ? ` __attribute__((aligned(${align})))` : "";
    const keyword = isUnion ? "union" : "struct";
    // Bit-fields beside what moves the members around them are refused often, so there are fewer of them there.
    const isMoved = isPacked || hasPragma || bases.length > 0;
    const { lines, isSpecial } = this.#body(name, isUnion, !isMoved || this.#is(30), isPacked);
    const heads =
      bases.length === 0 ? "" : ` : ${bases.map((base) => `${this.#one(["", "public "])}${base}`).join(", ")}`;
    this.#lines.push(`${keyword}${before} ${name}${heads} {`, ...lines, `}${behind};`);
    if (hasPragma) this.#lines.push("#pragma pack(pop)");
    this.#structs.push({ name, isUnion, isSpecial: isSpecial || bases.length > 0, isBase: !isUnion });
  }

  #bases(): string[] {
    const usable = this.#structs.filter(({ isBase }) => isBase);
    if (usable.length === 0) return [];
    const first = this.#one(usable);
    const second = this.#one(usable);
    // Two that share a base would have its fields twice.
    return [first.name, ...(second !== first && this.#is(20) ? [second.name] : [])];
  }

  #body(
    name: string,
    isUnion: boolean,
    canHaveBits: boolean,
    isPacked: boolean,
  ): { lines: string[]; isSpecial: boolean } {
    const lines: string[] = [];
    let isSpecial = false;
    if (this.#isCpp && this.#is(20)) {
      const constant = this.#name("L");
      lines.push(
        `  static constexpr int ${constant} = ${this.#integer()};`,
        `  char f${String(this.#fields++)}[1 + ${constant} % 3];`,
      );
    }
    for (let i = 1 + this.#below(6); i > 0; i--) lines.push(...this.#member(isUnion, canHaveBits, isPacked, 2));
    if (this.#isCpp && !isUnion) {
      const extra = this.#extra(name);
      lines.push(...extra.lines);
      isSpecial = extra.isSpecial || lines.some((line) => /f\d+(?:\[.*\])?(?: =|\{)|std::atomic|S\d+ f/.test(line));
    }
    return { lines, isSpecial };
  }

  /** What C++ has in structs besides members. */
  #extra(name: string): { lines: string[]; isSpecial: boolean } {
    const lines: string[] = [];
    const special = [
      `  ${name}() {}`,
      `  explicit ${name}(int x) noexcept { if (x > 0) { clear(); } }\n  ${name}() {}\n  void clear() {}`,
      `  ~${name}() {}`,
      `  ${name}& operator=(const ${name}& other) { return *this; }`,
      `  ${name}(const ${name}&) {}\n  ${name}() {}`,
    ];
    const isSpecial = this.#is(25);
    if (isSpecial) lines.push(this.#one(special));
    if (this.#is(30))
      lines.push(
        this.#one([
          "  int get() const { return 1; }",
          "  static int count;",
          `  bool operator==(const ${name}&) const { return true; }`,
          "  int *data() noexcept { return nullptr; }",
          `  friend int peek(const ${name}& s);`,
          "  template <class T> T as() const { return T{}; }",
          "  enum { Inside = 3 };",
          "  using Short = short;",
          "  operator bool() const { return false; }",
        ]),
      );
    if (this.#is(10)) lines.push("private:", `  int f${String(this.#fields++)};`, "public:");
    return { lines, isSpecial };
  }

  #field(): string {
    return `f${String(this.#fields++)}`;
  }

  #member(inUnion: boolean, canHaveBits: boolean, isPacked: boolean, depth: number, inNameless = false): string[] {
    const pad = "  ".repeat(4 - depth - 1);
    if (canHaveBits && this.#is(20)) {
      const [type, most] = this.#one(BITS);
      if (!inUnion && this.#is(15)) return [`${pad}${type} : ${this.#is(50) ? "0" : String(1 + this.#below(most))};`];
      return [`${pad}${type} ${this.#field()} : ${String(1 + this.#below(most))};`];
    }
    if (depth > 0 && this.#is(18)) {
      const isUnion = this.#is(60);
      const isNameless = this.#is(55);
      const lines = Array.from({ length: 1 + this.#below(3) }, () =>
        this.#member(isUnion || inUnion || (isNameless && this.#isCpp), canHaveBits, isPacked, depth - 1, isNameless),
      ).flat();
      const declarator = isNameless ? "" : ` ${this.#field()}${this.#is(30) ? `[${this.#length()}]` : ""}`;
      const tag = !isNameless && !(inNameless && this.#isCpp) && this.#is(40) ? ` ${this.#name("I")}` : "";
      return [`${pad}${isUnion ? "union" : "struct"}${tag} {`, ...lines, `${pad}}${declarator};`];
    }
    return [`${pad}${this.#plainMember(inUnion, canHaveBits, isPacked)}`];
  }

  #plainMember(inUnion: boolean, canMove: boolean, isPacked: boolean): string {
    const type = this.#type(inUnion);
    const name = this.#field();
    const dimensions = this.#is(25) && !this.#types.includes(type) ? `[${this.#length()}]` : "";
    const isPlain = /^(?:unsigned |signed )?(?:char|short|int|long|unsigned|float|double)$/.test(type);
    const value =
      this.#isCpp && !inUnion && isPlain && this.#is(20)
        ? dimensions === ""
          ? this.#one([" = 1", "{}", "{2}"])
          : " = {}"
        : "";
    if (canMove && this.#is(8) && this.#isCpp) return `alignas(64) ${type} ${name}${dimensions}${value};`;
    if (this.#is(8)) return `${type} ${name}${dimensions} __attribute__((aligned(${String(this.#one([2, 8, 16]))})));`;
    if (!isPacked && isPlain && this.#is(6)) return `${type} ${name}${dimensions} __attribute__((packed));`;
    return `${type} ${name}${dimensions}${value};`;
  }
}
