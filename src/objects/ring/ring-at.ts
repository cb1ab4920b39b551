// How a message in hand is reached: called for each message of each ring, so it is code of its own for every struct.
import { generate } from "../../struct/generate.js";

/** Moves the cursor of slots in hand to message `index` and gives it. */
export type At<View> = (index: number) => View;

// `this` is a Claim or a Peek. Units are the struct's alignment.
const SOURCE = `"use strict";
return function at(index) {
  const { cursor } = this;
  const isNear = index >>> 0 === index && index < this.inRow;
  cursor.$base = isNear ? (this.firstPlace + Math.imul(index, this.step)) | 0 : this.placeOf(index);
  return cursor;
};`;

const made = new WeakMap<object, At<never>>();

/**
 * The code for a struct. All rings of one struct have the same, for V8 makes a call part of the loop around it only
 * while there is one function to call; and no two structs have, for a store to the cursors of five structs would be
 * megamorphic.
 */
export function atOf<View>(type: object): At<View> {
  let at = made.get(type);
  if (at === undefined) made.set(type, (at = generate<At<never>>(SOURCE, {})));
  return at;
}
