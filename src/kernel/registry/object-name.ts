// Which names objects can have: the rules of the RTX functions, so that every program can open what another made.
import { MAX_NAME_UNITS } from "../../protocol/object-header.js";
import { RtError } from "../../errors/rt-error.js";

/** @throws RtError 3 (backslash), 87 (NUL), 206 (more than 260 units) */
export function judgeName(name: string, operation: string): void {
  if (name.includes("\0")) throw new RtError("ERROR_INVALID_PARAMETER", operation, name, "a name cannot contain NUL");
  if (name.includes("\\")) throw new RtError("ERROR_PATH_NOT_FOUND", operation, name);
  if (name.length > MAX_NAME_UNITS) throw new RtError("ERROR_FILENAME_EXCED_RANGE", operation, name);
}
