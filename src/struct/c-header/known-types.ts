// The types that a header can name without declaring them: those of C, of stdint.h and of windows.h.
import type { CHeaderError } from "./header-error.js";
import type { FieldType } from "../field-type.js";
import * as t from "../scalars.js";

/** What the names of types mean. */
export interface TypeOptions {
  /** As what 64-bit integers are read: `bigint`, or a checked `number`. */
  readonly integers64: "bigint" | "number";
  /** LP64: `long` has 8 bytes, as on Linux. LLP64: 4, as on Windows. */
  readonly dataModel: "LP64" | "LLP64";
}

/** A type. `text`: an array of it is a string. */
export interface KnownType {
  readonly type: FieldType;
  readonly text?: "utf8" | "utf16" | undefined;
  /** The alignment that a typedef gave it. */
  readonly alignBytes?: number;
}

/** What there is instead of a type: the reason. */
export interface Refused {
  readonly refused: string;
  /** Where what declares it could not be read. */
  readonly error?: CHeaderError;
  /** Why it is refused: it is a pointer, which takes 8 bytes. */
  readonly isPointer?: boolean;
  /** A struct without members: as a base it takes no bytes. */
  readonly isEmpty?: boolean;
  /** The structs without members that it is made of. */
  readonly empties?: readonly string[];
  /** Its scope. */
  readonly inside?: unknown;
}

/** A type, or why there is none. */
export type CType = KnownType | Refused;

const WORDS = [
  "void",
  "char",
  "short",
  "int",
  "long",
  "signed",
  "unsigned",
  "float",
  "double",
  "_Bool",
  "bool",
  "__int8",
  "__int16",
  "__int32",
  "__int64",
  "_Complex",
  "__int128",
  "_Decimal64",
];

/** Words that make up a type together: `unsigned long int`. */
export const isTypeWord = (word: string): boolean => WORDS.includes(word);

/** Why a pointer cannot be in a struct, and what can. */
export const POINTER_REFUSED =
  "an address means nothing in another process: keep an offset or an index, or declare it uint64_t to keep the bytes";

/** Why other types cannot be atomic. */
export const ATOMIC_REFUSED =
  "only integers and bool can be atomic: declare it as a plain type of its size to read and store its bytes";

const NO_VALUE = "there is no value of this type";

type Scalar = "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64" | "u64" | "f32" | "f64" | "bool";

const NAMED: Readonly<Record<Scalar, string>> = {
  i8: "int8_t int_least8_t int_fast8_t INT8 __s8",
  u8: "uint8_t uint_least8_t uint_fast8_t BYTE UCHAR UINT8 __u8 u_int8_t u_char byte",
  i16: "int16_t int_least16_t SHORT INT16 __s16",
  u16: "uint16_t uint_least16_t WORD USHORT UINT16 __u16 __le16 u_int16_t u_short ushort __kernel_sa_family_t sa_family_t",
  i32: "int32_t int_least32_t INT LONG INT32 LONG32 BOOL HRESULT NTSTATUS __s32 pid_t __kernel_rwf_t",
  u32: "uint32_t uint_least32_t char32_t DWORD ULONG UINT UINT32 ULONG32 DWORD32 __u32 __le32 __poll_t u_int32_t u_int uint uid_t gid_t mode_t",
  i64: "int64_t int_least64_t intmax_t intptr_t ssize_t ptrdiff_t __s64 __aligned_s64 __kernel_time64_t INT64 LONG64 LONGLONG LARGE_INTEGER SSIZE_T LONG_PTR INT_PTR",
  u64: "uint64_t uint_least64_t uintmax_t uintptr_t size_t __u64 __le64 __aligned_u64 __aligned_le64 u_int64_t UINT64 ULONG64 ULONGLONG DWORD64 DWORDLONG QWORD ULARGE_INTEGER SIZE_T ULONG_PTR DWORD_PTR UINT_PTR",
  f32: "FLOAT",
  f64: "DOUBLE",
  bool: "BOOLEAN",
};

const REFUSED: Readonly<Record<string, string>> = {
  [POINTER_REFUSED]:
    "HANDLE HWND HMODULE HINSTANCE HKEY PVOID LPVOID LPCVOID LPSTR LPCSTR LPWSTR LPCWSTR PSTR PCSTR PWSTR PCWSTR PCHAR PWCHAR PBYTE PWORD PDWORD PULONG PLONG PUCHAR FILE va_list",
  "its size is not the same everywhere: use char, WCHAR, char16_t or uint16_t": "TCHAR",
  "its size is not the same everywhere: use a type of stdint.h such as int32_t":
    "int_fast16_t int_fast32_t int_fast64_t uint_fast16_t uint_fast32_t uint_fast64_t",
  "an object of one process cannot be in memory that others see: use an object of this library":
    "CRITICAL_SECTION pthread_mutex_t pthread_cond_t pthread_rwlock_t sem_t",
  "its bytes are in the other order: pass u32, or the like, as one of `types` to read them in this order":
    "__be16 __be32 __be64",
  [ATOMIC_REFUSED]: "atomic_flag",
};

const SCALARS: Readonly<Record<Scalar, FieldType>> = {
  i8: t.i8,
  u8: t.u8,
  i16: t.i16,
  u16: t.u16,
  i32: t.i32,
  u32: t.u32,
  i64: t.i64,
  u64: t.u64,
  f32: t.f32,
  f64: t.f64,
  bool: t.bool,
};

function scalar(name: Scalar, { integers64 }: TypeOptions): FieldType {
  if (integers64 === "bigint" || (name !== "i64" && name !== "u64")) return SCALARS[name];
  return name === "i64" ? t.i64Number : t.u64Number;
}

/** The integer of a name such as `u64`, as the options have it. */
export const integerType = (
  name: "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64" | "u64",
  options: TypeOptions,
): FieldType => scalar(name, options);

/** All names that need no declaration. */
export function knownTypes(options: TypeOptions): Map<string, CType> {
  const types = new Map<string, CType>();
  for (const [name, names] of Object.entries(NAMED) as [Scalar, string][])
    for (const each of names.split(" ")) types.set(each, { type: scalar(name, options) });
  for (const [reason, names] of Object.entries(REFUSED))
    for (const name of names.split(" "))
      types.set(name, { refused: reason, ...(reason === POINTER_REFUSED ? { isPointer: true } : {}) });
  types.set("VOID", { refused: NO_VALUE });
  types.set("CHAR", { type: SCALARS.i8, text: "utf8" });
  types.set("char8_t", { type: SCALARS.u8, text: "utf8" });
  const long = scalar("i64", options);
  if (options.dataModel === "LP64")
    for (const name of ["time_t", "suseconds_t", "off_t", "__kernel_long_t", "__kernel_time_t"])
      types.set(name, { type: long });
  for (const name of ["WCHAR", "char16_t"]) types.set(name, { type: SCALARS.u16, text: "utf16" });
  types.set(
    "wchar_t",
    options.dataModel === "LLP64"
      ? { type: SCALARS.u16, text: "utf16" }
      : { refused: "it has 4 bytes on Linux and 2 on Windows: use char16_t or WCHAR for 2, uint32_t for 4" },
  );
  return types;
}

/** The type that words of C make: `unsigned long int`. @returns undefined if they make none */
export function typeOfWords(words: readonly string[], options: TypeOptions): CType | undefined {
  const { dataModel } = options;
  const key = words
    .filter((word) => word !== "signed" && word !== "unsigned")
    .sort()
    .join(" ");
  const signs = words.filter((word) => word === "signed" || word === "unsigned");
  const isUnsigned = signs[0] === "unsigned";
  const integer = (bits: number): CType => ({
    type: scalar(`${isUnsigned ? "u" : "i"}${String(bits)}` as Scalar, options),
  });
  if (signs.length > 1) return undefined;
  switch (key) {
    case "char":
      return signs.length === 0 ? { type: SCALARS.i8, text: "utf8" } : integer(8);
    case "__int8":
      return integer(8);
    case "short":
    case "int short":
    case "__int16":
      return integer(16);
    case "":
    case "int":
    case "__int32":
      return integer(32);
    case "long":
    case "int long":
      return integer(dataModel === "LP64" ? 64 : 32);
    case "long long":
    case "int long long":
    case "__int64":
      return integer(64);
  }
  if (signs.length > 0) return undefined;
  switch (key) {
    case "float":
      return { type: SCALARS.f32 };
    case "double":
      return { type: SCALARS.f64 };
    case "_Bool":
    case "bool":
      return { type: SCALARS.bool };
    case "void":
      return { refused: NO_VALUE };
    case "double long":
      return { refused: "JavaScript has no such number: use double, or uint8_t[16] to keep the bytes" };
    default:
      return undefined;
  }
}
