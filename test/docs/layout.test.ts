// Compares the tables of docs/memory-layout.md with the constants of the code.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BLOCK_COUNT,
  BLOCK_FIRST,
  BLOCK_WORDS,
  BlockKind,
  DISPATCHER_BYTES,
  EntryPhase,
  EntryWord,
  LOG_FIRST,
  LOG_WORDS,
  NodeWord,
  THREAD_COUNT,
  DEATH_WORDS,
  THREAD_FIRST,
  THREAD_WORDS,
  deathWord,
  ThreadWord,
  Word,
  makeThreadId,
} from "#protocol/dispatcher-layout";
import { FIRST_SLOT_BYTES, SLOT_COUNT, SnapshotWord, slotBytes, snapshotBytes } from "#protocol/snapshot-layout";
import { encodeName } from "#protocol/name-encoding";
import {
  FLAG_READ_ONLY,
  HEADER_BYTES,
  HeaderOffset,
  LAYOUT_VERSION,
  MAX_NAME_UNITS,
  ObjectType,
  StateWord,
} from "#protocol/object-header";
import { ABANDONED, WAITERS } from "#protocol/state-machines";
import {
  PARTICIPANTS,
  PARTICIPANTS_FIRST,
  RingFlag,
  RingWord,
  SlotWord,
  ringLayout,
  type RingLayout,
} from "#protocol/ring-layout";
import { SlotState, TURN_SHIFT, turnMask } from "#data/ring/slots";
import { documentText, tableRows } from "./markdown.js";

const text = documentText("docs/memory-layout.md");

/** Numbers by field name, from a table's columns. */
function fields(heading: string, nameColumn: number): Record<string, number> {
  const named = tableRows(text, heading).filter((row) => /^`\w+`$/.test(row[nameColumn] ?? ""));
  assert.ok(named.length > 0, `no fields below "${heading}"`);
  return Object.fromEntries(named.map((row) => [row[nameColumn]!.replaceAll("`", ""), Number(row[0])]));
}

function objectTypes(all: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.keys(ObjectType).map((name) => [name, all[name]!]));
}

test("the header's fields are where the table says", () => {
  const byColumn = tableRows(text, "Fields that do not change");
  const header = byColumn.filter((row) => row.length === 4);
  assert.deepEqual(Object.fromEntries(header.map((row) => [row[2]!.replaceAll("`", ""), Number(row[0])])), {
    ...HeaderOffset,
  });
  const sizes = Object.fromEntries(header.map((row) => [row[2]!.replaceAll("`", ""), Number(row[1])]));
  for (const [i, row] of header.entries()) {
    const next = header[i + 1];
    if (next !== undefined && next[2] !== "`name`")
      assert.equal(Number(row[0]) + Number(row[1]), Number(next[0]), row[2]);
  }
  assert.equal(sizes["name"], 2 * MAX_NAME_UNITS);
  assert.equal(HEADER_BYTES, 4096);
  assert.equal(LAYOUT_VERSION, 2);
  assert.equal(FLAG_READ_ONLY, 1);
});

test("the object types are those of the table", () => {
  assert.deepEqual(objectTypes(fields("Fields that do not change", 1)), { ...ObjectType });
});

test("the words that change are where the table says", () => {
  assert.deepEqual(fields("Words that change", 1), { ...StateWord });
  assert.deepEqual([WAITERS, ABANDONED], [1 << 31, 0x4000_0000]);
  assert.equal(makeThreadId(5, 3), (3 << 11) | 5);
});

test("a snapshot's words and slots are where the table says", () => {
  const words = Object.entries(SnapshotWord).map(([name, word]) => [name, 4 * word] as const);
  assert.deepEqual(fields("A snapshot", 2), { ...Object.fromEntries(words), slots: FIRST_SLOT_BYTES });
  assert.equal(SLOT_COUNT, 4);
  assert.deepEqual([1, 128, 129].map(slotBytes), [128, 128, 256]);
  assert.equal(snapshotBytes(129), 128 + 4 * 256);
});

test("the dispatcher's words are where the tables say", () => {
  assert.deepEqual(fields("The dispatcher", 1), { ...Word });
  assert.deepEqual(fields("A thread record", 1), { ...ThreadWord });
  assert.deepEqual(fields("A node", 1), { ...NodeWord });
  assert.deepEqual(fields("An entry", 1), { ...EntryWord });
  assert.deepEqual([LOG_FIRST, LOG_WORDS, THREAD_FIRST, BLOCK_FIRST], [2048, 2048, 4096, 135168]);
  assert.deepEqual([THREAD_COUNT, THREAD_WORDS, BLOCK_WORDS, DISPATCHER_BYTES], [2048, 64, 32, 8 << 20]);
  assert.deepEqual({ ...BlockKind }, { Free: 0, Node: 1, Entry: 2 });
  assert.deepEqual({ ...EntryPhase }, { Opening: 1, Live: 2, Closing: 3 });
  assert.deepEqual([DEATH_WORDS, deathWord(0, 0), deathWord(0, 1), deathWord(0, DEATH_WORDS)], [24, 16, 18, 64]);
  assert.ok(BLOCK_COUNT > 60_000 && BLOCK_COUNT < 62_000, "the README says some 60,000");
});

test("a ring's words, slots and flags are where the tables say", () => {
  assert.deepEqual(fields("A ring", 1), { ...RingWord });
  const slot = fields("A slot of many", 1);
  assert.deepEqual(slot, { ...SlotWord, ...SlotState });
  assert.match(text, /`flags` are\s+2\s+`manyProducers`,\s+4\s+`manyConsumers`,\s+8\s+`overwrites`/);
  assert.deepEqual({ ...RingFlag }, { manyProducers: 2, manyConsumers: 4, overwrites: 8 });
  assert.deepEqual([PARTICIPANTS_FIRST, PARTICIPANTS, TURN_SHIFT, turnMask(4)], [128, 1024, 12, (1 << 20) - 1]);
  const shape = { capacity: 4, itemBytes: 20, isVariable: false, overwrites: false };
  const one = { ...shape, manyProducers: false, manyConsumers: false };
  const many = { ...shape, manyProducers: true, manyConsumers: false };
  const parts = (layout: RingLayout): number[] => [layout.firstSlotBytes, layout.slotBytes, layout.messageOffset];
  assert.deepEqual(parts(ringLayout(one)), [512, 20, 0]);
  assert.deepEqual(parts(ringLayout({ ...one, isVariable: true })), [512, 32, 8]);
  assert.deepEqual(parts(ringLayout(many)), [4608, 64, 8]);
  assert.equal(ringLayout(many).sizeBytes, 4608 + 4 * 64);
});

test("names are encoded as described", () => {
  assert.equal(encodeName("Storage.Name"), "Storage.Name");
  assert.equal(encodeName(".lock"), "%2Elock");
  assert.equal(encodeName("a~0 é"), "a%7E0%20%C3%A9");
  assert.match(encodeName("x".repeat(200)), /^x{139}=[0-9a-f]{40}$/);
});
