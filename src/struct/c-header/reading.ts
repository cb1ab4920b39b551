// What all parts of the grammar share while one header is read: where it is, what is declared, and the ways to the
// other parts.
import type { Attributes } from "./attributes.js";
import type { Specified, BuildOptions } from "./build.js";
import type { CInteger } from "./expression.js";
import { CHeaderError } from "./header-error.js";
import type { Packing } from "./packing.js";
import type { Forward, Registry, Scope, Tag } from "./scope.js";
import type { TokenCursor } from "./tokens.js";

/** The part of a declaration before its names. */
export interface Specifiers {
  readonly base: Specified | Forward;
  readonly isAtomic: boolean;
  readonly isConstant: boolean;
  readonly isStatic: boolean;
  /** Those that are about what is declared, not about the type. */
  readonly attributes: Attributes;
  /** Whether it declares a struct, a union or an enumeration, or only names one: it can stand alone. */
  readonly isTag: boolean;
  /** The tag of one that it declares. */
  readonly tag: Tag | undefined;
  /** Whether the type is that of the value. */
  readonly isAuto: boolean;
  /** Whether it has a body and no tag: a member of it can do without a name. */
  readonly isNameless: boolean;
}

/** A header that is being read. */
export interface Reading {
  readonly cursor: TokenCursor;
  readonly options: BuildOptions;
  readonly packing: Packing;
  readonly registry: Registry;
  /** Where declarations go now. */
  scope: Scope;
  /** @throws CHeaderError */
  specifiers(isTypedef?: boolean): Specifiers;
  /** A constant expression. @throws CHeaderError */
  value(): CInteger;
  /** A constant expression that > ends. @throws CHeaderError */
  argument(): CInteger;
  /** What is in the brackets of `alignas`, behind the first one. @throws CHeaderError */
  alignment(): number;
  /** Reads something that is inside of something else. @throws CHeaderError if that is too deep */
  inside<Read>(scope: Scope, what: string, read: () => Read): Read;
}

/** A constant expression as a number. @throws CHeaderError */
export const integerOf = (reading: Reading): number => Number(reading.value().value);

/** What `read` gives, or the error that it has. */
export function attemptRead<Read>(read: () => Read): Read | CHeaderError {
  try {
    return read();
  } catch (error) {
    if (error instanceof CHeaderError) return error;
    throw error;
  }
}
