// The state machines as pure functions: what is signalled, what a wait takes, for every type and any state.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ObjectType } from "#protocol/object-header";
import { ABANDONED, WAITERS, isSignalled, isWaitable, takenState } from "#protocol/state-machines";
import { makeThreadId, threadIndexOf, generationOf, sameGeneration, THREAD_COUNT } from "#protocol/dispatcher-layout";

const { AutoResetEvent, ManualResetEvent, Mutex, Semaphore, SharedMemory, Dispatcher, Snapshot, Ring } = ObjectType;
const thread = fc
  .tuple(fc.integer({ min: 0, max: THREAD_COUNT - 1 }), fc.integer({ min: 1, max: 0x7fff_ffff }))
  .map(([index, generation]) => makeThreadId(index, generation));
const counts = fc.integer({ min: 0, max: 0x7fff_ffff });

test("events, mutexes, semaphores and data that changes can be waited for, plain memory and the dispatcher cannot", () => {
  const waitable = Object.values(ObjectType).filter((type) => isWaitable(type));
  assert.deepEqual(waitable, [AutoResetEvent, ManualResetEvent, Mutex, Semaphore, Snapshot, Ring]);
  assert.equal(isWaitable(SharedMemory), false);
  assert.equal(isWaitable(Dispatcher), false);
  assert.equal(isWaitable(0), false);
});

test("a wait on a set auto-reset event takes the signal, and only the first has it", () => {
  assert.equal(isSignalled(AutoResetEvent, 0, 5), false);
  assert.equal(isSignalled(AutoResetEvent, 1, 5), true);
  assert.equal(takenState(AutoResetEvent, 1, 5), 0);
});

test("a wait on a set manual-reset event leaves it set", () => {
  assert.equal(isSignalled(ManualResetEvent, 0, 5), false);
  assert.equal(isSignalled(ManualResetEvent, 1, 5), true);
  assert.equal(takenState(ManualResetEvent, 1, 5), 1);
});

test("a semaphore of n units satisfies exactly n waits", () => {
  fc.assert(
    fc.property(counts, thread, (count, id) => {
      assert.equal(isSignalled(Semaphore, count, id), count > 0);
      if (count > 0) assert.equal(takenState(Semaphore, count, id), count - 1);
    }),
  );
  let state = 7;
  let taken = 0;
  while (isSignalled(Semaphore, state, 1)) {
    state = takenState(Semaphore, state, 1);
    taken++;
  }
  assert.deepEqual({ taken, state }, { taken: 7, state: 0 });
});

test("a mutex is to be had when it is free or abandoned, and by its owner; whoever takes it owns it", () => {
  fc.assert(
    fc.property(thread, thread, (one, other) => {
      assert.equal(isSignalled(Mutex, 0, one), true);
      assert.equal(isSignalled(Mutex, ABANDONED, one), true);
      assert.equal(isSignalled(Mutex, one, one), true);
      assert.equal(isSignalled(Mutex, other, one), other === one);
      for (const state of [0, ABANDONED, one]) assert.equal(takenState(Mutex, state, one), one);
    }),
  );
});

test("what a wait leaves behind is a valid state with the frozen bit clear", () => {
  const types = fc.constantFrom(AutoResetEvent, ManualResetEvent, Mutex, Semaphore);
  fc.assert(
    fc.property(types, counts, thread, (type, count, id) => {
      const state = type === Semaphore ? count : type === Mutex ? [0, ABANDONED, id][count % 3]! : count % 2;
      fc.pre(isSignalled(type, state, id));
      const next = takenState(type, state, id);
      assert.ok(next >= 0, `frozen: ${next}`);
      assert.equal(next & WAITERS, 0);
      if (type === AutoResetEvent || type === ManualResetEvent) assert.ok(next === 0 || next === 1);
    }),
  );
});

test("a thread id holds its record and generation, fits a mutex's state and is neither free nor abandoned", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: THREAD_COUNT - 1 }),
      fc.integer({ min: 1, max: 0x7ffff }),
      (index, generation) => {
        const id = makeThreadId(index, generation);
        assert.equal(threadIndexOf(id), index);
        assert.equal(generationOf(id), generation);
        assert.ok(id > 0 && id < ABANDONED, String(id));
      },
    ),
  );
});

test("the next thread in a record has another id than the one before, also where the generation wraps", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: THREAD_COUNT - 1 }),
      fc.integer({ min: 1, max: 0x7fff_fff0 }),
      (index, generation) => {
        const [now, next] = [makeThreadId(index, generation), makeThreadId(index, generation + 1)];
        assert.notEqual(now, next);
        assert.equal(sameGeneration(generation, generationOf(now)), true);
        assert.equal(sameGeneration(generation + 1, generationOf(now)), false);
      },
    ),
  );
});
