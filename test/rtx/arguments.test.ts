// What no C caller could pass throws before anything happens: TypeError for a wrong type, RangeError for a number that is no
// DWORD or LONG. What a C caller could pass is an error code; those are in the tests of the functions.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ERROR_FILE_NOT_FOUND, ERROR_INVALID_HANDLE, WAIT_OBJECT_0, WAIT_TIMEOUT } from "../support/api.js";
import { gives, refuses } from "../support/expect.js";
import { event, kinds } from "../support/kinds.js";
import { freshName, onBothSides } from "../support/sides.js";

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
  dword: ["1", true, null, undefined, 1n, {}, []],
  long: ["1", true, null, undefined, 1n, {}, []],
  boolean: [0, 1, "true", null, undefined, {}],
  name: [0, true, undefined, {}, [], Symbol("name"), Buffer.from("name")],
  attributes: [0, "", {}, true],
  handle: ["1", true, undefined, 1n, {}, []],
  handles: [0, "1", null, undefined, {}, true],
  location: [0, "1", null, undefined, true],
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
