// The error for a C header that cannot be read.

/** What `fromCHeader` could not read: the line, the construct, and in the message what to do. */
export class CHeaderError extends SyntaxError {
  constructor(
    /** Counted from 1. */
    readonly line: number,
    /** As it stands in the header, or the kind of thing it is: `union`, `#if`, `char *name`. */
    readonly construct: string,
    advice: string,
    options?: ErrorOptions,
  ) {
    super(`line ${String(line)}: ${construct}: ${advice}`, options);
    this.name = "CHeaderError";
  }
}
