// Which names objects can have: the rules of the RTX functions, so that every program can open what another made.
import { MAX_NAME_UNITS } from "../../protocol/object-header.js";
import { failure } from "../../errors/rt-error.js";

/** @throws RtError 3 (backslash), 87 (NUL), 206 (more than 260 units) */
export function judgeName(name: string): void {
  if (name.includes("\0")) throw failure("ERROR_INVALID_PARAMETER", name, "a name cannot contain NUL");
  if (name.includes("\\")) throw failure("ERROR_PATH_NOT_FOUND", name);
  if (name.length > MAX_NAME_UNITS) throw failure("ERROR_FILENAME_EXCED_RANGE", name);
}
