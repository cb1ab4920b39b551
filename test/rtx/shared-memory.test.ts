// Shared memory: sizes, contents, protection on both sides, and how long the bytes live.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ERROR_ACCESS_DENIED,
  ERROR_ALREADY_EXISTS,
  ERROR_COMMITMENT_LIMIT,
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_PARAMETER,
  ERROR_NOT_ENOUGH_MEMORY,
  PAGE_READONLY,
  PAGE_READWRITE,
  SHM_MAP_ALL_ACCESS,
  SHM_MAP_READ,
  SHM_MAP_WRITE,
  UNTOUCHED,
  type HANDLE,
  type Location,
  type RtApi,
} from "../support/api.js";
import { gives, outcomeOf, refuses } from "../support/expect.js";
import { location } from "../support/protocol.js";
import { freshName, onBothSides, rtssSide, win32Side } from "../support/sides.js";

const PAGE = 4096;
/** Neither a protection nor a mode of access. */
const MEANINGLESS = [1, 3, 8, 0x10, 0x40, 0x104, 0xf001f, 0xffffffff];

const bytesOf = ({ value }: Location): Uint8Array => {
  assert.ok(value instanceof ArrayBuffer, "the location is set");
  return new Uint8Array(value);
};

function create(rt: RtApi, name: string | null, size: number, out: Location, lastError = 0): HANDLE {
  return gives(rt, lastError, () => rt.RtCreateSharedMemory(PAGE_READWRITE, 0, size, name, out));
}

function open(rt: RtApi, name: string, out: Location): HANDLE {
  return gives(rt, UNTOUCHED, () => rt.RtOpenSharedMemory(SHM_MAP_WRITE, false, name, out));
}

/** The most access that the handle gives: a further view is never granted more. */
function mayWrite(rt: RtApi, handle: HANDLE): boolean {
  const { value, lastError } = outcomeOf(rt, () => rt.RtMapViewOfSharedMemory(handle, SHM_MAP_WRITE, 0, 0, 0));
  if (value === null) assert.equal(lastError, ERROR_ACCESS_DENIED);
  else rt.RtUnmapViewOfSharedMemory(value);
  return value !== null;
}

onBothSides("shared memory", (side) => {
  const { rt } = side;

  test("new memory is zero, to the last byte", () => {
    for (const size of [1, 100, PAGE, 3 * PAGE + 17, 1 << 20]) {
      const out: Location = { value: null };
      create(rt, freshName(), size, out);
      assert.ok(
        bytesOf(out).every((byte) => byte === 0),
        `${size}`,
      );
    }
  });

  test("the size is the one asked for, to the byte, for the creator and for everybody else", async (t) => {
    const other = await side.process(t);
    for (const size of [1, 2, 100, PAGE - 1, PAGE, PAGE + 1, 65_536, 1_000_003]) {
      const name = freshName();
      const [created, again, opened] = [{ value: null }, { value: null }, { value: null }] as [
        Location,
        Location,
        Location,
      ];
      create(rt, name, size, created);
      create(rt, name, 5, again, ERROR_ALREADY_EXISTS);
      open(rt, name, opened);
      for (const out of [created, again, opened]) assert.equal(bytesOf(out).byteLength, size);
      await other.handle("RtOpenSharedMemory", SHM_MAP_WRITE, false, name, location(name));
      assert.equal(await other.value("byteLength", name), size);
    }
  });

  test("an existing object keeps its size and contents, whatever size is asked for", () => {
    const name = freshName();
    const first: Location = { value: null };
    create(rt, name, 5000, first);
    bytesOf(first).set([1, 2, 3], 4990);
    for (const size of [1, 5000, 50_000]) {
      const next: Location = { value: null };
      create(rt, name, size, next, ERROR_ALREADY_EXISTS);
      assert.equal(bytesOf(next).byteLength, 5000);
      assert.deepEqual([...bytesOf(next).subarray(4990, 4993)], [1, 2, 3]);
    }
  });

  test("size 0 is a bad argument and leaves the location alone", () => {
    const out: Location = { value: null };
    refuses(rt, ERROR_INVALID_PARAMETER, () => rt.RtCreateSharedMemory(PAGE_READWRITE, 0, 0, freshName(), out));
    refuses(rt, ERROR_INVALID_PARAMETER, () => rt.RtCreateSharedMemory(PAGE_READWRITE, 0, 0, null, out));
    assert.equal(out.value, null);
  });

  test("more than the system can give is an error at create, and the name stays free", () => {
    for (const [high, low] of [
      [0x1000, PAGE],
      [0x7fffffff, 0xffffffff],
      [0x80000000, 0],
      [0xffffffff, 0xffffffff],
    ] as const) {
      const name = freshName();
      const out: Location = { value: null };
      const { value, lastError } = outcomeOf(rt, () => rt.RtCreateSharedMemory(PAGE_READWRITE, high, low, name, out));
      assert.equal(value, null);
      assert.ok([ERROR_NOT_ENOUGH_MEMORY, ERROR_COMMITMENT_LIMIT].includes(lastError), `${lastError}`);
      assert.equal(out.value, null);
      refuses(rt, ERROR_FILE_NOT_FOUND, () => rt.RtOpenSharedMemory(SHM_MAP_READ, false, name, out));
    }
  });

  test("the high part of the size is judged too when the object exists: the arguments are good, the size is ignored", () => {
    const name = freshName();
    create(rt, name, 100, { value: null });
    const out: Location = { value: null };
    gives(rt, ERROR_ALREADY_EXISTS, () => rt.RtCreateSharedMemory(PAGE_READWRITE, 1, 0, name, out));
    assert.equal(bytesOf(out).byteLength, 100);
  });

  test("a failed open leaves the location alone", () => {
    const kept = new ArrayBuffer(3);
    const out: Location = { value: kept };
    refuses(rt, ERROR_FILE_NOT_FOUND, () => rt.RtOpenSharedMemory(SHM_MAP_READ, false, freshName(), out));
    assert.equal(out.value, kept);
  });

  test("every handle has a buffer of its own over the same bytes, and closing one does not disturb the others", () => {
    const name = freshName();
    const [a, b, c] = [{ value: null }, { value: null }, { value: null }] as [Location, Location, Location];
    const first = create(rt, name, 5000, a);
    open(rt, name, b);
    open(rt, name, c);
    const buffers = [a.value, b.value, c.value];
    assert.equal(new Set(buffers).size, 3);
    bytesOf(a)[4999] = 77;
    assert.equal(bytesOf(b)[4999], 77);
    bytesOf(c)[0] = 78;
    assert.equal(bytesOf(a)[0], 78);
    assert.equal(rt.RtCloseHandle(first), true);
    assert.equal(buffers[0]!.byteLength, 0, "the view of the closed handle is gone");
    bytesOf(b)[1] = 79;
    assert.equal(bytesOf(c)[1], 79);
  });

  test("unnamed memory is separate memory every time", () => {
    const [a, b] = [{ value: null }, { value: null }] as [Location, Location];
    create(rt, null, 100, a);
    create(rt, null, 200, b);
    bytesOf(a)[0] = 1;
    assert.deepEqual([bytesOf(b).byteLength, bytesOf(b)[0]], [200, 0]);
  });

  test("stores of one process are seen by another, both ways, and 32-bit atomics add up", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    const out: Location = { value: null };
    create(rt, name, 4100, out);
    await other.handle("RtOpenSharedMemory", SHM_MAP_ALL_ACCESS, false, name, location("m"));
    bytesOf(out)[4099] = 9;
    assert.equal(await other.value("read", "m", 4099), 9);
    await other.value("write", "m", 4098, 8);
    assert.equal(bytesOf(out)[4098], 8);
    Atomics.add(new Int32Array(out.value!, 0, 1), 0, 258);
    assert.deepEqual([await other.value("read", "m", 0), await other.value("read", "m", 1)], [2, 1]);
  });

  test("the bytes outlive their creator, killed, as long as another process holds them, and no longer", async (t) => {
    const creator = await side.process(t);
    const name = freshName();
    await creator.handle("RtCreateSharedMemory", PAGE_READWRITE, 0, 300, name, location("m"));
    await creator.value("write", "m", 299, 42);
    const out: Location = { value: null };
    const handle = open(rt, name, out);
    await creator.kill();
    assert.equal(bytesOf(out)[299], 42);
    const again: Location = { value: null };
    const second = open(rt, name, again);
    assert.equal(bytesOf(again)[299], 42);
    assert.equal(rt.RtCloseHandle(handle) && rt.RtCloseHandle(second), true);
    const fresh: Location = { value: null };
    create(rt, name, 300, fresh);
    assert.equal(bytesOf(fresh)[299], 0, "the next object knows nothing of it");
  });

  test("the bytes outlive their creator that exits without closing", async (t) => {
    const creator = await side.process(t);
    const name = freshName();
    await creator.handle("RtCreateSharedMemory", PAGE_READWRITE, 0, 300, name, location("m"));
    await creator.value("write", "m", 0, 43);
    const out: Location = { value: null };
    open(rt, name, out);
    assert.deepEqual(await creator.end("ExitProcess", 0), { code: 0, signal: null });
    assert.equal(bytesOf(out)[0], 43);
  });

  test("processes that guard a counter with a mutex lose no increment", async (t) => {
    const [memory, guard, times] = [freshName(), freshName(), 2000];
    const out: Location = { value: null };
    create(rt, memory, 4, out);
    rt.RtCreateMutex(null, false, guard);
    const agents = [await side.process(t), await side.process(t), await side.worker(t)];
    const done = await Promise.all(
      agents.map(async (agent) => {
        await agent.handle("RtOpenSharedMemory", SHM_MAP_WRITE, false, memory, location("m"));
        return agent.value("increment", "m", times, await agent.handle("RtOpenMutex", 0, false, guard));
      }),
    );
    assert.deepEqual(done, [times, times, times]);
    assert.equal(new Uint32Array(out.value!)[0], 3 * times);
  });

  test("bInheritHandle does not matter", () => {
    const name = freshName();
    create(rt, name, 10, { value: null });
    gives(rt, UNTOUCHED, () => rt.RtOpenSharedMemory(SHM_MAP_WRITE, true, name, { value: null }));
  });
});

describe("protection, rtss", () => {
  const { rt } = rtssSide;

  test("every protection is ignored: the view is read-write", () => {
    for (const protect of [0, PAGE_READONLY, PAGE_READWRITE, ...MEANINGLESS]) {
      const out: Location = { value: null };
      const handle = gives(rt, 0, () => rt.RtCreateSharedMemory(protect, 0, 100, freshName(), out), `${protect}`);
      bytesOf(out)[0] = 5;
      assert.equal(bytesOf(out)[0], 5);
      assert.equal(mayWrite(rt, handle), true, `${protect}`);
    }
  });

  test("every mode of access is ignored: the view is read-write", async (t) => {
    const name = freshName();
    const out: Location = { value: null };
    create(rt, name, 100, out);
    const other = await rtssSide.process(t);
    for (const [i, access] of [0, SHM_MAP_READ, SHM_MAP_WRITE, SHM_MAP_ALL_ACCESS, 4, ...MEANINGLESS].entries()) {
      await other.handle("RtOpenSharedMemory", access, false, name, location("m"));
      await other.value("write", "m", 7, 100 + i);
      assert.equal(bytesOf(out)[7], 100 + i, `${access}`);
    }
  });

  test("an object that this side created PAGE_READONLY can be written by the other one", async (t) => {
    const name = freshName();
    const out: Location = { value: null };
    gives(rt, 0, () => rt.RtCreateSharedMemory(PAGE_READONLY, 0, 100, name, out));
    const other = await win32Side.process(t);
    await other.handle("RtOpenSharedMemory", SHM_MAP_WRITE, false, name, location("m"));
    await other.value("write", "m", 1, 6);
    assert.equal(bytesOf(out)[1], 6);
    gives(win32Side.rt, ERROR_ALREADY_EXISTS, () =>
      win32Side.rt.RtCreateSharedMemory(PAGE_READWRITE, 0, 100, name, { value: null }),
    );
  });

  test("an object that the other side created PAGE_READONLY is read-write here", async (t) => {
    const name = freshName();
    const theirs: Location = { value: null };
    gives(win32Side.rt, 0, () => win32Side.rt.RtCreateSharedMemory(PAGE_READONLY, 0, 100, name, theirs));
    const other = await rtssSide.process(t);
    await other.handle("RtOpenSharedMemory", SHM_MAP_READ, false, name, location("m"));
    await other.value("write", "m", 2, 7);
    assert.equal(bytesOf(theirs)[2], 7, "its readers see what the real-time side writes");
  });
});

describe("protection, win32", () => {
  const { rt } = win32Side;

  const created = (protect: number, name: string, lastError: number): HANDLE =>
    gives(
      rt,
      lastError,
      () => rt.RtCreateSharedMemory(protect, 0, 100, name, { value: null }),
      `protection ${protect}`,
    );

  test("PAGE_READWRITE and 0 give a view for writing, PAGE_READONLY one for reading", () => {
    assert.equal(mayWrite(rt, created(PAGE_READWRITE, freshName(), 0)), true);
    assert.equal(mayWrite(rt, created(0, freshName(), 0)), true);
    const readOnly = created(PAGE_READONLY, freshName(), 0);
    assert.equal(mayWrite(rt, readOnly), false);
    const readable = rt.RtMapViewOfSharedMemory(readOnly, SHM_MAP_READ, 0, 0, 0);
    assert.equal(readable?.byteLength, 100);
  });

  test("any other protection is a bad argument, also for a name that exists", () => {
    const existing = freshName();
    created(PAGE_READWRITE, existing, 0);
    for (const protect of MEANINGLESS) {
      const missing = freshName();
      const out: Location = { value: null };
      refuses(rt, ERROR_INVALID_PARAMETER, () => rt.RtCreateSharedMemory(protect, 0, 100, missing, out), `${protect}`);
      refuses(rt, ERROR_INVALID_PARAMETER, () => rt.RtCreateSharedMemory(protect, 0, 100, existing, out), `${protect}`);
      refuses(rt, ERROR_FILE_NOT_FOUND, () => rt.RtOpenSharedMemory(SHM_MAP_READ, false, missing, out));
    }
  });

  test("SHM_MAP_READ opens for reading, any access with the bit of SHM_MAP_WRITE or PAGE_READWRITE for writing", () => {
    const name = freshName();
    created(PAGE_READWRITE, name, 0);
    for (const [access, writable] of [
      [SHM_MAP_READ, false],
      [SHM_MAP_WRITE, true],
      [SHM_MAP_ALL_ACCESS, true],
      [PAGE_READWRITE, true],
      [5, true],
      [0xf001f, true],
      [0x100006, true],
      [0xffffffff, true],
    ] as const) {
      const handle = gives(rt, UNTOUCHED, () => rt.RtOpenSharedMemory(access, false, name, { value: null }));
      assert.equal(mayWrite(rt, handle), writable, `access ${access}`);
    }
  });

  test("any other mode of access is a bad argument, whether the name exists or not", () => {
    const existing = freshName();
    created(PAGE_READWRITE, existing, 0);
    const out: Location = { value: null };
    for (const access of [0, 8, 9, 0x10, 0x11, 0x100000, 0xfffffff9]) {
      for (const name of [existing, freshName()]) {
        refuses(rt, ERROR_INVALID_PARAMETER, () => rt.RtOpenSharedMemory(access, false, name, out), `${access}`);
      }
    }
  });

  test("write access to an object created PAGE_READONLY is denied, for open and for create, in every process", async (t) => {
    const name = freshName();
    const handle = created(PAGE_READONLY, name, 0);
    const out: Location = { value: null };
    const other = await win32Side.process(t);
    for (const access of [SHM_MAP_WRITE, SHM_MAP_ALL_ACCESS, PAGE_READWRITE, 0xf001f]) {
      refuses(rt, ERROR_ACCESS_DENIED, () => rt.RtOpenSharedMemory(access, false, name, out));
      const { value, lastError } = await other.call("RtOpenSharedMemory", access, false, name, location("m"));
      assert.deepEqual([value, lastError], [null, ERROR_ACCESS_DENIED]);
    }
    for (const protect of [PAGE_READWRITE, 0]) {
      refuses(rt, ERROR_ACCESS_DENIED, () => rt.RtCreateSharedMemory(protect, 0, 100, name, out));
      const { value, lastError } = await other.call("RtCreateSharedMemory", protect, 0, 100, name, location("m"));
      assert.deepEqual([value, lastError], [null, ERROR_ACCESS_DENIED]);
    }
    assert.equal(out.value, null);
    created(PAGE_READONLY, name, ERROR_ALREADY_EXISTS);
    assert.equal(await other.value("byteLength", "m"), -1);
    const again = rt.RtOpenSharedMemory(SHM_MAP_READ, false, name, out);
    assert.equal(out.value!.byteLength, 100);
    assert.equal(rt.RtCloseHandle(handle) && rt.RtCloseHandle(again!), true);
  });

  test("a refused open keeps nothing alive", () => {
    const name = freshName();
    const handle = created(PAGE_READONLY, name, 0);
    refuses(rt, ERROR_ACCESS_DENIED, () => rt.RtOpenSharedMemory(SHM_MAP_WRITE, false, name, { value: null }));
    refuses(rt, ERROR_ACCESS_DENIED, () => rt.RtCreateSharedMemory(PAGE_READWRITE, 0, 9, name, { value: null }));
    assert.equal(rt.RtCloseHandle(handle), true);
    refuses(rt, ERROR_FILE_NOT_FOUND, () => rt.RtOpenSharedMemory(SHM_MAP_READ, false, name, { value: null }));
  });

  test("a second creator for reading does not restrict a third for writing", () => {
    const name = freshName();
    created(PAGE_READWRITE, name, 0);
    assert.equal(mayWrite(rt, created(PAGE_READONLY, name, ERROR_ALREADY_EXISTS)), false);
    assert.equal(mayWrite(rt, created(PAGE_READWRITE, name, ERROR_ALREADY_EXISTS)), true);
  });

  test("a raw store through a view for reading does not reach the object and is reported to its own process", async (t) => {
    const name = freshName();
    const out: Location = { value: null };
    gives(rt, 0, () => rt.RtCreateSharedMemory(PAGE_READWRITE, 0, 100, name, out));
    bytesOf(out)[50] = 11;
    const other = await win32Side.process(t);
    await other.value("keepFaults");
    await other.handle("RtOpenSharedMemory", SHM_MAP_READ, false, name, location("m"));
    await other.value("write", "m", 50, 99);
    assert.equal(bytesOf(out)[50], 11);
    while ((await other.value("faults")) === "") await other.value("turn");
    assert.equal(await other.value("faults"), "EXCEPTION_ACCESS_VIOLATION");
    bytesOf(out)[50] = 12;
    assert.equal(await other.value("read", "m", 50), 12, "the view shows the object again");
  });
});
