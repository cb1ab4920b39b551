// What a ring's messages are: structs, or bytes of any length up to a limit; how they go in and out of memory.
import { createHash } from "node:crypto";
import { SlotWord } from "../../protocol/ring-layout.js";
import type { CompoundType } from "../../struct/compound.js";
import type { Memory } from "../../struct/memory.js";
import type { StructType } from "../../struct/struct-type.js";
import { wholeOf, type Whole } from "../../struct/whole.js";
import type { Declared } from "../agreement.js";
import { atOf } from "./ring-at.js";
import type { StructAccess } from "./ring-slots.js";

/** Messages of one kind. `offsetBytes` is where a message is in `memory`. */
export interface Items<Value, View> {
  readonly declared: Declared;
  readonly isVariable: boolean;
  /** @throws TypeError, RangeError for what is no message; nothing has happened then */
  check(value: unknown): void;
  store(memory: Memory, offsetBytes: number, value: Value): void;
  /** A copy. */
  load(memory: Memory, offsetBytes: number): Value;
  /** Bytes of a message. @throws what `corrupt` throws when it says a length that cannot be */
  lengthOf(memory: Memory, offsetBytes: number): number;
  /** Says how long a message is whose bytes are there. */
  setLength(memory: Memory, offsetBytes: number, lengthBytes: number): void;
  view(memory: Memory, offsetBytes: number, lengthBytes: number): View;
  /** Of structs: access to those in a memory. */
  accessTo(memory: () => Memory, isReadonly: boolean): StructAccess<View> | undefined;
  /** These units, as a shift; 0 for byte messages. */
  readonly unitShift: number;
}

interface Copier<Value> {
  readonly memory: Memory;
  readonly whole: Whole<Value>;
}

/** Structs. Their views are one object, moved. */
export class StructItems<Value, View> implements Items<Value, View> {
  readonly declared: Declared;
  readonly isVariable = false;

  readonly unitShift: number;
  private writer: Copier<Value> | undefined;
  private reader: Copier<Value> | undefined;

  constructor(private readonly type: StructType<Value, View>) {
    this.declared = type;
    this.unitShift = Math.log2(type.alignmentBytes);
  }

  check(value: unknown): void {
    if (this.writer?.whole.fits(value) !== true) this.type.check(value, this.type.name);
  }

  store(memory: Memory, offsetBytes: number, value: Value): void {
    if (this.writer?.memory !== memory) this.writer = { memory, whole: wholeOf(this.type, memory) };
    this.writer.whole.store(offsetBytes >> this.unitShift, value);
  }

  load(memory: Memory, offsetBytes: number): Value {
    if (this.reader?.memory !== memory) this.reader = { memory, whole: wholeOf(this.type, memory) };
    return this.reader.whole.load(offsetBytes >> this.unitShift);
  }

  lengthOf(): number {
    return this.type.sizeBytes;
  }

  setLength(): void {
    // all are of one length
  }

  view(): never {
    throw new TypeError("structs have a cursor");
  }

  accessTo(memory: () => Memory, isReadonly: boolean): StructAccess<View> {
    const type = this.type as unknown as CompoundType<Value, View>;
    return { makeCursor: () => type.makeCursor(memory(), isReadonly, true), at: atOf<View>(type) };
  }
}

const LENGTH_OFFSET = 8 - SlotWord.length * 4;

/** Bytes: the word before a message is its length. */
export class ByteItems implements Items<Uint8Array, Uint8Array> {
  readonly declared: Declared;
  readonly isVariable = true;
  readonly unitShift = 0;

  constructor(
    private readonly mostBytes: number,
    private readonly corrupt: (what: string) => never,
  ) {
    this.declared = bytesDeclared(mostBytes);
  }

  check(value: unknown): void {
    if (!(value instanceof Uint8Array))
      throw new TypeError(`a message must be a Uint8Array, not ${value === null ? "null" : typeof value}`);
    if (value.byteLength > this.mostBytes)
      throw new RangeError(
        `the message has ${String(value.byteLength)} bytes, this ring takes up to ${String(this.mostBytes)}: ` +
          "create it with a larger messageBytes, or send the message in parts",
      );
  }

  store(memory: Memory, offsetBytes: number, value: Uint8Array): void {
    this.setLength(memory, offsetBytes, value.byteLength);
    memory.u8.set(value, offsetBytes);
  }

  load(memory: Memory, offsetBytes: number): Uint8Array {
    return memory.u8.slice(offsetBytes, offsetBytes + this.lengthOf(memory, offsetBytes));
  }

  lengthOf(memory: Memory, offsetBytes: number): number {
    const length = memory.u32[(offsetBytes - LENGTH_OFFSET) >> 2] ?? 0;
    if (length > this.mostBytes)
      this.corrupt(
        `a message says that it has ${String(length)} bytes, the ring takes up to ${String(this.mostBytes)}`,
      );
    return length;
  }

  setLength(memory: Memory, offsetBytes: number, lengthBytes: number): void {
    memory.u32[(offsetBytes - LENGTH_OFFSET) >> 2] = lengthBytes;
  }

  accessTo(): undefined {
    return undefined;
  }

  view(memory: Memory, offsetBytes: number, lengthBytes: number): Uint8Array {
    return memory.u8.subarray(offsetBytes, offsetBytes + lengthBytes);
  }
}

/** How a ring of byte messages declares them in its header, in the form of a struct's declaration. */
export function bytesDeclared(mostBytes: number): Declared {
  const declaration = `bytes ${String(mostBytes)} 1`;
  const hash = createHash("sha256").update(declaration).digest("hex").slice(0, 16);
  return { name: "bytes", sizeBytes: mostBytes, hash, declaration };
}

/** The limit that a declaration of byte messages states; undefined when it is a struct's. */
export function mostBytesIn(declaration: string): number | undefined {
  const digits = /^bytes (\d{1,10}) 1$/.exec(declaration)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
