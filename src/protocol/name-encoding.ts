// From an object's name to a file name: readable where it can be, exact always.
import { createHash } from "node:crypto";

const LONGEST = 180; // leaves room for the slot number within the 255 bytes of a file name
const PLAIN = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

// What each byte becomes. A table, because most names are ASCII and a name is encoded at every open and close.
const escapes = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9._-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});
const escapeByte = (byte: number): string => escapes[byte] ?? "";
const ESCAPED_DOT = "%2E";

// UTF-8. A lone surrogate, which UTF-8 cannot hold, becomes the three bytes it would have, so that different names stay
// different.
function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const isLone = code >= 0xd800 && code <= 0xdfff;
  const bytes = isLone
    ? [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
    : Buffer.from(character);
  return Array.from(bytes, escapeByte).join("");
}

function escape(name: string): string {
  let out = "";
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit < 0x80) {
      out += out === "" && unit === 0x2e ? ESCAPED_DOT : escapeByte(unit);
      continue;
    }
    const character = String.fromCodePoint(name.codePointAt(i) ?? 0);
    out += escapeCharacter(character);
    i += character.length - 1;
  }
  return out;
}

/**
 * The file name for an object's name. Letters, digits, `_`, `-` and inner dots stay; other bytes become `%XX`. A result
 * that is too long is cut and ends in `=` and a hash. A leading dot is escaped, so no object's file collides with the
 * directory's own.
 */
export function encodeName(name: string): string {
  if (name.length <= LONGEST && PLAIN.test(name)) return name;
  const escaped = escape(name);
  if (escaped.length <= LONGEST) return escaped;
  const digest = createHash("sha256").update(escaped).digest("hex").slice(0, 40);
  return `${escaped.slice(0, LONGEST - 41)}=${digest}`;
}
