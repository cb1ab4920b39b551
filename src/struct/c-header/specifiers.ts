// The part of a declaration before its names: words of C, names of types, structs, unions and enumerations.
import { NO_ATTRIBUTES, isAttributeNext, joined, takeAttributes } from "./attributes.js";
import { atomicOf, attempt, withDimensions, type Specified, type Unnamed } from "./build.js";
import { takeEnum } from "./enums.js";
import { CHeaderError } from "./header-error.js";
import { isTypeWord, typeOfWords, type CType } from "./known-types.js";
import { findType, isBehindMacro, macroAdvice, nameText, passType, takeName } from "./names.js";
import type { Reading, Specifiers } from "./reading.js";
import { tagIn, type Forward, type Tag } from "./scope.js";
import { skipAngles } from "./skip.js";
import { ELSEWHERE, atomicName, isElsewhere } from "./std-types.js";
import { takeStruct } from "./tags.js";
import { takeQualifiers } from "./type-words.js";
import { takeMemberType, takeTypeId } from "./type-id.js";
import type { TokenCursor } from "./tokens.js";

interface TypeRead {
  readonly base: Specified | Forward;
  readonly isAtomic?: boolean;
  readonly isTag?: boolean;
  readonly tag?: Tag | undefined;
  readonly isNameless?: boolean;
  readonly isAuto?: boolean;
}

/** Gives a struct or an enumeration with a tag its name at once, unless a typedef is about to give it one. */
function tagged(
  { registry, scope }: Reading,
  base: Unnamed | CType | Forward,
  tag: Tag | undefined,
  isTypedef: boolean,
): Specified | Forward {
  if (!("define" in base) || tag === undefined) return base;
  const name = (own: string): CType => {
    const type = base.define(own);
    tag.type = type;
    return type;
  };
  if (isTypedef) return { tag: tag.name, define: name };
  registry.add(scope, tag.alias ?? tag.name, { forward: tag });
  return name(tag.alias ?? tag.name);
}

/** `_Atomic(int)`, `std::atomic<int>`. */
function atomicType(reading: Reading, line: number, close: () => void): TypeRead {
  const type = takeTypeId(reading);
  close();
  return {
    base: type,
    isAtomic: "type" in type && attempt(line, "atomic", () => atomicOf(type.type, line, "atomic")) !== undefined,
  };
}

/** `std::array<int, 4>`. */
function stdArray(reading: Reading, line: number): TypeRead {
  const { cursor, options } = reading;
  cursor.expect("<", "std::array");
  const element = takeTypeId(reading);
  cursor.expect(",", "std::array");
  const length = Number(reading.argument().value);
  cursor.closeAngle();
  return { base: withDimensions(element, [length], options, line, "std::array") };
}

/** A type that is not known: what it points to need not be. @throws CHeaderError where it is no pointer that follows */
function unknownType({ cursor }: Reading, line: number, text: string, advice: string): TypeRead {
  const error = new CHeaderError(line, text, advice);
  const at = cursor.is("const") || cursor.is("volatile") || cursor.is("(") ? 1 : 0;
  if (["*", "&", "&&"].every((mark) => !cursor.is(mark, at))) throw error;
  return { base: { refused: error.message, error } };
}

/** A type by its name. @throws CHeaderError for one that is not known */
function namedType(reading: Reading): TypeRead {
  const { cursor, scope, options } = reading;
  const name = takeName(reading);
  const { line, parts } = name;
  const last = parts.at(-1) ?? "";
  const text = nameText(name);
  const known = findType(scope, name);
  if (cursor.is("<")) {
    if (known === undefined && last === "array") return stdArray(reading, line);
    if (known === undefined && last === "atomic") {
      cursor.next();
      return atomicType(reading, line, () => {
        cursor.closeAngle();
      });
    }
    skipAngles(cursor);
    const advice = isElsewhere(last) ? ELSEWHERE : "a template is not read: write the type that it makes";
    return unknownType(reading, line, text, advice);
  }
  if (known !== undefined) return { base: known };
  const atomic = atomicName(last);
  const plain =
    atomic === undefined
      ? undefined
      : (typeOfWords(atomic.split(" "), options) ?? findType(scope, { ...name, parts: [atomic] }));
  if (plain !== undefined) return { base: plain, isAtomic: true };
  if (last === "decltype" && cursor.take("(")) {
    const member = takeMemberType(reading);
    cursor.expect(")", "decltype");
    return { base: member };
  }
  const isMacro = isBehindMacro(cursor) && parts.length === 1;
  if (name.isStd && isElsewhere(last)) return unknownType(reading, line, text, ELSEWHERE);
  const advice = isMacro ? macroAdvice(cursor, 1) : `the type is not known: ${passType(name)}`;
  return unknownType(reading, line, text, advice);
}

const endsIn = (cursor: TokenCursor, text: string) => () => {
  cursor.expect(text, "a type");
};

/** What makes the type; undefined where nothing does. */
function takeType(reading: Reading, words: string[], isTypedef: boolean): TypeRead | undefined {
  const { cursor, scope } = reading;
  const { text, line } = cursor.peek();
  if (text === "struct" || text === "union" || text === "class") {
    const { base, tag, hasBody } = takeStruct(reading);
    return {
      base: tagged(reading, base, tag, isTypedef),
      isTag: true,
      isNameless: hasBody && tag === undefined,
      tag: hasBody ? tag : undefined,
    };
  }
  if (text === "enum") {
    const { base, tag } = takeEnum(reading, (name, isDefined) => tagIn(scope, name, isDefined));
    return { base: tagged(reading, base, tag, isTypedef), isTag: true };
  }
  if (text === "_Atomic" && cursor.is("(", 1)) {
    cursor.goTo(cursor.place + 2);
    return atomicType(reading, line, endsIn(cursor, ")"));
  }
  if (words.length > 0) return undefined;
  if (text === "auto") {
    cursor.next();
    return { base: { refused: "the type of a value is not read: write it" }, isAuto: true };
  }
  return namedType(reading);
}

/** Takes specifiers. @throws CHeaderError */
export function takeSpecifiers(reading: Reading, isTypedef: boolean): Specifiers {
  const { cursor, options } = reading;
  const start = cursor.peek();
  const words: string[] = [];
  let found: TypeRead | undefined;
  let isAtomic = false;
  let isConstant = false;
  let isStatic = false;
  let attributes = NO_ATTRIBUTES;
  for (;;) {
    const qualifiers = takeQualifiers(cursor);
    isConstant ||= qualifiers.isConstant;
    isStatic ||= qualifiers.isStatic;
    if (isAttributeNext(cursor)) {
      attributes = joined(
        attributes,
        takeAttributes(cursor, () => reading.alignment()),
      );
      continue;
    }
    const { kind, text } = cursor.peek();
    if (kind !== "word" && !cursor.is("::")) break;
    if (text === "_Atomic" && !cursor.is("(", 1)) {
      cursor.next();
      isAtomic = true;
    } else if (isTypeWord(text) && found === undefined) words.push(cursor.next().text);
    else if (found !== undefined) break;
    else {
      const type = takeType(reading, words, isTypedef);
      if (type === undefined) break;
      found = type;
    }
  }
  const base = found?.base ?? (words.length > 0 ? typeOfWords(words, options) : undefined);
  if (base === undefined) {
    if (words.length === 0) cursor.fail("a type is needed here");
    throw new CHeaderError(start.line, words.join(" "), "it is no type that is read");
  }
  const { isTag = false, isNameless = false, isAuto = false, tag } = found ?? {};
  isAtomic ||= found?.isAtomic === true;
  return { base, isAtomic, isConstant, isStatic, attributes, isTag, isNameless, isAuto, tag };
}
