// The package's main entry: so far the error that every part of it throws.
export { RtError } from "./kernel/rt-error.js";
export { AccessViolationError } from "./kernel/access-violation.js";
export type { StatusName } from "./kernel/status.js";
