// The options of rings: checked, made into a shape, and compared with what the creator of an existing ring chose.
import {
  MOST_BYTES,
  MOST_SLOTS,
  RingFlag,
  isCapacity,
  ringLayout,
  type RingLayout,
  type RingShape,
} from "../../protocol/ring-layout.js";
import type { Header } from "../../protocol/object-header.js";
import { failure } from "../../errors/rt-error.js";
import { isStruct, type StructType } from "../../struct/struct-type.js";
import { checkStructure, type Declared } from "../agreement.js";
import { checkInteger, checkOptions } from "../arguments.js";
import { bytesDeclared, mostBytesIn } from "./ring-items.js";

/** Messages that are structs. */
export interface StructMessages<Value, View> {
  /** The struct. */
  readonly item: StructType<Value, View>;
  /** The struct says it. */
  readonly messageBytes?: undefined;
}

/** Messages that are bytes, of any length up to a limit. */
export interface ByteMessages {
  /** The longest message. */
  readonly messageBytes: number;
  /** There is none. */
  readonly item?: undefined;
}

/** How a ring is used. Every program that opens it with other values gets an error. */
export interface RingUse {
  /** How many handles push: "one", which is faster, or "many", as when left out. */
  readonly producers?: "one" | "many";
  /** How many handles pop. */
  readonly consumers?: "one" | "many";
  /**
   * What a full ring does: "wait" makes producers wait, as when left out; "overwriteOldest" drops its oldest message.
   */
  readonly whenFull?: "wait" | "overwriteOldest";
}

/** A new ring. */
export interface RingSize extends RingUse {
  /** How many messages there is room for: a power of two, up to 2^24. */
  readonly capacity: number;
}

/** An existing ring: what is left out is as its creator chose. */
export interface RingOpening extends RingUse {
  /** How many messages there is room for. */
  readonly capacity?: number;
}

/** What a program takes a ring for; undefined where it says nothing. */
export interface Wanted {
  readonly declared: Declared | undefined;
  readonly capacity: number | undefined;
  readonly manyProducers: boolean | undefined;
  readonly manyConsumers: boolean | undefined;
  readonly overwrites: boolean | undefined;
}

const USE = ["item", "messageBytes", "capacity", "producers", "consumers", "whenFull"];
const MOST_MESSAGE_BYTES = 2 ** 30;

function choice(name: string, value: unknown, no: string, yes: string): boolean | undefined {
  if (value === undefined) return undefined;
  if (value !== no && value !== yes)
    throw new RangeError(`${name} must be "${no}" or "${yes}", not ${JSON.stringify(value)}`);
  return value === yes;
}

function declaredIn({ item, messageBytes }: { item?: unknown; messageBytes?: unknown }): Declared | undefined {
  if (item !== undefined && messageBytes !== undefined)
    throw new TypeError("a ring has either item, a struct, or messageBytes, not both");
  if (messageBytes !== undefined)
    return bytesDeclared(checkInteger("messageBytes", messageBytes, 1, MOST_MESSAGE_BYTES));
  if (item === undefined) return undefined;
  if (!isStruct(item)) throw new TypeError("item must be a struct, as struct(…) makes it");
  return item;
}

/** @throws TypeError, RangeError for a wrong option */
export function checkWanted(options: RingOpening & { item?: unknown; messageBytes?: unknown }): Wanted {
  checkOptions(options, USE);
  const { capacity } = options;
  if (capacity !== undefined && !isCapacity(checkInteger("capacity", capacity, 1, MOST_SLOTS)))
    throw new RangeError(
      `capacity must be a power of two, such as ${String(nextPower(capacity))}, not ${String(capacity)}`,
    );
  return {
    declared: declaredIn(options),
    capacity,
    manyProducers: choice("producers", options.producers, "one", "many"),
    manyConsumers: choice("consumers", options.consumers, "one", "many"),
    overwrites: choice("whenFull", options.whenFull, "wait", "overwriteOldest"),
  };
}

const nextPower = (slots: number): number => 2 ** Math.ceil(Math.log2(slots));

/** @throws TypeError when capacity or messages are not said, RangeError when the ring would be too large */
export function layoutOfNew(wanted: Wanted): { layout: RingLayout; declared: Declared } {
  const { declared, capacity, manyProducers = true, manyConsumers = true, overwrites = false } = wanted;
  if (declared === undefined) throw new TypeError("a new ring needs item, a struct, or messageBytes");
  if (capacity === undefined) throw new TypeError("a new ring needs capacity");
  const isVariable = mostBytesIn(declared.declaration) !== undefined;
  const itemBytes = declared.sizeBytes;
  const layout = ringLayout({ capacity, itemBytes, isVariable, manyProducers, manyConsumers, overwrites });
  if (layout.sizeBytes > MOST_BYTES)
    throw new RangeError(
      `capacity ${String(capacity)} with messages of ${String(itemBytes)} bytes makes ${String(layout.sizeBytes)} bytes: ` +
        `a ring has at most ${String(MOST_BYTES)}`,
    );
  return { layout, declared };
}

function damaged(header: Header, what: string): never {
  throw failure("ERROR_FILE_CORRUPT", header.name, what);
}

function disagree(header: Header, theirs: string, ours: string): never {
  throw failure(
    "ERROR_INVALID_DATA",
    header.name,
    `creator: ${theirs}; you: ${ours}: let both programs say the same, or leave it out here`,
  );
}

function checkUse(header: Header, shape: RingShape, wanted: Wanted): void {
  const compare = (theirs: boolean, ours: boolean | undefined, name: string, no: string, yes: string): void => {
    const say = (value: boolean): string => `${name} "${value ? yes : no}"`;
    if (ours !== undefined && ours !== theirs) disagree(header, say(theirs), say(ours));
  };
  const { capacity } = wanted;
  if (capacity !== undefined && capacity !== shape.capacity)
    disagree(header, `capacity ${String(shape.capacity)}`, `capacity ${String(capacity)}`);
  compare(shape.manyProducers, wanted.manyProducers, "producers", "one", "many");
  compare(shape.manyConsumers, wanted.manyConsumers, "consumers", "one", "many");
  compare(shape.overwrites, wanted.overwrites, "whenFull", "wait", "overwriteOldest");
}

/**
 * The layout of an existing ring, from its header.
 * @throws RtError ERROR_INVALID_DATA when the creator chose otherwise, ERROR_FILE_CORRUPT
 */
export function layoutOfExisting(header: Header, wanted: Wanted): { layout: RingLayout; declared: Declared } {
  const { structure, flags, maximum: capacity, name } = header;
  if (structure === null || !isCapacity(capacity)) damaged(header, "the header does not describe a ring");
  const mostBytes = mostBytesIn(structure.declaration);
  const declared = wanted.declared ?? (mostBytes === undefined ? undefined : bytesDeclared(mostBytes));
  if (declared === undefined)
    throw failure(
      "ERROR_INVALID_DATA",
      name,
      `its messages are structs, ${structure.declaration.split(" ", 1)[0] ?? "?"}: give the struct as item`,
    );
  checkStructure(header, declared);
  const shape: RingShape = {
    capacity,
    itemBytes: declared.sizeBytes,
    isVariable: mostBytes !== undefined,
    manyProducers: (flags & RingFlag.manyProducers) !== 0,
    manyConsumers: (flags & RingFlag.manyConsumers) !== 0,
    overwrites: (flags & RingFlag.overwrites) !== 0,
  };
  checkUse(header, shape, wanted);
  const layout = ringLayout(shape);
  if (layout.sizeBytes !== header.sizeBytes) damaged(header, "the ring has another size than its header says");
  return { layout, declared };
}
