// A ring's shared bytes at their limits: positions that go round, and bytes that a peer wrote wrong. No operation reaches out of
// the ring, goes on for ever, or fails otherwise than with ERROR_FILE_CORRUPT.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import fc from "fast-check";
import { Ring, RtError } from "rtshm";
import { struct, u32 } from "rtshm/struct";
import { PARTICIPANTS_FIRST, RingWord, SlotWord, ringLayout } from "#protocol/ring-layout";
import { HeaderOffset } from "#protocol/object-header";
import { freshName } from "../support/sides.js";
import { headerOf, startAt, wordsOf } from "./ring-bytes.js";
import { MODES, type Mode } from "./ring-victim.js";

const isLong = process.env["RTSHM_LONG"] === "1";
const Item = struct("Item", { number: u32 });
const modes = Object.keys(MODES) as Mode[];

function layoutOf(mode: Mode, capacity: number, itemBytes: number, isVariable: boolean) {
  const { producers, consumers, whenFull } = MODES[mode];
  return ringLayout({
    ...{ capacity, itemBytes, isVariable, overwrites: whenFull === "overwriteOldest" },
    ...{ manyProducers: (producers as string) === "many", manyConsumers: (consumers as string) === "many" },
  });
}

for (const mode of modes)
  test(`${mode}: messages go on where the positions begin again`, () => {
    for (const capacity of [1, 2, 8, 4096])
      for (const start of [-3, -1, 0x7fff_fffd, -capacity * 2 - 1]) {
        using ring = Ring.createUnnamed({ item: Item, capacity, ...MODES[mode] });
        const { words, unmap } = wordsOf(ring);
        startAt(words, layoutOf(mode, capacity, 4, false), start);
        for (let number = 0; number < 3 * capacity + 8; number += 2) {
          assert.equal(ring.tryPush({ number }), true);
          if (capacity > 1) assert.equal(ring.tryPushBatch([{ number: number + 1 }]), 1);
          assert.equal(ring.length, capacity > 1 ? 2 : 1);
          assert.deepEqual(ring.tryPop(), { number });
          if (capacity > 1) assert.deepEqual(ring.tryPopBatch(1), [{ number: number + 1 }]);
          assert.equal(ring.tryPop(), undefined);
        }
        for (let number = 0; number < capacity; number++) assert.equal(ring.tryPush({ number }), true);
        assert.equal(ring.tryPush({ number: capacity }), mode.includes("overwriting"));
        assert.equal(ring.tryPopBatch().length, capacity);
        unmap();
      }
  });

const corrupt = (error: unknown): boolean => error instanceof RtError && error.code === "ERROR_FILE_CORRUPT";

/** Does it, and says whether the ring was found to be damaged. Any other error is a failure. */
function isDamage(operation: () => unknown): boolean {
  try {
    operation();
    return false;
  } catch (error) {
    if (corrupt(error)) return true;
    throw error;
  }
}

const uses: readonly ((ring: Ring) => unknown)[] = [
  (ring) => ring.tryPush(new Uint8Array(5)),
  (ring) => ring.tryPushBatch([new Uint8Array(1), new Uint8Array(20)]),
  (ring) => ring.tryClaim(2)?.commit(1),
  (ring) => ring.tryClaim()?.abandon(),
  (ring) => ring.tryPop(),
  (ring) => ring.tryPopBatch(3),
  (ring) => ring.tryPopInto(new Uint8Array(20)),
  (ring) => {
    using peek = ring.tryPeek(2);
    return peek?.view.length;
  },
  (ring) => [ring.length, ring.dropped, ring.isReadable, ring.isWritable],
];

const anyWord = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(0, 1, -1, 0x7fff_ffff, -(2 ** 31), 0xfff, 0x1000, 0x400, 0x800, 0xc00, 0x401, 0xc01),
);

for (const mode of modes)
  test(`${mode}: whatever is written over its words, an operation works or says that they are damaged`, () => {
    const layout = layoutOf(mode, 4, 20, true);
    const slot = (i: number): number => (layout.firstSlotBytes + i * layout.slotBytes) / 4;
    const places = [
      ...[RingWord.tail, RingWord.head, RingWord.producer, RingWord.consumer, RingWord.dropped],
      ...Array.from({ length: 4 }, (_, i) => [slot(i) + SlotWord.state, slot(i) + SlotWord.length]).flat(),
      ...(layout.hasStates ? [PARTICIPANTS_FIRST + 1, PARTICIPANTS_FIRST + 2] : []),
    ];
    const damage = fc.array(fc.tuple(fc.constantFrom(...places), anyWord), { minLength: 1, maxLength: 6 });
    const script = fc.array(fc.oneof(fc.nat(uses.length - 1), damage), { minLength: 3, maxLength: 16 });
    let damaged = 0;
    fc.assert(
      fc.property(script, (steps) => {
        const ring = Ring.createUnnamed({ messageBytes: 20, capacity: 4, ...MODES[mode] });
        const { words, unmap } = wordsOf(ring);
        try {
          for (const step of steps) {
            if (typeof step === "number") {
              const use = uses[step]!;
              if (isDamage(() => use(ring))) damaged++;
            } else for (const [at, value] of step) words[at] = value;
          }
        } catch (error) {
          // A thread id that happens to be this thread's: somebody else has the side.
          if (!(error instanceof RtError && (error.code === "ERROR_BUSY" || error.code === "ERROR_SHARING_VIOLATION")))
            throw error;
        } finally {
          isDamage(() => {
            ring.close();
          });
          unmap();
        }
      }),
      { numRuns: isLong ? 5000 : 250 },
    );
    assert.ok(damaged > 10, `${String(damaged)} times damage was found`);
  });

test("a message that says it is longer than it can be is damage, not a longer message", () => {
  for (const mode of modes) {
    using ring = Ring.createUnnamed({ messageBytes: 20, capacity: 2, ...MODES[mode] });
    const { words, unmap } = wordsOf(ring);
    ring.tryPush(new Uint8Array(3));
    const layout = layoutOf(mode, 2, 20, true);
    words[layout.firstSlotBytes / 4 + SlotWord.length] = 0x7fff_ffff;
    assert.throws(() => ring.tryPop(), corrupt);
    assert.equal(ring.tryPush(new Uint8Array([1])), true);
    assert.deepEqual(ring.tryPop(), new Uint8Array([1]));
    unmap();
  }
});

test("a header that describes no ring, or one of another size, is refused", async () => {
  const name = freshName();
  using ring = Ring.create(name, { messageBytes: 20, capacity: 4 });
  await pause(30); // from then on the process opens what it holds by what it knows: a refused header must not be among that
  const header = headerOf(ring);
  const at = (offset: number): number => offset / 4;
  const wrong: [number, number, RegExp][] = [
    [at(HeaderOffset.maximum), 3, /does not describe a ring/],
    [at(HeaderOffset.maximum), 0, /does not describe a ring/],
    [at(HeaderOffset.maximum), 8, /another size/],
    [at(HeaderOffset.flags), 0, /another size/],
    [at(HeaderOffset.structHash), 0, /./],
  ];
  for (const [word, value, text] of wrong) {
    const before = header.words[word]!;
    header.words[word] = value;
    assert.throws(
      () => Ring.open(name),
      (error) => error instanceof RtError && /CORRUPT|INVALID_DATA/.test(error.code) && text.test(error.message),
    );
    header.words[word] = before;
  }
  Ring.open(name).close();
  header.unmap();
});
