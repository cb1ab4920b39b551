// The type of a struct's view through which nothing can be stored, however deep.
import type { ArrayView } from "../struct/array.js";
import type { AtomicCell } from "../struct/atomic.js";

type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

type Storing = "copyWithin" | "fill" | "reverse" | "set" | "sort" | "subarray" | "buffer";

/** What can be read of an array field. */
export interface ReadonlyArrayView<Value, View> extends Iterable<ReadonlyView<View>> {
  /** How many elements it has. */
  readonly length: number;
  /** Element `index`, as `ArrayView.at` gives it. */
  at(index: number): ReadonlyView<View>;
  /** A copy of all elements. */
  get(): Value[];
}

/** What can be read through a view: no field can be assigned to, no part has `set`, `put` or `store`. */
export type ReadonlyView<View> =
  View extends AtomicCell<infer Value>
    ? Pick<AtomicCell<Value>, "load">
    : View extends ArrayView<infer Value, infer Element>
      ? ReadonlyArrayView<Value, Element>
      : View extends TypedArray
        ? Readonly<Omit<View, Storing>>
        : View extends object
          ? {
              readonly [Field in keyof View as Field extends "set" ? never : Field]: View[Field] extends (
                ...args: never[]
              ) => unknown
                ? View[Field]
                : ReadonlyView<View[Field]>;
            }
          : View;
