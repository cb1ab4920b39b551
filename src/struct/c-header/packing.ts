// `#pragma pack`: what it is now, and what it was before.
import { CHeaderError } from "./header-error.js";
import { PACKS } from "../layout.js";
import type { Token } from "./tokens.js";

/** The state of `#pragma pack` while a header is read. */
export class Packing {
  readonly #before: (number | undefined)[] = [];
  /** undefined: as the types need it. */
  pack: number | undefined;

  /** @throws CHeaderError for a pragma that is not read */
  apply({ text, line }: Token): void {
    const [, action, given] = /^pack \((?: (push|pop))?(?: ?,? (\w+))? \)$/.exec(text) ?? [];
    const isRead = /^pack \((?: (?:push|pop)(?: , \d+)?| \d+)? \)$/.test(text);
    const value = given === undefined ? undefined : Number(given);
    if (!isRead || (value !== undefined && value !== 0 && !PACKS.includes(value)))
      throw new CHeaderError(
        line,
        `#pragma ${text}`,
        `it is read as pack(push, n), pack(pop), pack(n) or pack() with n ${PACKS.join(", ")}`,
      );
    if (action === "push") this.#before.push(this.pack);
    else if (action === "pop") this.pack = this.#before.pop();
    if (value !== undefined) this.pack = value === 0 ? undefined : value;
    else if (action === undefined) this.pack = undefined;
  }
}
