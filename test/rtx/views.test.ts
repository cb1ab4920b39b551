// Views: unmapping one, mapping a further one of a window, and what becomes of them when their handle is closed.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ERROR_ACCESS_DENIED,
  ERROR_INVALID_ADDRESS,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  PAGE_READONLY,
  PAGE_READWRITE,
  SHM_MAP_ALL_ACCESS,
  SHM_MAP_READ,
  SHM_MAP_WRITE,
  UNTOUCHED,
  bogusHandle,
  type HANDLE,
  type Location,
} from "../support/api.js";
import { fails, gives, outcomeOf, refuses, succeeds } from "../support/expect.js";
import { location, view as viewArgument } from "../support/protocol.js";
import { freshName, onBothSides, rtssSide, win32Side } from "../support/sides.js";

const PAGE = 4096;
const SIZE = 2 * PAGE + 1808;

onBothSides("views", (side) => {
  const { rt } = side;

  function makeMemory(size = SIZE): { handle: HANDLE; out: Location; bytes: Uint8Array; name: string } {
    const out: Location = { value: null };
    const name = freshName();
    const handle = gives(rt, 0, () => rt.RtCreateSharedMemory(PAGE_READWRITE, 0, size, name, out));
    return { handle, out, bytes: new Uint8Array(out.value!), name };
  }

  function map(handle: HANDLE, offset = 0, bytes = 0, access = SHM_MAP_ALL_ACCESS): ArrayBuffer {
    const { value, lastError } = outcomeOf(rt, () => rt.RtMapViewOfSharedMemory(handle, access, 0, offset, bytes));
    assert.ok(value instanceof ArrayBuffer, `no view: ${lastError}`);
    assert.equal(lastError, UNTOUCHED);
    return value;
  }

  test("unmapping a location ends its view, while the handle and the object stay", () => {
    const { handle, out, bytes, name } = makeMemory();
    const buffer = out.value!;
    bytes[5] = 55;
    succeeds(rt, true, () => rt.RtUnmapSharedMemory(out));
    assert.equal(buffer.byteLength, 0);
    assert.equal(bytes[5], undefined);
    assert.equal(new Uint8Array(map(handle))[5], 55, "the handle is good for another view");
    const again: Location = { value: null };
    gives(rt, UNTOUCHED, () => rt.RtOpenSharedMemory(SHM_MAP_READ, false, name, again));
    assert.equal(new Uint8Array(again.value!)[5], 55);
    succeeds(rt, true, () => rt.RtCloseHandle(handle));
  });

  test("unmapping what is not mapped is an invalid address", () => {
    const { handle, out } = makeMemory();
    assert.equal(rt.RtUnmapSharedMemory(out), true);
    fails(rt, ERROR_INVALID_ADDRESS, () => rt.RtUnmapSharedMemory(out), "twice");
    fails(rt, ERROR_INVALID_ADDRESS, () => rt.RtUnmapSharedMemory({ value: null }), "never set");
    fails(rt, ERROR_INVALID_ADDRESS, () => rt.RtUnmapSharedMemory({ value: new ArrayBuffer(PAGE) }), "another buffer");
    assert.equal(rt.RtCloseHandle(handle), true);
    fails(rt, ERROR_INVALID_ADDRESS, () => rt.RtUnmapSharedMemory(out), "after the close");
    const foreign = new ArrayBuffer(16);
    fails(rt, ERROR_INVALID_ADDRESS, () => rt.RtUnmapViewOfSharedMemory(foreign), "a buffer of somebody else");
    assert.equal(foreign.byteLength, 16, "which is not harmed");
  });

  test("closing the handle unmaps its location: unmapping it then is an invalid address", () => {
    const { handle, out } = makeMemory();
    assert.equal(rt.RtCloseHandle(handle), true);
    fails(rt, ERROR_INVALID_ADDRESS, () => rt.RtUnmapSharedMemory(out));
  });

  test("a further view shows the same bytes as the first", () => {
    const { handle, bytes } = makeMemory();
    const whole = new Uint8Array(map(handle));
    assert.equal(whole.byteLength, SIZE);
    bytes[SIZE - 1] = 1;
    assert.equal(whole[SIZE - 1], 1);
    whole[0] = 2;
    assert.equal(bytes[0], 2);
  });

  test("a window begins at its offset and has the length asked for, to the byte", () => {
    const { handle, bytes } = makeMemory();
    for (const i of [PAGE, PAGE + 99, 2 * PAGE, SIZE - 1]) bytes[i] = i % 251;
    const window = new Uint8Array(map(handle, PAGE, 100));
    assert.equal(window.byteLength, 100);
    assert.deepEqual([window[0], window[99]], [PAGE % 251, (PAGE + 99) % 251]);
    window[50] = 200;
    assert.equal(bytes[PAGE + 50], 200);
    assert.equal(map(handle, PAGE, 1).byteLength, 1);
    assert.equal(map(handle, 0, SIZE).byteLength, SIZE);
    assert.equal(map(handle, 2 * PAGE, SIZE - 2 * PAGE).byteLength, SIZE - 2 * PAGE);
  });

  test("length 0 means to the end of the object", () => {
    const { handle, bytes } = makeMemory();
    bytes[SIZE - 1] = 3;
    const rest = new Uint8Array(map(handle, 2 * PAGE, 0));
    assert.equal(rest.byteLength, SIZE - 2 * PAGE);
    assert.equal(rest[rest.length - 1], 3);
  });

  test("an offset that is no multiple of the page size is a bad argument", () => {
    const { handle } = makeMemory();
    for (const offset of [1, 100, 2048, PAGE - 1, PAGE + 1, 2 * PAGE + 4]) {
      refuses(
        rt,
        ERROR_INVALID_PARAMETER,
        () => rt.RtMapViewOfSharedMemory(handle, SHM_MAP_READ, 0, offset, 4),
        `${offset}`,
      );
    }
  });

  test("a window that leaves the object is denied", () => {
    const { handle } = makeMemory();
    for (const [high, offset, bytes] of [
      [0, 0, SIZE + 1],
      [0, 2 * PAGE, SIZE - 2 * PAGE + 1],
      [0, 3 * PAGE, 1],
      [0, 16 * PAGE, 0],
      [0, 0, 0xffffffff],
      [0, 0xfffff000, PAGE],
      [1, 0, 1],
      [0xffffffff, 0xfffff000, 0],
    ] as const) {
      const call = () => rt.RtMapViewOfSharedMemory(handle, SHM_MAP_READ, high, offset, bytes);
      refuses(rt, ERROR_ACCESS_DENIED, call, `${high}:${offset} ${bytes}`);
    }
  });

  test("a view can be unmapped once and only it goes", () => {
    const { handle, out, bytes } = makeMemory();
    const [one, two] = [map(handle), map(handle, PAGE)];
    succeeds(rt, true, () => rt.RtUnmapViewOfSharedMemory(one));
    assert.equal(one.byteLength, 0);
    fails(rt, ERROR_INVALID_ADDRESS, () => rt.RtUnmapViewOfSharedMemory(one));
    assert.deepEqual([two.byteLength, out.value!.byteLength], [SIZE - PAGE, SIZE]);
    bytes[PAGE] = 17;
    assert.equal(new Uint8Array(two)[0], 17);
  });

  test("closing the handle detaches every view made through it and none made through another", () => {
    const { handle, out, name } = makeMemory();
    const mine = [out.value!, map(handle), map(handle, PAGE, 10)];
    const other: Location = { value: null };
    const otherHandle = gives(rt, UNTOUCHED, () => rt.RtOpenSharedMemory(SHM_MAP_WRITE, false, name, other));
    const others = [other.value!, map(otherHandle)];
    succeeds(rt, true, () => rt.RtCloseHandle(handle));
    for (const buffer of mine) assert.equal(buffer.byteLength, 0);
    for (const buffer of others) assert.equal(buffer.byteLength, SIZE);
    for (const buffer of mine) fails(rt, ERROR_INVALID_ADDRESS, () => rt.RtUnmapViewOfSharedMemory(buffer));
  });

  test("typed arrays and data views over a closed handle are harmless", () => {
    const { handle, out, bytes } = makeMemory();
    const words = new Uint32Array(out.value!, 0, 4);
    const data = new DataView(out.value!);
    assert.equal(rt.RtCloseHandle(handle), true);
    assert.deepEqual([bytes.length, words.length, bytes[0], words[3]], [0, 0, undefined, undefined]);
    bytes[0] = 1;
    assert.equal(bytes[0], undefined);
    assert.throws(() => data.getUint8(0), TypeError);
  });

  test("a handle that is none, closed, or of another type has no view", () => {
    const { handle } = makeMemory();
    assert.equal(rt.RtCloseHandle(handle), true);
    const event = gives(rt, 0, () => rt.RtCreateEvent(null, false, false, null));
    for (const bad of [handle, event, bogusHandle(null), bogusHandle(0x7abc_def0)]) {
      refuses(rt, ERROR_INVALID_HANDLE, () => rt.RtMapViewOfSharedMemory(bad, SHM_MAP_READ, 0, 0, 0));
    }
  });

  test("another thread reaches the bytes through a view of its own", async (t) => {
    const { handle, bytes } = makeMemory();
    const worker = await side.worker(t);
    const whole = await worker.view("RtMapViewOfSharedMemory", handle, SHM_MAP_WRITE, 0, 0, 0);
    const window = await worker.view("RtMapViewOfSharedMemory", handle, SHM_MAP_WRITE, 0, PAGE, 8);
    assert.deepEqual([whole.byteLength, window.byteLength], [SIZE, 8]);
    bytes[PAGE + 7] = 70;
    assert.equal(await worker.value("read", window.view, 7), 70);
    await worker.value("write", whole.view, 3, 33);
    assert.equal(bytes[3], 33);
    assert.equal(await worker.value("RtUnmapViewOfSharedMemory", viewArgument(whole.view)), true);
    assert.equal(await worker.value("byteLength", whole.view), 0);
    assert.equal(await worker.value("byteLength", window.view), 8);
    assert.equal(bytes.length, SIZE, "this thread keeps its view");
  });

  test("the thread of a handle that was closed elsewhere finds its views detached at the next use", async (t) => {
    const { handle } = makeMemory();
    const worker = await side.worker(t);
    const { view } = await worker.view("RtMapViewOfSharedMemory", handle, SHM_MAP_WRITE, 0, 0, 0);
    assert.equal(rt.RtCloseHandle(handle), true);
    const { value, lastError } = await worker.call("RtMapViewOfSharedMemory", handle, SHM_MAP_WRITE, 0, 0, 0);
    assert.deepEqual([value, lastError], [null, ERROR_INVALID_HANDLE]);
    assert.equal(await worker.value("byteLength", view), 0);
  });

  test("a view of another thread ends with that thread and disturbs nobody", async (t) => {
    const { handle, bytes } = makeMemory();
    const worker = await side.worker(t);
    await worker.view("RtMapViewOfSharedMemory", handle, SHM_MAP_WRITE, 0, 0, 0);
    await worker.kill();
    bytes[1] = 9;
    assert.equal(new Uint8Array(map(handle))[1], 9);
  });

  test("a view can be made through a handle that another thread opened, after that thread has ended", async (t) => {
    const name = freshName();
    const worker = await side.worker(t);
    const handle = await worker.handle("RtCreateSharedMemory", PAGE_READWRITE, 0, 64, name, location("m"));
    await worker.value("write", "m", 63, 12);
    await worker.kill();
    assert.equal(new Uint8Array(map(handle))[63], 12);
    succeeds(rt, true, () => rt.RtCloseHandle(handle));
  });
});

describe("access of views", () => {
  test("win32: no view has more access than its handle, and access that is none is a bad argument", () => {
    const { rt } = win32Side;
    const name = freshName();
    gives(rt, 0, () => rt.RtCreateSharedMemory(PAGE_READWRITE, 0, PAGE, name, { value: null }));
    const reader = gives(rt, UNTOUCHED, () => rt.RtOpenSharedMemory(SHM_MAP_READ, false, name, { value: null }));
    const writer = gives(rt, UNTOUCHED, () => rt.RtOpenSharedMemory(SHM_MAP_WRITE, false, name, { value: null }));
    const readOnly = gives(rt, 0, () => rt.RtCreateSharedMemory(PAGE_READONLY, 0, PAGE, freshName(), { value: null }));
    for (const handle of [reader, readOnly]) {
      assert.equal(rt.RtMapViewOfSharedMemory(handle, SHM_MAP_READ, 0, 0, 0)?.byteLength, PAGE);
      for (const access of [SHM_MAP_WRITE, SHM_MAP_ALL_ACCESS, PAGE_READWRITE, 0xf001f]) {
        refuses(rt, ERROR_ACCESS_DENIED, () => rt.RtMapViewOfSharedMemory(handle, access, 0, 0, 0));
      }
    }
    for (const access of [SHM_MAP_READ, SHM_MAP_WRITE, SHM_MAP_ALL_ACCESS, PAGE_READWRITE, 0xf001f, 0xffffffff]) {
      assert.equal(rt.RtMapViewOfSharedMemory(writer, access, 0, 0, 0)?.byteLength, PAGE);
    }
    for (const access of [0, 8, 9, 0xfffffff9]) {
      refuses(rt, ERROR_INVALID_PARAMETER, () => rt.RtMapViewOfSharedMemory(writer, access, 0, 0, 0), `${access}`);
    }
  });

  test("rtss: access is ignored, every view is for writing", () => {
    const { rt } = rtssSide;
    const out: Location = { value: null };
    const handle = gives(rt, 0, () => rt.RtCreateSharedMemory(PAGE_READONLY, 0, PAGE, freshName(), out));
    for (const [i, access] of [0, SHM_MAP_READ, SHM_MAP_WRITE, SHM_MAP_ALL_ACCESS, 0xffffffff].entries()) {
      const view = rt.RtMapViewOfSharedMemory(handle, access, 0, 0, 0);
      assert.ok(view, `access ${access}`);
      new Uint8Array(view)[0] = i + 1;
      assert.equal(new Uint8Array(out.value!)[0], i + 1);
    }
  });
});
