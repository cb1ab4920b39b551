// `#pragma pack`: what it is now, what it was before, and whether that is known.
import { PACKS } from "../layout.js";
import { CHeaderError } from "./header-error.js";
import type { Token } from "./tokens.js";

interface Before {
  readonly pack: number | undefined;
  readonly label: string | undefined;
}

/**
 * `pack(push)`, `pack(push, label)`, `pack(push, 4)`, `pack(push, label, 4)`, `pack(pop)`, `pack(pop, label)`,
 * `pack(4)`, `pack()`.
 */
const PATTERN = /^pack \((?: (push|pop)(?: , ([A-Za-z_]\w*))?)?(?:(?: ,)? (\d+))? \)$/;

/** The state of `#pragma pack` while a header is read. */
export class Packing {
  readonly #before: Before[] = [];
  /** undefined: as the types need it. */
  pack: number | undefined;
  /** Why it is not known how structs are packed from here on. */
  unknown: CHeaderError | undefined;

  /** Takes a pragma; one that is not read, or that compilers read in two ways, makes all that follows unknown. */
  apply({ text, line, refused }: Token): void {
    if (text === "pack ( show )") return;
    const found = PATTERN.exec(text);
    const [, action, label, given] = found ?? [];
    const value = given === undefined ? undefined : Number(given);
    const isRead = found !== null && (action === undefined || given === undefined || text.includes(`, ${given}`));
    const isPack = value === undefined || value === 0 || PACKS.includes(value);
    if (refused !== undefined || !isRead || !isPack || (action === "pop" && !this.#pop(label, value))) {
      const usual = `it is read as pack(push, n), pack(pop), pack(n) or pack() with n ${PACKS.join(", ")}`;
      this.unknown ??= new CHeaderError(line, `#pragma ${text}`, refused ?? usual);
      return;
    }
    if (action === "push") this.#before.push({ pack: this.pack, label });
    if (value !== undefined) this.pack = value === 0 ? undefined : value;
    else if (action === undefined) this.pack = undefined;
  }

  /** Down to the push of that label. @returns whether it is known what is popped */
  #pop(label: string | undefined, value: number | undefined): boolean {
    if (value !== undefined) return false;
    const at = label === undefined ? this.#before.length - 1 : this.#before.map((one) => one.label).lastIndexOf(label);
    if (at < 0) return label === undefined;
    this.pack = this.#before[at]?.pack;
    this.#before.splice(at);
    return true;
  }
}
