// Handles: what closing one ends, what it does not, and what a value that is no handle (any more) gives in every function.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { assertBlocked, resultOf } from "../support/agent.js";
import {
  ENDLESS_TICKS,
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_HANDLE,
  INFINITE,
  SHM_MAP_READ,
  UNTOUCHED,
  WAIT_FAILED,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
  bogusHandle,
  type HANDLE,
  type Location,
  type RtApi,
} from "../support/api.js";
import { fails, gives, refuses, succeeds, waitFails } from "../support/expect.js";
import { event, kinds, make, makeIn, mutex, semaphore, sharedMemory, type Kind } from "../support/kinds.js";
import { freshName, onBothSides } from "../support/sides.js";

/** Every operation on a handle that answers true or false. */
const operations: readonly {
  readonly name: string;
  readonly of: Kind;
  readonly call: (rt: RtApi, h: HANDLE) => boolean;
}[] = [
  { name: "RtSetEvent", of: event, call: (rt, h) => rt.RtSetEvent(h) },
  { name: "RtResetEvent", of: event, call: (rt, h) => rt.RtResetEvent(h) },
  { name: "RtPulseEvent", of: event, call: (rt, h) => rt.RtPulseEvent(h) },
  { name: "RtReleaseMutex", of: mutex, call: (rt, h) => rt.RtReleaseMutex(h) },
  { name: "RtReleaseSemaphore", of: semaphore, call: (rt, h) => rt.RtReleaseSemaphore(h, 1, null) },
];

const waits: readonly { readonly name: string; readonly call: (rt: RtApi, h: HANDLE) => number }[] = [
  { name: "RtWaitForSingleObject", call: (rt, h) => rt.RtWaitForSingleObject(h, 0) },
  { name: "RtWaitForSingleObject for ever", call: (rt, h) => rt.RtWaitForSingleObject(h, INFINITE) },
  { name: "RtWaitForSingleObjectEx", call: (rt, h) => rt.RtWaitForSingleObjectEx(h, { value: ENDLESS_TICKS }) },
  { name: "RtWaitForMultipleObjects", call: (rt, h) => rt.RtWaitForMultipleObjects(1, [h], false, INFINITE) },
  { name: "RtWaitForMultipleObjectsEx", call: (rt, h) => rt.RtWaitForMultipleObjectsEx(1, [h], false, { value: 0n }) },
];

/** The value names nothing, for any function. */
async function assertNothing(rt: RtApi, handle: HANDLE, what: string): Promise<void> {
  for (const { name, call } of operations) fails(rt, ERROR_INVALID_HANDLE, () => call(rt, handle), `${name}, ${what}`);
  for (const { name, call } of waits) waitFails(rt, ERROR_INVALID_HANDLE, () => call(rt, handle), `${name}, ${what}`);
  refuses(rt, ERROR_INVALID_HANDLE, () => rt.RtMapViewOfSharedMemory(handle, SHM_MAP_READ, 0, 0, 0), what);
  refuses(rt, ERROR_INVALID_HANDLE, () => rt.describe(handle), what);
  const failed = { result: WAIT_FAILED, lastError: ERROR_INVALID_HANDLE };
  assert.deepEqual(await rt.RtWaitForSingleObjectAsync(handle, INFINITE), failed, what);
  assert.deepEqual(await rt.RtWaitForMultipleObjectsAsync(1, [handle], false, INFINITE), failed, what);
  fails(rt, ERROR_INVALID_HANDLE, () => rt.RtCloseHandle(handle), what);
}

onBothSides("handles", (side) => {
  const { rt } = side;

  for (const kind of kinds) {
    test(`a closed ${kind.name} is an invalid handle in every function`, async () => {
      const handle = make(rt, kind, freshName());
      succeeds(rt, true, () => rt.RtCloseHandle(handle));
      await assertNothing(rt, handle, "closed");
    });

    test(`one handle of a ${kind.name} closed leaves the others as they are`, () => {
      const name = freshName();
      const [first, second] = [make(rt, kind, name), make(rt, kind, name)];
      succeeds(rt, true, () => rt.RtCloseHandle(first));
      fails(rt, ERROR_INVALID_HANDLE, () => rt.RtCloseHandle(first));
      gives(rt, UNTOUCHED, () => kind.open(rt, name));
      succeeds(rt, true, () => rt.RtCloseHandle(second));
    });

    test(`operations for other types on a ${kind.name} are an invalid handle and do no harm`, () => {
      const name = freshName();
      const handle = make(rt, kind, name);
      for (const { name: operation, of, call } of operations) {
        if (of !== kind) fails(rt, ERROR_INVALID_HANDLE, () => call(rt, handle), operation);
      }
      if (kind !== sharedMemory) {
        refuses(rt, ERROR_INVALID_HANDLE, () => rt.RtMapViewOfSharedMemory(handle, SHM_MAP_READ, 0, 0, 0));
      }
      gives(rt, UNTOUCHED, () => kind.open(rt, name));
      succeeds(rt, true, () => rt.RtCloseHandle(handle));
    });

    test(`a stale handle of a ${kind.name} never becomes the handle of something newer`, () => {
      const stale = make(rt, kind, null);
      assert.equal(rt.RtCloseHandle(stale), true);
      const newer: HANDLE[] = [];
      for (let i = 0; i < 300; i++) {
        const handle = make(rt, event, null);
        assert.notEqual(handle, stale);
        if (i % 2) newer.push(handle);
        else assert.equal(rt.RtCloseHandle(handle), true);
      }
      fails(rt, ERROR_INVALID_HANDLE, () => rt.RtSetEvent(stale));
      fails(rt, ERROR_INVALID_HANDLE, () => rt.RtCloseHandle(stale));
      for (const handle of newer) succeeds(rt, true, () => rt.RtCloseHandle(handle));
    });

    test(`closing ${kind.name} objects gives back every descriptor and every mapping`, () => {
      const used = () => [readdirSync("/proc/self/fd").length, readdirSync("/proc/self/map_files").length];
      const useOften = () => {
        for (let i = 0; i < 200; i++) {
          const named = make(rt, kind, freshName());
          const unnamed = make(rt, kind, null);
          assert.equal(rt.RtCloseHandle(named) && rt.RtCloseHandle(unnamed), true);
        }
      };
      useOften(); // so that what is set up once is there
      const [descriptors, mappings] = used() as [number, number];
      useOften();
      const [descriptorsAfter, mappingsAfter] = used() as [number, number];
      assert.ok(descriptorsAfter - descriptors < 20, `${descriptors} descriptors became ${descriptorsAfter}`);
      assert.ok(mappingsAfter - mappings < 100, `${mappings} mappings became ${mappingsAfter}`);
    });
  }

  test("values that were never handles are invalid in every function", async () => {
    for (const value of [null, 0, 1, 4, 0x7abc_def0, 0x7fff_fffc, 0x1_0000_0000, Number.MAX_SAFE_INTEGER]) {
      await assertNothing(rt, bogusHandle(value), String(value));
    }
  });

  test("a handle is a positive multiple of 4 and no pseudo-handle", () => {
    for (const kind of kinds) {
      const handle = make(rt, kind, null);
      assert.ok(Number.isSafeInteger(handle) && handle > 0 && handle % 4 === 0, `${handle}`);
      succeeds(rt, true, () => rt.RtCloseHandle(handle));
    }
  });

  test("closing the pseudo-handles -1 and -2 answers true, any number of times, and does nothing", () => {
    const handles = kinds.map((kind) => make(rt, kind, null));
    for (let i = 0; i < 3; i++) {
      succeeds(rt, true, () => rt.RtCloseHandle(bogusHandle(-1)));
      succeeds(rt, true, () => rt.RtCloseHandle(bogusHandle(-2)));
    }
    for (const handle of handles) succeeds(rt, true, () => rt.RtCloseHandle(handle));
    fails(rt, ERROR_INVALID_HANDLE, () => rt.RtCloseHandle(bogusHandle(-3)));
  });

  test("a handle of one process is nothing in another one", async (t) => {
    const other = await side.process(t);
    const handle = make(rt, event, freshName());
    assert.deepEqual(await other.value("RtSetEvent", handle), false);
    const waited = await other.call("RtWaitForSingleObject", handle, 0);
    assert.deepEqual([waited.value, waited.lastError], [WAIT_FAILED, ERROR_INVALID_HANDLE]);
    const closed = await other.call("RtCloseHandle", handle);
    assert.deepEqual([closed.value, closed.lastError], [false, ERROR_INVALID_HANDLE]);
    succeeds(rt, true, () => rt.RtSetEvent(handle));
    assert.equal(rt.RtWaitForSingleObject(handle, 0), WAIT_OBJECT_0);
  });

  test("a thread blocked on a handle that is closed waits on, and another handle can still satisfy it", async (t) => {
    const worker = await side.worker(t);
    for (const kind of [event, semaphore]) {
      const name = freshName();
      const mine = kind === event ? make(rt, event, name) : gives(rt, 0, () => rt.RtCreateSemaphore(null, 0, 1, name));
      const waited = gives(rt, UNTOUCHED, () => kind.open(rt, name));
      const waiting = await worker.block("RtWaitForSingleObject", waited, INFINITE);
      assert.equal(rt.RtCloseHandle(waited), true);
      fails(rt, ERROR_INVALID_HANDLE, () => rt.RtCloseHandle(waited), "it is dead at once");
      await assertBlocked(waiting);
      assert.equal(kind === event ? rt.RtSetEvent(mine) : rt.RtReleaseSemaphore(mine, 1, null), true);
      assert.equal(await resultOf(waiting), WAIT_OBJECT_0, kind.name);
      assert.equal(rt.RtCloseHandle(mine), true);
    }
  });

  test("a thread blocked on a mutex whose handle is closed gets it through another handle", async (t) => {
    const worker = await side.worker(t);
    const name = freshName();
    const mine = gives(rt, 0, () => rt.RtCreateMutex(null, true, name));
    const waited = gives(rt, UNTOUCHED, () => mutex.open(rt, name));
    const waiting = await worker.block("RtWaitForSingleObject", waited, INFINITE);
    assert.equal(rt.RtCloseHandle(waited), true);
    await assertBlocked(waiting);
    assert.equal(rt.RtReleaseMutex(mine), true);
    assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    assert.equal(rt.RtWaitForSingleObject(mine, 0), WAIT_TIMEOUT, "the worker owns it");
  });

  test("the name goes with the last handle, even while a thread waits on the object", async (t) => {
    const worker = await side.worker(t);
    const name = freshName();
    const handle = make(rt, event, name);
    const waiting = await worker.block("RtWaitForSingleObject", handle, 1500);
    assert.equal(rt.RtCloseHandle(handle), true);
    refuses(rt, ERROR_FILE_NOT_FOUND, () => event.open(rt, name));
    const fresh = gives(rt, 0, () => event.create(rt, name));
    assert.equal(rt.RtSetEvent(fresh), true, "another object, which the waiter does not see");
    assert.equal(await resultOf(waiting), WAIT_TIMEOUT);
    assert.equal(rt.RtWaitForSingleObject(fresh, 0), WAIT_OBJECT_0);
  });

  test("an asynchronous wait goes on when its handle is closed, and another handle can still satisfy it", async () => {
    const name = freshName();
    const [mine, waited] = [make(rt, event, name), make(rt, event, name)];
    const pending = rt.RtWaitForSingleObjectAsync(waited, INFINITE);
    assert.equal(rt.RtCloseHandle(waited), true);
    assert.equal(rt.RtSetEvent(mine), true);
    assert.equal((await pending).result, WAIT_OBJECT_0);
  });

  test("an asynchronous wait whose last handle is closed ends with its timeout", async () => {
    const name = freshName();
    const handle = make(rt, event, name);
    const pending = rt.RtWaitForSingleObjectAsync(handle, 150);
    assert.equal(rt.RtCloseHandle(handle), true);
    refuses(rt, ERROR_FILE_NOT_FOUND, () => event.open(rt, name));
    assert.equal((await pending).result, WAIT_TIMEOUT);
  });

  test("a handle that another process closes is still good in this one", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const mine = make(rt, event, name);
    assert.equal(await other.value("RtCloseHandle", await makeIn(other, event, name)), true);
    succeeds(rt, true, () => rt.RtSetEvent(mine));
  });

  test("five hundred handles at once are all different and all good", () => {
    const handles = Array.from({ length: 500 }, (_, i) =>
      gives(rt, 0, () => rt.RtCreateEvent(null, true, i % 3 === 0, null)),
    );
    assert.equal(new Set(handles).size, handles.length);
    for (const [i, handle] of handles.entries()) {
      assert.equal(rt.RtWaitForSingleObject(handle, 0), i % 3 === 0 ? WAIT_OBJECT_0 : WAIT_TIMEOUT, `${i}`);
    }
    for (const handle of handles) assert.equal(rt.RtCloseHandle(handle), true);
  });

  test("close of a location's handle leaves the location with a detached buffer or none", () => {
    const out: Location = { value: null };
    const handle = gives(rt, 0, () => sharedMemory.create(rt, null, out));
    const buffer = out.value!;
    assert.equal(buffer.byteLength, 100);
    assert.equal(rt.RtCloseHandle(handle), true);
    assert.equal(buffer.byteLength, 0);
    assert.ok(out.value === null || out.value.byteLength === 0);
  });
});
