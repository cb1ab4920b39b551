// The few templates and structs of the standard libraries that shared memory has: std::array, std::atomic, timeval.
import { struct } from "../struct.js";
import type { FieldType } from "../field-type.js";
import { i64, i64Number } from "../scalars.js";
import type { CType, TypeOptions } from "./known-types.js";

/** Names of `<atomic>` and `<stdatomic.h>` that are not `atomic_` and the name of the type. */
const ATOMIC: Readonly<Record<string, string>> = {
  ...{ atomic_bool: "_Bool", atomic_char: "char", atomic_schar: "signed char", atomic_uchar: "unsigned char" },
  ...{ atomic_short: "short", atomic_ushort: "unsigned short", atomic_int: "int", atomic_uint: "unsigned" },
  ...{ atomic_long: "long", atomic_ulong: "unsigned long", atomic_llong: "long long" },
  atomic_ullong: "unsigned long long",
};
const ATOMIC_NAMED =
  /^atomic_(u?int(?:_least)?(?:8|16|32|64)_t|u?int(?:max|ptr)_t|size_t|ptrdiff_t|char(?:8|16|32)_t)$/;

/** The type that a name such as `atomic_uint` is atomic of, as it is written. */
export const atomicName = (name: string): string | undefined =>
  Object.hasOwn(ATOMIC, name) ? ATOMIC[name] : ATOMIC_NAMED.exec(name)?.[1];

const KEPT_ELSEWHERE = new Set(
  (
    "string wstring u8string u16string u32string string_view basic_string vector deque list forward_list map multimap set multiset unordered_map " +
    "unordered_set unordered_multimap unordered_multiset queue priority_queue stack span shared_ptr weak_ptr unique_ptr function any thread " +
    "mutex recursive_mutex timed_mutex shared_mutex condition_variable"
  ).split(" "),
);

/** Whether a type of the standard library is one that lives in one process. */
export const isElsewhere = (name: string): boolean => KEPT_ELSEWHERE.has(name);

/** Why it is refused. */
export const ELSEWHERE =
  "what it has is kept elsewhere, at addresses of one process: use an array, such as char name[64], or an object of this library";

interface GivenTag {
  readonly name: string;
  type?: CType;
}

/** Tags that headers of Linux take from others. */
export function givenTags({ dataModel, integers64 }: TypeOptions): GivenTag[] {
  if (dataModel !== "LP64") return [];
  const long = integers64 === "number" ? i64Number : i64;
  const two = (name: string, second: string): GivenTag => {
    const fields = { tv_sec: long, [second]: long } as unknown as Readonly<Record<string, FieldType>>;
    const type: CType = { type: struct(name, fields) as unknown as FieldType };
    return { name, type };
  };
  return [two("timeval", "tv_usec"), two("timespec", "tv_nsec"), two("__kernel_timespec", "tv_nsec")];
}
