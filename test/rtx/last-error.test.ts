// Last error: one for each thread, set by what fails and by every create, left alone by everything else that succeeds.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ERROR_ALREADY_EXISTS,
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_HANDLE,
  ERROR_NOT_OWNER,
  SHM_MAP_WRITE,
} from "../support/api.js";
import { gives, succeeds } from "../support/expect.js";
import { kinds, make, mutex, sharedMemory } from "../support/kinds.js";
import { freshName, onBothSides, rtssSide, win32Side } from "../support/sides.js";

onBothSides("last error", (side) => {
  const { rt } = side;

  test("it is 0 in a new process and in a new thread", async (t) => {
    rt.SetLastError(77);
    assert.equal(await (await side.process(t)).value("GetLastError"), 0);
    assert.equal(await (await side.worker(t)).value("GetLastError"), 0);
    assert.equal(rt.GetLastError(), 77);
  });

  test("SetLastError keeps any DWORD", () => {
    for (const code of [0, 1, 6, 0x20000001, 0x7fffffff, 0x80000000, 0xffffffff]) {
      rt.SetLastError(code);
      assert.equal(rt.GetLastError(), code);
      assert.equal(rt.GetLastError(), code, "reading it does not change it");
    }
  });

  test("the Rt names are the same functions", () => {
    assert.equal(rt.RtGetLastError, rt.GetLastError);
    assert.equal(rt.RtSetLastError, rt.SetLastError);
    rt.RtSetLastError(41);
    assert.deepEqual([rt.GetLastError(), rt.RtGetLastError()], [41, 41]);
  });

  test("a failure in one thread does not show in another", async (t) => {
    const [one, two] = [await side.worker(t), await side.worker(t)];
    rt.SetLastError(1);
    assert.equal((await one.call("RtOpenEvent", 0, false, freshName())).lastError, ERROR_FILE_NOT_FOUND);
    assert.equal((await two.call("RtCloseHandle", 0)).lastError, ERROR_INVALID_HANDLE);
    assert.equal(rt.GetLastError(), 1);
    assert.equal(await one.value("GetLastError"), ERROR_FILE_NOT_FOUND);
    assert.equal(await two.value("GetLastError"), ERROR_INVALID_HANDLE);
  });

  test("everything that succeeds but a create leaves it alone", () => {
    const names = kinds.map(() => freshName());
    const handles = kinds.map((kind, i) => make(rt, kind, names[i]!));
    const [memory, event, owned, semaphore] = handles;
    for (const [i, kind] of kinds.entries()) {
      const opened = gives(rt, 0xdead, () => kind.open(rt, names[i]!), kind.name);
      succeeds(rt, true, () => rt.RtCloseHandle(opened));
    }
    succeeds(rt, true, () => rt.RtSetEvent(event!));
    succeeds(rt, true, () => rt.RtResetEvent(event!));
    succeeds(rt, true, () => rt.RtPulseEvent(event!));
    succeeds(rt, true, () => rt.RtReleaseSemaphore(semaphore!, 1, { value: 0 }));
    succeeds(rt, 0, () => rt.RtWaitForSingleObject(owned!, 0));
    succeeds(rt, 0, () => rt.RtWaitForSingleObjectEx(semaphore!, { value: 0n }));
    succeeds(rt, 258, () => rt.RtWaitForSingleObject(event!, 1));
    succeeds(rt, 1, () => rt.RtWaitForMultipleObjects(2, [event!, semaphore!], false, 0));
    succeeds(rt, 258, () => rt.RtWaitForMultipleObjectsEx(1, [event!], false, { value: 1n }));
    succeeds(rt, true, () => rt.RtReleaseMutex(owned!));
    succeeds(rt, side.name === "rtss", () => rt.RtIsInRtss());
    rt.SetLastError(0xbeef);
    const view = rt.RtMapViewOfSharedMemory(memory!, SHM_MAP_WRITE, 0, 0, 0);
    assert.notEqual(view, null);
    assert.equal(rt.RtUnmapViewOfSharedMemory(view!), true);
    const text = rt.describe(memory!);
    const attached = rt.attach(text!, { value: null });
    assert.notEqual(attached, null);
    assert.equal(rt.RtCloseHandle(attached!), true);
    assert.equal(rt.GetLastError(), 0xbeef);
  });

  test("an abandoned wait leaves it alone", async (t) => {
    const worker = await side.worker(t);
    const handle = make(rt, mutex, null);
    await worker.value("RtWaitForSingleObject", handle, 0);
    await worker.kill();
    succeeds(rt, 0x80, () => rt.RtWaitForSingleObject(handle, 0));
  });

  test("a create sets it to 0 or to already exists, also right after a failure", () => {
    for (const kind of kinds) {
      const name = freshName();
      rt.RtCloseHandle(0 as never);
      assert.equal(rt.GetLastError(), ERROR_INVALID_HANDLE);
      const handle = kind.create(rt, name);
      assert.equal(rt.GetLastError(), 0);
      rt.RtReleaseMutex(make(rt, mutex, null));
      assert.equal(rt.GetLastError(), ERROR_NOT_OWNER);
      kind.create(rt, name);
      assert.equal(rt.GetLastError(), ERROR_ALREADY_EXISTS);
      assert.equal(rt.RtCloseHandle(handle!), true);
      assert.equal(rt.GetLastError(), ERROR_ALREADY_EXISTS);
    }
  });

  test("a call that throws for its arguments leaves it alone", () => {
    rt.SetLastError(123);
    assert.throws(() => side.untyped["RtOpenEvent"]!(0, false, 5), TypeError);
    assert.throws(() => rt.RtWaitForSingleObject(make(rt, mutex, null), -1), RangeError);
    rt.SetLastError(123);
    assert.throws(() => rt.RtCreateSharedMemory(-1, 0, 1, null, { value: null }), RangeError);
    assert.equal(rt.GetLastError(), 123);
  });
});

test("both sides share the last error of a thread", () => {
  rtssSide.rt.SetLastError(5);
  assert.equal(win32Side.rt.GetLastError(), 5);
  assert.equal(sharedMemory.open(win32Side.rt, freshName()), null);
  assert.equal(rtssSide.rt.GetLastError(), ERROR_FILE_NOT_FOUND);
});
