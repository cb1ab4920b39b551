// Types with parts, structs and arrays: a view of one keeps one reusable object for each such field, and moves it when asked for.
import type { FieldType, Position } from "./field-type.js";
import type { Memory } from "./memory.js";

/** A view that can be moved. */
export interface Cursor {
  /** Offset in units: the type's alignment, or 1 where that does not hold. */
  $base: number;
}

/** The unit of a view's place. */
export const unitOf = (alignmentBytes: number, isAligned: boolean): number => (isAligned ? alignmentBytes : 1);

/**
 * Source of a place in units of `unitBytes`, from the place of the view in its own unit. As short as can be: V8 always inlines an
 * accessor of less than 27 bytes of bytecode, a longer one only where there is room for it.
 */
export function placeSource(ownUnit: number, part: (unitBytes: number) => string) {
  return (unitBytes: number): string => {
    const scale = ownUnit / unitBytes;
    const base = scale === 1 ? "this.$base" : `this.$base * ${String(scale)}`;
    const offset = part(unitBytes);
    return offset === "0" ? base : `${base} + ${offset}`;
  };
}

/** A type whose fields are reached through a cursor. */
export interface CompoundType<Value, View> extends FieldType<Value, View> {
  /** A cursor at the buffer's begin. `isAligned`: it will only be moved to multiples of the type's alignment. */
  makeCursor(memory: Memory, isReadonly: boolean, isAligned: boolean): Cursor;
}

/** Source of an access: the cursor in the slot, made at the first access, moved. */
export function cursorSource(
  alignmentBytes: number,
  { type, slot, offsetIn, isReadonly, isAligned }: Position,
): { load: string } {
  const base = offsetIn(unitOf(alignmentBytes, isAligned));
  const make = `${type}.makeCursor(this.$memory, ${String(isReadonly)}, ${String(isAligned)})`;
  return { load: `(${slot} ??= ${make}, ${slot}.$base = ${base}, ${slot})` };
}

/** The same class is needed up to four times: to store or not, aligned or not. Each is made when it is asked for. */
export function variants<Class>(make: (isReadonly: boolean, isAligned: boolean) => Class) {
  const made = new Map<number, Class>();
  return (isReadonly: boolean, isAligned: boolean): Class => {
    const key = Number(isReadonly) * 2 + Number(isAligned);
    let found = made.get(key);
    if (found === undefined) made.set(key, (found = make(isReadonly, isAligned)));
    return found;
  };
}
