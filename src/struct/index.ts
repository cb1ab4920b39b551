// `rtshm/struct`: memory with the layout of C.
export { array, type ArrayView } from "./array.js";
export {
  atomicBool,
  atomicI16,
  atomicI32,
  atomicI64,
  atomicI8,
  atomicU16,
  atomicU32,
  atomicU64,
  atomicU8,
  type AtomicCell,
} from "./atomic.js";
export { bits, unnamedBits } from "./bits.js";
export { toCHeader } from "./to-c-header.js";
export { CHeaderError } from "./c-header/header-error.js";
export type { CHeaderOptions, Defines, HeaderPart, HeaderStructs, HeaderView } from "./c-header/index.js";
export { fromCHeader } from "./c-header-later.js";
export { enumeration, type EnumOptions, type EnumType } from "./enumeration.js";
export type {
  AlignedType,
  AnonymousType,
  BitsType,
  FieldType,
  IntegerType,
  UnnamedBitsType,
  ValueOf,
  ViewOf,
} from "./field-type.js";
export { aligned, anonymous } from "./member-types.js";
export { bool, f32, f64, i16, i32, i64, i64Number, i8, u16, u32, u64, u64Number, u8 } from "./scalars.js";
export type { ReadonlyArrayView, ReadonlyPart, ReadonlyView } from "./readonly-view.js";
export type { StructOptions } from "./composite.js";
export { struct, type Fields, type FieldsView, type StructValue, type StructView, type TypeOfField } from "./struct.js";
export type { BitRange, FieldPlace, StructType } from "./struct-type.js";
export { union, type UnionValue, type UnionView } from "./union.js";
export { utf16, utf8 } from "./text.js";
export {
  bytes,
  f32Array,
  f64Array,
  i16Array,
  i32Array,
  i64Array,
  i8Array,
  u16Array,
  u32Array,
  u64Array,
  type TypedArrayType,
} from "./typed-array.js";
