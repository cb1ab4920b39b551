// Which names objects can have, and which name a program means: the rules of the RTX functions, so that every program can open
// what another made.
import { MAX_NAME_UNITS } from "../../protocol/object-header.js";
import { failure } from "../../errors/rt-error.js";

/** Win32's namespaces of a session and of all sessions. There is one session here, so both are the namespace. */
const SESSION_PREFIXES = ["Local\\", "Global\\"];

/**
 * The name that a program means: without `Local\` or `Global\` before it, which is taken off once and only when written so.
 * @throws RtError 3 (any other backslash), 87 (NUL, or nothing behind the prefix), 206 (more than 260 units)
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
