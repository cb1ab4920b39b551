// A value of 256 bytes that tells whether it is whole: its words depend on its number, and a checksum on all of them.
import { struct, u32, u32Array, type StructValue } from "rtshm/struct";

const WORDS = 62;

const fields = { n: u32, words: u32Array(WORDS), sum: u32 } as const;

/** The struct. `n` is the low 32 bits of the version it is published as. */
export const Checked = struct("Checked", fields);
export type Checked = StructValue<typeof fields>;

interface Parts {
  n: number;
  readonly words: Uint32Array;
  sum: number;
}

function checksum(n: number, words: Uint32Array): number {
  let sum = n;
  // Each word has an odd factor of its own: no mixture of two values, and no exchange of words, has the sum of one. No step waits
  // for the one before: readers are to read, not to add.
  for (let i = 0; i < WORDS; i++) sum = (sum + Math.imul(words[i] as number, 2 * i + 1)) | 0;
  return sum >>> 0;
}

/** Makes it that of a version. */
export function fill(view: Parts, version: number): void {
  const n = version % 2 ** 32;
  const { words } = view;
  for (let i = 0; i < WORDS; i++) words[i] = Math.imul(n + i, 0x9e37_79b1);
  view.n = n;
  view.sum = checksum(n, words);
}

/** Whether it is the whole value of that version, or the zeros of before the first. */
export function isWhole({ n, words, sum }: Parts, version: number): boolean {
  if (version === 0) return n === 0 && sum === 0 && words.every((word) => word === 0);
  return n === version % 2 ** 32 && sum === checksum(n, words);
}
