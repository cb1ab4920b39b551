// Types without a name behind them, as in `sizeof(int[4])` and in casts.
import { withDimensions, type Specified } from "./build.js";
import type { StructType } from "../struct-type.js";
import { CHeaderError } from "./header-error.js";
import { POINTER_REFUSED, isTypeWord, type CType, type KnownType } from "./known-types.js";
import { findType, nameText, takeName } from "./names.js";
import { integerOf, type Reading } from "./reading.js";
import { resolved } from "./scope.js";

const BEGINS = /^(struct|union|enum|class|const|volatile|typename|_Atomic|decltype)$/;

/** Whether a type is next: not a value. */
export function isTypeNext(reading: Reading): boolean {
  const { cursor, scope } = reading;
  const { kind, text } = cursor.peek();
  if (cursor.is("::")) return false;
  if (kind !== "word") return false;
  if (isTypeWord(text) || BEGINS.test(text)) return true;
  const { place } = cursor;
  const name = takeName(reading);
  cursor.goTo(place);
  return findType(scope, name) !== undefined;
}

/** What is a type only where it is not one that waits for its name. */
export const plainType = (base: Specified | CType): CType =>
  "define" in base ? { refused: "a type is not defined here" } : base;

/** Takes a type. @throws CHeaderError */
export function takeTypeId(reading: Reading): CType {
  const { cursor, options } = reading;
  const { line, text } = cursor.peek();
  let type = plainType(resolved(reading.specifiers().base));
  for (;;) {
    if (cursor.is("*") || cursor.is("&") || cursor.is("&&")) {
      cursor.next();
      type = { refused: POINTER_REFUSED, isPointer: true };
    } else if (cursor.is("const") || cursor.is("volatile")) cursor.next();
    else break;
  }
  const dimensions: number[] = [];
  while (cursor.take("[")) {
    dimensions.push(integerOf(reading));
    cursor.expect("]", "an array");
  }
  return dimensions.length === 0 ? type : withDimensions(type, dimensions, options, line, text);
}

/** Takes `Struct::member`. @returns the type of that member. @throws CHeaderError for what is none */
export function takeMemberType(reading: Reading): CType {
  const name = takeName(reading);
  const { line, parts } = name;
  const found = parts.length < 2 ? undefined : findType(reading.scope, { ...name, parts: parts.slice(0, -1) });
  const struct = found === undefined ? undefined : plainType(resolved(found));
  const { fields } = (struct !== undefined && "type" in struct ? struct.type : {}) as Partial<StructType>;
  const field = fields?.find((each) => each.name === parts.at(-1));
  if (field !== undefined) return { type: field.type };
  throw new CHeaderError(line, nameText(name), "it is neither a type nor Struct::member of a struct that is known");
}

/** A type that is known, with what it is called. @throws CHeaderError that says why it is not */
export function knownOf(type: CType, line: number, construct: string): KnownType {
  if ("refused" in type) throw new CHeaderError(line, construct, type.refused);
  return type;
}
