// How views are printed: as what is in them, with names, and without copying or failing on bytes that make no value.
import { inspect, type InspectOptions } from "node:util";
import type { FieldType } from "./field-type.js";
import type { Memory } from "./memory.js";
import type { StructType } from "./struct-type.js";

type Parts = Partial<StructType> & {
  readonly element?: FieldType;
  over?(this: void, memory: Memory, offsetBytes: number): unknown;
};

/** Prints as a text without quotes. */
class Note {
  constructor(readonly text: string) {}

  [inspect.custom](): string {
    return this.text;
  }
}

function valueAt(type: FieldType, memory: Memory, offsetBytes: number, limit: number): unknown {
  const { fields, element, over } = type as Parts;
  if (fields !== undefined)
    return Object.fromEntries(
      fields.map((field) => [field.name, valueAt(field.type, memory, offsetBytes + field.offsetBytes, limit)]),
    );
  if (element !== undefined) {
    // What is behind the limit is counted and not read.
    const count = type.sizeBytes / element.sizeBytes;
    const shown = count > limit ? Math.max(limit - 1, 0) : count;
    const values: unknown[] = [];
    for (let i = 0; i < shown; i++) values.push(valueAt(element, memory, offsetBytes + i * element.sizeBytes, limit));
    if (shown < count) values.push(new Note(`... ${String(count - shown)} more items`));
    return values;
  }
  try {
    return over === undefined ? type.load(memory, offsetBytes) : over(memory, offsetBytes);
  } catch (error) {
    return new Note(`<${(error as Error).message}>`);
  }
}

/** The text of a value in memory, as `inspect` would print a copy. */
export function show(type: FieldType, memory: Memory, offsetBytes: number, options: InspectOptions): string {
  if (memory.buffer.byteLength === 0) return "<the memory is closed>";
  const limit = options.maxArrayLength ?? Infinity;
  return inspect(valueAt(type, memory, offsetBytes, limit), options);
}
