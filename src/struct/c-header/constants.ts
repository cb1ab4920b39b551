// Constant expressions where names are declared: constants, `sizeof`, casts.
import type { EnumType } from "../enumeration.js";
import type { FieldType } from "../field-type.js";
import type { StructType } from "../struct-type.js";
import { Expression, int, wrapped, type CInteger, type Names } from "./expression.js";
import { CHeaderError } from "./header-error.js";
import type { CType } from "./known-types.js";
import { findConstant, nameText, takeName } from "./names.js";
import type { Reading } from "./reading.js";
import { isTypeNext, knownOf, takeMemberType, takeTypeId } from "./type-id.js";
import type { Token } from "./tokens.js";

// Of windows.h and <new>, as types are: headers that need them for the size of a path or of a cache line do not define
// them.
const GIVEN = new Map([
  ["MAX_PATH", int(260)],
  ["hardware_destructive_interference_size", wrapped(64n, 64, false)],
  ["hardware_constructive_interference_size", wrapped(64n, 64, false)],
  ["true", int(1)],
  ["false", int(0)],
]);

const SIZE_OF = /^(sizeof|_Alignof|alignof|__alignof__|__alignof)$/;

/**
 * The value of a constant of a type: it wraps, and is an int if it is smaller than one. @throws CHeaderError for a type
 * that is no integer
 */
export function converted(value: CInteger, type: FieldType, line: number, construct: string): CInteger {
  const { typeName, sizeBytes, isSigned } = ((type as Partial<EnumType>).base ?? type) as FieldType & {
    isSigned?: boolean;
  };
  if (typeName === "bool") return int(value.value !== 0n);
  if (isSigned === undefined) throw new CHeaderError(line, construct, "it is no integer");
  const bits = 8 * sizeBytes;
  const wrap = isSigned ? BigInt.asIntN(bits, value.value) : BigInt.asUintN(bits, value.value);
  return bits < 32 ? int(wrap) : wrapped(wrap, bits as 32 | 64, isSigned);
}

class ConstantNames implements Names {
  readonly longBits: 32 | 64;

  constructor(readonly reading: Reading) {
    this.longBits = reading.options.dataModel === "LP64" ? 64 : 32;
  }

  valueOf(first: Token, isNeeded: boolean): CInteger {
    const name = takeName(this.reading, first);
    const { line } = name;
    const text = nameText(name);
    const found =
      findConstant(this.reading.scope, name) ?? (name.parts.length === 1 ? GIVEN.get(name.parts[0] ?? "") : undefined);
    if (!isNeeded) return int(0);
    if (found === undefined) {
      const advice =
        name.parts.length > 1 || name.isStd
          ? "the constant is not known: declare it before"
          : `the constant is not known: #define it before, or pass it as { defines: { ${text}: … } }`;
      throw new CHeaderError(line, text, advice);
    }
    if ("refused" in found) throw new CHeaderError(line, text, found.refused);
    return found;
  }

  operatorOf(word: Token, expression: Expression): CInteger | undefined {
    const { text, line } = word;
    const { cursor } = this.reading;
    if (SIZE_OF.test(text)) return this.#sizeOf(word);
    if (text === "offsetof" || text === "__builtin_offsetof") return this.#offsetOf();
    if (/^(static_cast|reinterpret_cast|const_cast)$/.test(text)) {
      cursor.expect("<", text);
      const type = takeTypeId(this.reading);
      cursor.closeAngle();
      return this.#call(type, line, text, expression);
    }
    const { place } = cursor;
    cursor.goTo(place - 1);
    if (isTypeNext(this.reading)) {
      const type = takeTypeId(this.reading);
      if (cursor.is("(") || cursor.is("{")) return this.#call(type, line, text, expression);
    }
    cursor.goTo(place);
    return undefined;
  }

  castOf(): ((value: CInteger) => CInteger) | undefined {
    const { cursor } = this.reading;
    const { place } = cursor;
    const { line, text } = cursor.peek(1);
    cursor.next();
    if (!isTypeNext(this.reading)) {
      cursor.goTo(place);
      return undefined;
    }
    const type = takeTypeId(this.reading);
    if (!cursor.take(")")) {
      cursor.goTo(place); // T(1) in brackets
      return undefined;
    }
    return (value) => converted(value, knownOf(type, line, text).type, line, text);
  }

  /** T(value) and T{value}. */
  #call(type: CType, line: number, text: string, expression: Expression): CInteger {
    const { cursor } = this.reading;
    const close = cursor.is("{") ? "}" : ")";
    cursor.next();
    const value = cursor.is(close) ? int(0) : expression.read();
    cursor.expect(close, "a cast");
    return converted(value, knownOf(type, line, text).type, line, text);
  }

  #sizeOf({ text: operator, line }: Token): CInteger {
    const { cursor } = this.reading;
    const size = (bytes: number): CInteger => ({ value: BigInt(bytes), bits: 64, isSigned: false });
    const isBracketed = cursor.take("(");
    const { text } = cursor.peek();
    const type =
      (isBracketed && isTypeNext(this.reading) ? takeTypeId(this.reading) : undefined) ?? takeMemberType(this.reading);
    if (isBracketed) cursor.expect(")", operator);
    if ("refused" in type && type.isPointer === true) return size(8);
    if ("refused" in type) throw new CHeaderError(line, `${operator}(${text})`, "the size is not known here");
    return size(operator === "sizeof" ? type.type.sizeBytes : (type.alignBytes ?? type.type.alignmentBytes));
  }

  #offsetOf(): CInteger {
    const { cursor } = this.reading;
    cursor.expect("(", "offsetof");
    const { line, text } = cursor.peek();
    const struct = knownOf(takeTypeId(this.reading), line, text).type as Partial<StructType>;
    cursor.expect(",", "offsetof");
    const { text: member } = cursor.next();
    cursor.expect(")", "offsetof");
    const field = struct.fields?.find(({ name, bits }) => name === member && bits === undefined);
    if (field === undefined) throw new CHeaderError(line, `offsetof(${text}, ${member})`, "there is no such member");
    return { value: BigInt(field.offsetBytes), bits: 64, isSigned: false };
  }
}

/** What reads the constant expressions of a header. */
export const expressionOf = (reading: Reading): Expression =>
  new Expression(reading.cursor, new ConstantNames(reading));
