// Which names objects can have, and which name a program means: the rules of the RTX functions, so that every program
// can open what another made.
import { MAX_NAME_UNITS } from "../../protocol/object-header.js";
import { failure } from "../../errors/rt-error.js";

/** Win32's prefixes for one session and for all sessions. There is one session here, so both mean the namespace. */
const SESSION_PREFIXES = ["Local\\", "Global\\"];

/**
 * The name that a program means: one `Local\` or `Global\` before it, in exactly this spelling, is taken off.
 * @throws RtError ERROR_PATH_NOT_FOUND (any other backslash), ERROR_INVALID_PARAMETER (NUL, or no name behind the
 *   prefix), ERROR_FILENAME_EXCED_RANGE (more than 260 UTF-16 units)
 */
export function nameMeant(written: string): string {
  if (written.includes("\0")) throw failure("ERROR_INVALID_PARAMETER", written, "a name cannot contain NUL");
  if (!written.includes("\\")) return checkLength(written);
  const prefix = SESSION_PREFIXES.find((each) => written.startsWith(each)) ?? "";
  const name = written.slice(prefix.length);
  if (name === "") throw failure("ERROR_INVALID_PARAMETER", written, "there is no name behind the prefix");
  if (name.includes("\\"))
    throw failure(
      "ERROR_PATH_NOT_FOUND",
      written,
      "a name cannot contain a backslash, other than that of Local\\ or Global\\ before it",
    );
  return checkLength(name);
}

function checkLength(name: string): string {
  if (name.length > MAX_NAME_UNITS) throw failure("ERROR_FILENAME_EXCED_RANGE", name);
  return name;
}
