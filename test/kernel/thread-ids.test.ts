// Thread ids over a long life of a namespace: the generation of a record wraps, the ids stay usable.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAlive, threadIdAt } from "#kernel/dispatcher/liveness";
import { words } from "#kernel/dispatcher/words";
import { ThreadWord, Word, generationOf, threadIndexOf, threadWord } from "#protocol/dispatcher-layout";
import { threadId } from "#kernel/thread/this-thread";
import { WAIT_ABANDONED_0, WAIT_OBJECT_0, WAIT_TIMEOUT } from "../support/api.js";
import { win32Side } from "../support/sides.js";

test("a thread that enters record 0 when its generation wraps owns what it takes", async (t) => {
  const { rt } = win32Side;
  // The worker is the first to come and so has record 0.
  const first = await win32Side.worker(t);
  const mutex = await first.handle("RtCreateMutex", null, false, null);
  assert.equal(rt.RtWaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
  assert.equal(rt.RtReleaseMutex(mutex), true);
  assert.notEqual(threadIndexOf(threadId()), 0, "this thread must not be in record 0");
  await first.kill();
  words()[threadWord(0) + ThreadWord.generation] = (1 << 19) - 1;
  words()[Word.nextThread] = 0;

  const second = await win32Side.worker(t);
  assert.equal(await second.value("RtWaitForSingleObject", mutex, 0), WAIT_OBJECT_0);
  const generation = words()[threadWord(0) + ThreadWord.generation]!;
  assert.equal(generation, 1, "the worker is in record 0, in a generation that its id can hold");
  assert.equal(rt.RtWaitForSingleObject(mutex, 0), WAIT_TIMEOUT, "the worker owns it");
  assert.equal(await second.value("RtReleaseMutex", mutex), true);
  assert.equal(await second.value("RtWaitForSingleObject", mutex, 0), WAIT_OBJECT_0);
  await second.kill();
  assert.equal(rt.RtWaitForSingleObject(mutex, 0), WAIT_ABANDONED_0);
  assert.equal(rt.RtReleaseMutex(mutex), true);
});

test("a mutex is not taken for its dead owner's successor in the same record", async (t) => {
  const { rt } = win32Side;
  const owner = await win32Side.worker(t);
  const mutex = await owner.handle("RtCreateMutex", null, true, null);
  assert.equal(rt.RtWaitForSingleObject(mutex, 0), WAIT_TIMEOUT);
  const backed = words()[Word.backedThreads]!;
  const records = Array.from({ length: backed }, (_, index) => index).filter(
    (index) => index !== threadIndexOf(threadId()) && isAlive(threadIdAt(index)),
  );
  assert.equal(records.length, 1);
  const index = records[0]!;
  const before = words()[threadWord(index) + ThreadWord.generation]!;
  await owner.kill();
  words()[Word.nextThread] = index;
  const successor = await win32Side.worker(t);
  const other = await successor.handle("RtCreateMutex", null, true, null);
  assert.equal(
    generationOf((words()[threadWord(index) + ThreadWord.generation]! << 11) | index),
    (before + 1) & 0x7ffff,
  );
  assert.equal(await successor.value("RtReleaseMutex", mutex), false, "the successor is not the owner");
  assert.equal(rt.RtWaitForSingleObject(mutex, 0), WAIT_ABANDONED_0);
  assert.equal(rt.RtWaitForSingleObject(other, 0), WAIT_TIMEOUT);
  assert.equal(rt.RtReleaseMutex(mutex), true);
});
