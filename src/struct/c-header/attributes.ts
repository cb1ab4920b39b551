// Attributes in all the ways in which headers write them, as far as they change a layout.
import { CHeaderError } from "./header-error.js";
import type { TokenCursor } from "./tokens.js";

/** What attributes say of a layout. */
export interface Attributes {
  readonly isPacked: boolean;
  /** The largest `aligned` or `alignas`. */
  readonly alignBytes: number | undefined;
  /** Why they are not read: there is one among them that is not known. */
  readonly refused: CHeaderError | undefined;
}

/** What reads the brackets of an alignment: a number of bytes, or a type whose alignment is meant. */
export type ReadAlignment = () => number;

/** None. */
export const NO_ATTRIBUTES: Attributes = { isPacked: false, alignBytes: undefined, refused: undefined };

/** What `aligned` without a number is on x64. */
const MOST_USEFUL_ALIGNMENT = 16;
const INTRODUCED = /^(__attribute__|__attribute|__declspec|_Alignas|alignas)$/;
const HARMLESS = new Set(
  (
    "unused deprecated may_alias visibility gcc_struct nonnull pure const warn_unused_result used section format noreturn always_inline " +
    "noinline cold hot designated_init transparent_union nodiscard maybe_unused nonstring counted_by likely unlikely dllimport dllexport " +
    "selectany novtable uuid malloc weak nothrow leaf returns_nonnull fallthrough gnu clang annotate"
  ).split(" "),
);
const NOT_READ = "this attribute is not read: if it changes no layout, take it out with { defines: … }";

/** Both of two places where attributes can be. */
export function joined(one: Attributes, other: Attributes): Attributes {
  const aligns = [one.alignBytes, other.alignBytes].filter((bytes) => bytes !== undefined);
  return {
    isPacked: one.isPacked || other.isPacked,
    alignBytes: aligns.length === 0 ? undefined : Math.max(...aligns),
    refused: one.refused ?? other.refused,
  };
}

/** Whether attributes are next. */
export const isAttributeNext = (cursor: TokenCursor): boolean =>
  (cursor.peek().kind === "word" && INTRODUCED.test(cursor.peek().text)) || (cursor.is("[") && cursor.is("[", 1));

/** The attributes between brackets that are open, up to the one that closes them. */
function takeList(cursor: TokenCursor, closing: string, readAlignment: ReadAlignment): Attributes {
  let found = NO_ATTRIBUTES;
  while (!cursor.is(closing)) {
    const { kind, text, line } = cursor.next();
    if (kind === "end") cursor.fail("attributes are not closed");
    if (kind !== "word") continue;
    const name = text.replace(/^_+|_+$/g, "");
    const hasValue = cursor.is("(");
    if (name === "packed") found = joined(found, { ...NO_ATTRIBUTES, isPacked: true });
    else if (name === "aligned" || (name === "align" && hasValue)) {
      const alignBytes = hasValue ? bracketed(cursor, readAlignment) : MOST_USEFUL_ALIGNMENT;
      found = joined(found, { ...NO_ATTRIBUTES, alignBytes });
      continue;
    } else if (!HARMLESS.has(name))
      found = joined(found, { ...NO_ATTRIBUTES, refused: new CHeaderError(line, text, NOT_READ) });
    if (hasValue) cursor.skipBrackets();
  }
  return found;
}

function bracketed(cursor: TokenCursor, read: ReadAlignment): number {
  cursor.expect("(", "an alignment");
  const bytes = read();
  cursor.expect(")", "an alignment");
  return bytes;
}

/** Takes all attributes that are next. @throws CHeaderError for one whose brackets cannot be read */
export function takeAttributes(cursor: TokenCursor, readAlignment: ReadAlignment): Attributes {
  let found = NO_ATTRIBUTES;
  while (isAttributeNext(cursor)) {
    const { text } = cursor.next();
    if (text === "[") {
      cursor.next();
      found = joined(found, takeList(cursor, "]", readAlignment));
      cursor.next();
      cursor.expect("]", "an attribute");
    } else if (text.endsWith("lignas"))
      found = joined(found, { ...NO_ATTRIBUTES, alignBytes: bracketed(cursor, readAlignment) });
    else {
      const isDouble = text !== "__declspec";
      cursor.expect("(", text);
      if (isDouble) cursor.expect("(", text);
      found = joined(found, takeList(cursor, ")", readAlignment));
      cursor.next();
      if (isDouble) cursor.expect(")", text);
    }
  }
  return found;
}
