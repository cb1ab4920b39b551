// What no C caller could pass throws before anything happens: TypeError for a wrong type, RangeError for a number that is no
// DWORD or LONG. What a C caller could pass is taken, as NULL for 0 and 0 for FALSE, or an error code; the codes are in the
// tests of the functions.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_ADDRESS,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  ERROR_NOT_OWNER,
  UNTOUCHED,
  WAIT_FAILED,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
  type HANDLE,
  type Location,
} from "../support/api.js";
import { fails, gives, outcomeOf, refuses, waitFails } from "../support/expect.js";
import { event, kinds } from "../support/kinds.js";
import { freshName, onBothSides, rtssSide } from "../support/sides.js";

type Kind =
  | "dword"
  | "long"
  | "boolean"
  | "name"
  | "attributes"
  | "handle"
  | "handles"
  | "location"
  | "box"
  | "timeout"
  | "view"
  | "text";

/** The parameters of every function, with what each must be. */
const parameters: Readonly<Record<string, readonly Kind[]>> = {
  RtCreateSharedMemory: ["dword", "dword", "dword", "name", "location"],
  RtOpenSharedMemory: ["dword", "boolean", "name", "location"],
  RtUnmapSharedMemory: ["location"],
  RtMapViewOfSharedMemory: ["handle", "dword", "dword", "dword", "dword"],
  RtUnmapViewOfSharedMemory: ["view"],
  RtCloseHandle: ["handle"],
  RtCreateEvent: ["attributes", "boolean", "boolean", "name"],
  RtOpenEvent: ["dword", "boolean", "name"],
  RtSetEvent: ["handle"],
  RtResetEvent: ["handle"],
  RtPulseEvent: ["handle"],
  RtCreateMutex: ["attributes", "boolean", "name"],
  RtOpenMutex: ["dword", "boolean", "name"],
  RtReleaseMutex: ["handle"],
  RtCreateSemaphore: ["attributes", "long", "long", "name"],
  RtOpenSemaphore: ["dword", "boolean", "name"],
  RtReleaseSemaphore: ["handle", "long", "box"],
  RtWaitForSingleObject: ["handle", "dword"],
  RtWaitForSingleObjectEx: ["handle", "timeout"],
  RtWaitForMultipleObjects: ["dword", "handles", "boolean", "dword"],
  RtWaitForMultipleObjectsEx: ["dword", "handles", "boolean", "timeout"],
  RtWaitForSingleObjectAsync: ["handle", "dword"],
  RtWaitForMultipleObjectsAsync: ["dword", "handles", "boolean", "dword"],
  SetLastError: ["dword"],
  RtPrintf: ["text"],
  RtWprintf: ["text"],
  ExitProcess: ["dword"],
  describe: ["handle"],
  attach: ["text"],
};

const NOT_A_DWORD = [-1, 0x1_0000_0000, 0.5, NaN, Infinity, -Infinity, Number.MAX_SAFE_INTEGER];
const NOT_A_LONG = [0.5, NaN, Infinity, 2 ** 53];

const wrongTypes: Readonly<Record<Kind, readonly unknown[]>> = {
  dword: ["1", undefined, 1n, {}, []],
  long: ["1", true, null, undefined, 1n, {}, []],
  boolean: ["true", undefined, 1n, {}, []],
  name: [0, true, undefined, {}, [], Symbol("name"), Buffer.from("name")],
  attributes: [1, "", {}, true],
  handle: ["1", true, undefined, 1n, {}, []],
  handles: [0, "1", undefined, {}, true],
  location: [0, "1", undefined, true],
  box: [0, "1", undefined, true, 1n],
  timeout: [0, 1n, "1", undefined, true, { value: 1 }, { value: "1" }, {}, { value: null }],
  view: [0, "1", undefined, true],
  text: [0, null, undefined, true, {}],
};

onBothSides("arguments", (side) => {
  const { rt, untyped } = side;
  const handle = gives(rt, 0, () => rt.RtCreateEvent(null, true, true, freshName()));

  /** Good arguments, each of which is replaced by a wrong one. */
  const good = (kind: Kind): unknown =>
    ({
      dword: 1,
      long: 1,
      boolean: false,
      name: freshName("never made"),
      attributes: null,
      handle,
      handles: [handle],
      location: { value: null },
      box: { value: 0 },
      timeout: { value: 0n },
      view: new ArrayBuffer(8),
      text: "",
    })[kind];

  /** What the call throws, or what the promise it returns is rejected with. */
  async function thrownBy(name: string, args: readonly unknown[]): Promise<unknown> {
    try {
      await untyped[name]!(...args);
    } catch (error) {
      return error;
    }
    return undefined;
  }

  for (const [name, kindsOf] of Object.entries(parameters)) {
    for (const [i, kind] of kindsOf.entries()) {
      test(`${name}: a wrong type of argument ${i + 1} (${kind}) is a TypeError`, async () => {
        for (const wrong of wrongTypes[kind]) {
          if (kind === "attributes" && wrong === undefined) continue;
          const args = kindsOf.map((each, k) => (k === i ? wrong : good(each)));
          const error = await thrownBy(name, args);
          assert.ok(error instanceof TypeError, `${typeof wrong} ${String(wrong)}: ${String(error)}`);
        }
      });

      const outside = kind === "dword" ? NOT_A_DWORD : kind === "long" ? NOT_A_LONG : [];
      if (outside.length > 0) {
        test(`${name}: argument ${i + 1} outside the range of a ${kind} is a RangeError`, async () => {
          for (const wrong of outside) {
            const args = kindsOf.map((each, k) => (k === i ? wrong : good(each)));
            const error = await thrownBy(name, args);
            assert.ok(error instanceof RangeError, `${wrong}: ${String(error)}`);
          }
        });
      }
    }
  }

  test("nothing was made, consumed or changed by any of those calls", () => {
    assert.equal(rt.RtWaitForSingleObject(handle, 0), WAIT_OBJECT_0);
    for (const kind of kinds) refuses(rt, ERROR_FILE_NOT_FOUND, () => kind.open(rt, "never made 1"));
  });

  test("a timeout of the Ex forms outside 64 bits is a RangeError", () => {
    for (const value of [-1n, 1n << 64n, 1n << 100n]) {
      assert.throws(() => rt.RtWaitForSingleObjectEx(handle, { value }), RangeError, `${value}`);
      assert.throws(() => rt.RtWaitForMultipleObjectsEx(1, [handle], false, { value }), RangeError, `${value}`);
    }
  });

  test("an element of the array of handles that is no number is a TypeError", async () => {
    for (const wrong of ["1", undefined, {}, true]) {
      assert.ok((await thrownBy("RtWaitForMultipleObjects", [2, [handle, wrong], false, 0])) instanceof TypeError);
      assert.ok((await thrownBy("RtWaitForMultipleObjectsAsync", [2, [handle, wrong], false, 0])) instanceof TypeError);
    }
  });

  test("the ends of the ranges are good", () => {
    const unset = gives(rt, 0, () => event.create(rt, null));
    rt.SetLastError(0xffffffff);
    assert.equal(rt.GetLastError(), 0xffffffff);
    assert.equal(rt.RtWaitForSingleObject(unset, 0), WAIT_TIMEOUT);
    assert.equal(rt.RtWaitForSingleObject(handle, 0xffffffff), WAIT_OBJECT_0);
    assert.equal(rt.RtReleaseSemaphore(handle, -0x80000000, null), false);
  });

  const NULL = null;
  const bool = (name: string, args: readonly unknown[]) => untyped[name]!(...args) as HANDLE | null;

  test("a BOOL is false for 0 and NULL, and true for every other number", () => {
    const isSignalled = (state: unknown) =>
      rt.RtWaitForSingleObject(
        gives(rt, 0, () => bool("RtCreateEvent", [NULL, false, state, NULL])),
        0,
      ) === WAIT_OBJECT_0;
    for (const value of [0, -0, NULL, false]) assert.equal(isSignalled(value), false, String(value));
    for (const value of [1, -1, 2, 0xffffffff, 0.5, true]) assert.equal(isSignalled(value), true, String(value));

    const isManual = (manualReset: unknown) => {
      const made = gives(rt, 0, () => bool("RtCreateEvent", [NULL, manualReset, 1, NULL]));
      return rt.RtWaitForSingleObject(made, 0) === WAIT_OBJECT_0 && rt.RtWaitForSingleObject(made, 0) === WAIT_OBJECT_0;
    };
    assert.deepEqual([1, 0, NULL].map(isManual), [true, false, false]);

    const isOwned = (owner: unknown) => {
      const { value } = outcomeOf(rt, () => rt.RtReleaseMutex(bool("RtCreateMutex", [NULL, owner, NULL])!));
      if (!value) assert.equal(rt.GetLastError(), ERROR_NOT_OWNER);
      return value;
    };
    assert.deepEqual([1, 0, NULL].map(isOwned), [true, false, false]);

    const other = gives(rt, 0, () => rt.RtCreateEvent(NULL, true, false, NULL));
    assert.equal(untyped["RtWaitForMultipleObjects"]!(2, [other, handle], 0, 0), WAIT_OBJECT_0 + 1);
    const all = side === rtssSide ? WAIT_FAILED : WAIT_TIMEOUT;
    assert.equal(untyped["RtWaitForMultipleObjects"]!(2, [other, handle], 1, 0), all);
  });

  test("a DWORD is 0 for NULL and FALSE, and 1 for TRUE", async () => {
    const unset = gives(rt, 0, () => event.create(rt, NULL));
    for (const none of [NULL, false]) {
      assert.equal(untyped["RtWaitForSingleObject"]!(unset, none), WAIT_TIMEOUT);
      const { result } = (await untyped["RtWaitForSingleObjectAsync"]!(unset, none)) as { result: number };
      assert.equal(result, WAIT_TIMEOUT);
      waitFails(
        rt,
        ERROR_INVALID_PARAMETER,
        () => untyped["RtWaitForMultipleObjects"]!(none, [handle], 0, 0) as number,
      );
    }
    assert.equal(untyped["RtWaitForMultipleObjects"]!(true, [handle], 0, 0), WAIT_OBJECT_0);
    untyped["SetLastError"]!(true);
    assert.equal(rt.GetLastError(), 1);

    const out: Location = { value: null };
    gives(rt, 0, () => bool("RtCreateSharedMemory", [4, NULL, true, NULL, out]));
    assert.equal(out.value?.byteLength, 1);
    refuses(rt, ERROR_INVALID_PARAMETER, () => bool("RtCreateSharedMemory", [4, NULL, NULL, NULL, out]));
  });

  test("rights and attributes, which are ignored, can be written in all ways", () => {
    for (const kind of kinds.slice(1)) {
      const name = freshName();
      gives(rt, 0, () => kind.create(rt, name));
      const [open] = kind.openCall(name);
      for (const access of [0x10_0000, 0x1f_0003, 0x1f_0001, 0, 1, NULL, true])
        for (const inherit of [0, 1, NULL, true])
          gives(rt, UNTOUCHED, () => bool(open, [access, inherit, name]), `${open} ${access} ${inherit}`);
    }
    for (const attributes of [NULL, 0, undefined]) {
      gives(rt, 0, () => bool("RtCreateEvent", [attributes, 0, 0, NULL]));
      gives(rt, 0, () => bool("RtCreateMutex", [attributes, 0, NULL]));
      gives(rt, 0, () => bool("RtCreateSemaphore", [attributes, 0, 1, NULL]));
    }
  });

  test("without a location there is a handle, and a view of it when one is asked for", () => {
    const name = freshName();
    const made = gives(rt, 0, () => bool("RtCreateSharedMemory", [4, 0, 10, name, NULL]));
    const opened = gives(rt, UNTOUCHED, () => bool("RtOpenSharedMemory", [3, 0, name, NULL]));
    const [one, other] = [made, opened].map((each) => rt.RtMapViewOfSharedMemory(each, 3, 0, 0, 0));
    new Uint8Array(one!)[3] = 7;
    assert.deepEqual([...new Uint8Array(other!)], [0, 0, 0, 7, 0, 0, 0, 0, 0, 0]);
    gives(rt, UNTOUCHED, () => bool("attach", [rt.describe(made), NULL]));
    for (const each of [made, opened]) assert.equal(rt.RtCloseHandle(each), true);
    assert.equal(one!.byteLength, 0);
  });

  test("NULL for what has to be there is an error code", async () => {
    fails(rt, ERROR_INVALID_ADDRESS, () => untyped["RtUnmapSharedMemory"]!(NULL) as boolean);
    fails(rt, ERROR_INVALID_ADDRESS, () => untyped["RtUnmapViewOfSharedMemory"]!(NULL) as boolean);
    waitFails(rt, ERROR_INVALID_PARAMETER, () => untyped["RtWaitForMultipleObjects"]!(1, NULL, 0, 0) as number);
    waitFails(
      rt,
      ERROR_INVALID_PARAMETER,
      () => untyped["RtWaitForMultipleObjectsEx"]!(1, NULL, 0, { value: 0n }) as number,
    );
    assert.deepEqual(await untyped["RtWaitForMultipleObjectsAsync"]!(1, NULL, 0, 0), {
      result: WAIT_FAILED,
      lastError: ERROR_INVALID_PARAMETER,
    });
  });

  test("null is what C passes for no handle: an error code, never an exception", () => {
    for (const [name, kindsOf] of Object.entries(parameters)) {
      if (kindsOf[0] !== "handle" || name.endsWith("Async") || name === "RtMapViewOfSharedMemory") continue;
      rt.SetLastError(0);
      const value = untyped[name]!(...kindsOf.map((each, i) => (i === 0 ? null : good(each))));
      assert.ok(value === false || value === null || value === 0xffffffff, `${name}: ${String(value)}`);
      assert.equal(rt.GetLastError(), ERROR_INVALID_HANDLE, name);
    }
  });
});
