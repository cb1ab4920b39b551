// Words around types: those that change no layout.
import type { TokenCursor } from "./tokens.js";

const QUALIFIERS = new Set(
  (
    "const volatile restrict __restrict __restrict__ __const __volatile__ __extension__ CONST __unaligned FAR NEAR mutable register thread_local " +
    "_Thread_local __thread inline __inline __inline__ __forceinline constexpr consteval constinit explicit static extern typename"
  ).split(" "),
);

/** What qualifiers say that matters. */
export interface Qualifiers {
  /** A constant that an array can have as its length. */
  readonly isConstant: boolean;
  readonly isStatic: boolean;
}

/** Takes `const`, `static`, `volatile` and the like. */
export function takeQualifiers(cursor: TokenCursor): Qualifiers {
  let isConstant = false;
  let isStatic = false;
  for (;;) {
    const { kind, text } = cursor.peek();
    if (kind !== "word" || !QUALIFIERS.has(text)) return { isConstant, isStatic };
    cursor.next();
    if (/^(const|__const|CONST|constexpr|constinit)$/.test(text)) isConstant = true;
    if (text === "static") isStatic = true;
  }
}
