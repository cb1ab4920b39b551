// The constants of enums, and the integers that are made of them.
import { takeAttributes } from "./declarator.js";
import { Expression, int, type CInteger, type Names } from "./expression.js";
import { CHeaderError } from "./header-error.js";
import type { TokenCursor } from "./tokens.js";

// Of windows.h, as its types are: headers that need it for the size of a path do not define it.
const GIVEN = new Map([["MAX_PATH", int(260)]]);

/** All constants so far. */
export class Constants {
  readonly #values = new Map<string, CInteger>();
  readonly #names: Names;

  constructor(
    readonly cursor: TokenCursor,
    longBits: 32 | 64,
    sizeOf: () => number,
  ) {
    const valueOf: Names["valueOf"] = ({ text, line }) => {
      const value = this.#values.get(text) ?? GIVEN.get(text);
      if (value !== undefined) return value;
      const advice = `the constant is not known: #define it before, or pass it as { defines: { ${text}: … } }`;
      throw new CHeaderError(line, text, advice);
    };
    this.#names = { longBits, sizeOf, valueOf };
  }

  /** The integer at the cursor. @throws CHeaderError */
  readonly readInteger = (): number => Number(new Expression(this.cursor, this.#names).read().value);

  /** The constants between { and }. @throws CHeaderError */
  readList(): Map<string, number> {
    const { cursor } = this;
    const values = new Map<string, number>();
    let next = int(0);
    cursor.expect("{", "an enum");
    while (!cursor.take("}")) {
      const { kind, text, line } = cursor.next();
      if (kind !== "word") throw new CHeaderError(line, text, "the name of a constant is needed here");
      takeAttributes(cursor);
      if (cursor.take("=")) next = new Expression(cursor, this.#names).read();
      if (this.#values.has(text)) throw new CHeaderError(line, text, "there are two constants of this name");
      this.#values.set(text, next);
      values.set(text, Number(next.value));
      next = { ...next, value: next.value + 1n };
      if (!cursor.is("}")) cursor.expect(",", "an enum");
    }
    return values;
  }
}
