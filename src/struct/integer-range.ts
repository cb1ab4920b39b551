// What fits an integer of so many bits.

/** The least and the most that so many bits can hold. */
export function rangeOf(bits: number, isSigned: boolean): readonly [least: number, most: number] {
  return isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}
