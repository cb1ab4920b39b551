// The types of read-only views: what a view has, without what stores, in its parts too.
import type { ArrayView } from "./array.js";
import type { AtomicCell } from "./atomic.js";

/** The elements of an array field of a read-only view. */
export interface ReadonlyArrayView<Value, View> extends Omit<ArrayView<Value, View>, "put" | "set"> {
  /** The elements in their order. */
  [Symbol.iterator](): Iterator<View>;
}

/** What every view of a struct has. */
interface Whole {
  get(): unknown;
  set(value: never): void;
}

/** What a part of a view is when the view is read-only. Typed arrays stay what they are: a store to one is not seen by the compiler. */
export type ReadonlyPart<Part> =
  Part extends ArrayView<infer Value, infer Inner>
    ? ReadonlyArrayView<Value, ReadonlyPart<Inner>>
    : Part extends AtomicCell<infer Value>
      ? Pick<AtomicCell<Value>, "load">
      : Part extends Whole
        ? ReadonlyView<Part>
        : Part;

/** A view without setters and without `set`. */
export type ReadonlyView<View> = {
  readonly [Name in Exclude<keyof View, "set">]: Name extends "get" ? View[Name] : ReadonlyPart<View[Name]>;
};
