// The types of read-only views: what a view has, without what stores, in its parts too.
import type { ArrayView } from "./array.js";
import type { AtomicCell } from "./atomic.js";

/** The elements of an array field of a read-only view. */
export interface ReadonlyArrayView<Value, View> extends Omit<ArrayView<Value, View>, "put" | "set"> {
  /** Gives the elements one after the other. */
  [Symbol.iterator](): Iterator<View>;
}

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

/** What a part of a view is when the view is read-only. */
export type ReadonlyPart<Part> =
  Part extends ArrayView<infer Value, infer Inner>
    ? ReadonlyArrayView<Value, ReadonlyPart<Inner>>
    : Part extends AtomicCell<infer Value>
      ? Pick<AtomicCell<Value>, "load">
      : Part extends TypedArray
        ? Readonly<Omit<Part, Storing>>
        : Part extends WholeView
          ? ReadonlyView<Part>
          : Part;

interface WholeView {
  get(): unknown;
  set(value: never): void;
}

/** A view without setters and without `set`. */
export type ReadonlyView<View> = {
  readonly [Name in Exclude<keyof View, "set">]: Name extends "get" ? View[Name] : ReadonlyPart<View[Name]>;
};
