// Types with parts, structs and arrays: a view of one keeps one reusable object for each such field, and moves it when
// asked for.
import type { FieldType, Position } from "./field-type.js";
import type { Memory } from "./memory.js";
import { classInOneMemory, type ClassSource } from "./one-memory.js";

/** A view that can be moved. */
export interface Cursor {
  /** Offset in units: the type's alignment, or 1 where that does not hold. */
  $base: number;
}

/** The unit of a view's place. */
export const unitOf = (alignmentBytes: number, isAligned: boolean): number => (isAligned ? alignmentBytes : 1);

/**
 * Source of a place in units of `unitBytes`, from the place of the view in its own unit. Where 32 bits hold it the
 * source says so, and V8 need not look whether a sum is more.
 */
export function placeSource(ownUnit: number, isWide: boolean, part: (unitBytes: number) => string) {
  return (unitBytes: number): string => {
    const factor = ownUnit / unitBytes;
    const own = factor === 1 ? "this.$base" : `this.$base * ${String(factor)}`;
    const place = part(unitBytes) === "0" ? own : `${own} + ${part(unitBytes)}`;
    return isWide || place === "this.$base" ? place : `(${place} | 0)`;
  };
}

/** A type whose fields are reached through a cursor. */
export interface CompoundType<Value, View> extends FieldType<Value, View> {
  /**
   * A cursor at the buffer's begin. `isAligned`: it will only be moved to multiples of the type's alignment. `path`:
   * what errors call it, where its type has no name.
   */
  makeCursor(memory: Memory, isReadonly: boolean, isAligned: boolean, path?: string): Cursor;
}

/**
 * Source of an access: the cursor in the slot, moved. It is made with the view, so that no access has to look whether
 * it is there.
 */
export function cursorSource(
  alignmentBytes: number,
  { type, slot, offsetIn, isReadonly, isAligned, path }: Position,
): { load: string; slot: string } {
  return {
    load: `(${slot}.$base = ${offsetIn(unitOf(alignmentBytes, isAligned))}, ${slot})`,
    slot: `${type}.makeCursor(memory, ${String(isReadonly)}, ${String(isAligned)}, ${path})`,
  };
}

/** Which class is needed. */
export interface Variant {
  readonly isReadonly: boolean;
  /** Whether all instances lie at multiples of the alignment. */
  readonly isAligned: boolean;
  /** Whether a place can be more than 32 bits hold. */
  readonly isWide: boolean;
}

/** The classes of one type, each made when it is asked for. */
export function variants<Class extends abstract new (...given: never) => object>(
  sourceOf: (variant: Variant) => ClassSource,
) {
  const made = new Map<number, (memory: Memory) => Class>();
  return (memory: Memory, isReadonly: boolean, isAligned: boolean): Class => {
    const { isWide } = memory;
    const key = Number(isWide) * 4 + Number(isReadonly) * 2 + Number(isAligned);
    let found = made.get(key);
    if (found === undefined)
      made.set(key, (found = classInOneMemory<Class>(sourceOf({ isReadonly, isAligned, isWide }))));
    return found(memory);
  };
}
