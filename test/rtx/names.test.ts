// Names: which are allowed, how they are compared, and the errors for those that are not.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import {
  ERROR_ALREADY_EXISTS,
  ERROR_FILENAME_EXCED_RANGE,
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  ERROR_PATH_NOT_FOUND,
  UNTOUCHED,
  type HANDLE,
} from "../support/api.js";
import { gives, refuses } from "../support/expect.js";
import { kinds } from "../support/kinds.js";
import { namespaceDirectory } from "../support/namespace.js";
import { freshName, onBothSides } from "../support/sides.js";

const MAX_NAME_UNITS = 260;

/** Each differs from every other one, and each must be a name of its own. */
const distinct = [
  "a/b/c",
  "a/b/c/",
  "/a/b/c",
  "//a/b/c",
  "a%2Fb%2Fc",
  "%",
  "%25",
  "%00",
  "a:b",
  ":",
  "~",
  "a b",
  "a b ",
  " a b",
  " ",
  "  ",
  "\t",
  "\n",
  "\u0001",
  "\u007f",
  "\u0085",
  "\u00a0",
  "\ufeff",
  ".",
  "..",
  "...",
  "../..",
  "../escaped",
  ".lock",
  "lock",
  "name",
  "NAME",
  "Name",
  "caf\u00e9", // composed
  "cafe\u0301", // decomposed
  "\u212b", // three that a normalisation would make one
  "\u00c5",
  "A\u030a",
  "\u0130",
  "i\u0307",
  "😀",
  "😀𝄞",
  "\ud83d", // its first half
  "\ude00", // its second half
  "\ude00\ud83d", // the halves in the wrong order
  "\ud800",
  "\udc00",
  "\ufffd",
  "\uffff",
  "*?<>|\"'`$&;!#()[]{}^",
  "-rf",
  "con",
  "__proto__",
  "constructor",
];

const withinOnePrefix = (prefix: string) => distinct.map((name) => prefix + name);

onBothSides("names", (side) => {
  const { rt } = side;

  for (const kind of kinds) {
    const create = (name: string | null) => kind.create(rt, name);
    const open = (name: string | null) => kind.open(rt, name);

    test(`a backslash anywhere in the name of a ${kind.name} is path not found, for create and for open`, () => {
      const name = freshName();
      for (const bad of [
        `${name}\\x`,
        `\\${name}`,
        `${name}\\`,
        `a\\\\${name}`,
        `global\\${name}`,
        `LOCAL\\${name}`,
        `Session\\1\\${name}`,
        ` Local\\${name}`,
        `Local\\Local\\${name}`,
        `Local\\Global\\${name}`,
        `Local\\\\${name}`,
        `Global\\${name}\\`,
        "\\",
      ]) {
        refuses(rt, ERROR_PATH_NOT_FOUND, () => create(bad), JSON.stringify(bad));
        refuses(rt, ERROR_PATH_NOT_FOUND, () => open(bad), JSON.stringify(bad));
      }
    });

    test(`Local\\ and Global\\ before the name of a ${kind.name} are taken off`, () => {
      const name = freshName("after a prefix");
      const [local, global] = [`Local\\${name}`, `Global\\${name}`];
      const first = gives(rt, 0, () => create(local));
      for (const each of [name, local, global]) {
        gives(rt, UNTOUCHED, () => open(each), each);
        gives(rt, ERROR_ALREADY_EXISTS, () => create(each), each);
      }
      assert.equal(rt.RtCloseHandle(first), true);
      refuses(rt, ERROR_FILE_NOT_FOUND, () => open(`Local\\${name} `));
      gives(rt, 0, () => create(`Localised ${name}`));
      gives(rt, UNTOUCHED, () => open(`Global\\Localised ${name}`));
    });

    test(`a prefix is no part of the length of a ${kind.name}'s name, and no name by itself`, () => {
      const longest = freshName("long").padEnd(MAX_NAME_UNITS, "x");
      gives(rt, 0, () => create(`Global\\${longest}`));
      gives(rt, UNTOUCHED, () => open(longest));
      refuses(rt, ERROR_FILENAME_EXCED_RANGE, () => create(`Local\\${longest}x`));
      for (const bad of ["Local\\", "Global\\"]) {
        refuses(rt, ERROR_INVALID_PARAMETER, () => create(bad), bad);
        refuses(rt, ERROR_INVALID_PARAMETER, () => open(bad), bad);
      }
      for (const bad of ["Local\\\0", "Global\\a\0"]) refuses(rt, ERROR_INVALID_PARAMETER, () => create(bad));
    });

    test(`the name of a ${kind.name} may have 260 units and not one more`, () => {
      const longest = freshName().padEnd(MAX_NAME_UNITS, "x");
      const handle = gives(rt, 0, () => create(longest));
      gives(rt, UNTOUCHED, () => open(longest));
      refuses(rt, ERROR_FILENAME_EXCED_RANGE, () => create(`${longest}x`));
      refuses(rt, ERROR_FILENAME_EXCED_RANGE, () => open(`${longest}x`));
      refuses(rt, ERROR_FILENAME_EXCED_RANGE, () => create("y".repeat(40_000)));
      refuses(rt, ERROR_FILE_NOT_FOUND, () => open(longest.slice(0, -1)), "nothing was truncated to 259");
      assert.equal(rt.RtCloseHandle(handle), true);
    });

    test(`a NUL character in the name of a ${kind.name} is a bad argument`, () => {
      for (const bad of ["\0", `${freshName()}\0`, `\0${freshName()}`, "a\0b"]) {
        refuses(rt, ERROR_INVALID_PARAMETER, () => create(bad));
        refuses(rt, ERROR_INVALID_PARAMETER, () => open(bad));
      }
    });

    test(`a ${kind.name} without a name is a new one every time`, () => {
      const handles = new Set<HANDLE>();
      for (let i = 0; i < 3; i++) handles.add(gives(rt, 0, () => create(null)));
      for (let i = 0; i < 3; i++) handles.add(gives(rt, 0, () => create("")));
      assert.equal(handles.size, 6);
    });

    test(`a ${kind.name} cannot be opened without a name`, () => {
      create(null);
      create("");
      refuses(rt, ERROR_INVALID_PARAMETER, () => open(null));
      refuses(rt, ERROR_INVALID_HANDLE, () => open(""));
    });

    test(`every other character is allowed in the name of a ${kind.name} and makes it another name`, () => {
      const prefix = freshName();
      for (const name of withinOnePrefix(prefix)) {
        gives(rt, 0, () => create(name), `create ${JSON.stringify(name)}`);
      }
      for (const name of withinOnePrefix(prefix)) {
        gives(rt, UNTOUCHED, () => open(name), `open ${JSON.stringify(name)}`);
        gives(rt, ERROR_ALREADY_EXISTS, () => create(name), `create again ${JSON.stringify(name)}`);
      }
      for (const name of withinOnePrefix(freshName()))
        refuses(rt, ERROR_FILE_NOT_FOUND, () => open(name), JSON.stringify(name));
    });
  }

  test("every single character below 256 but NUL and backslash is a name by itself", () => {
    const handles: HANDLE[] = [];
    for (let code = 1; code < 256; code++) {
      const name = String.fromCharCode(code);
      if (name !== "\\") handles.push(gives(rt, 0, () => rt.RtCreateEvent(null, false, false, name), `unit ${code}`));
    }
    for (const handle of handles) assert.equal(rt.RtCloseHandle(handle), true);
    refuses(rt, ERROR_FILE_NOT_FOUND, () => rt.RtOpenEvent(0, false, "."));
  });

  test("dots and slashes in a name make nothing outside the namespace directory", () => {
    const before = readdirSync(`${namespaceDirectory}/..`);
    const handle = gives(rt, 0, () => rt.RtCreateEvent(null, false, false, "../rtshm-escaped"));
    const parent = gives(rt, 0, () => rt.RtCreateEvent(null, false, false, ".."));
    const after = readdirSync(`${namespaceDirectory}/..`);
    assert.deepEqual(
      after.filter((entry) => entry.includes("escaped") && !before.includes(entry)),
      [],
    );
    assert.equal(rt.RtCloseHandle(handle) && rt.RtCloseHandle(parent), true);
  });

  test("two names of the longest kind that differ in one unit are two objects", () => {
    const stem = freshName().padEnd(MAX_NAME_UNITS - 1, "-");
    gives(rt, 0, () => rt.RtCreateEvent(null, true, true, `${stem}a`));
    gives(rt, 0, () => rt.RtCreateEvent(null, true, false, `${stem}b`));
    gives(rt, ERROR_ALREADY_EXISTS, () => rt.RtCreateEvent(null, true, false, `${stem}a`));
  });

  test("the length of a name counts in UTF-16 units, not in bytes or characters", () => {
    for (const unit of ["😀", "\u20ac", "\ud800", "/", "%"]) {
      const name = unit.repeat(MAX_NAME_UNITS / unit.length);
      const handle = gives(rt, 0, () => rt.RtCreateEvent(null, true, true, name), unit);
      assert.equal(rt.RtCloseHandle(handle), true);
    }
    refuses(rt, ERROR_FILENAME_EXCED_RANGE, () =>
      rt.RtCreateEvent(null, true, true, `${"😀".repeat(MAX_NAME_UNITS / 2)}x`),
    );
  });

  test("another process finds exactly the same names", async (t) => {
    const other = await side.process(t);
    const prefix = freshName();
    for (const name of withinOnePrefix(prefix)) rt.RtCreateSemaphore(null, 0, 1, name);
    for (const name of withinOnePrefix(prefix)) {
      const reply = await other.call("RtOpenSemaphore", 0, false, name);
      assert.equal(typeof reply.value, "number", `${JSON.stringify(name)}: ${reply.lastError}`);
    }
    const missing = await other.call("RtOpenSemaphore", 0, false, `${prefix}cAFE`);
    assert.deepEqual([missing.value, missing.lastError], [null, ERROR_FILE_NOT_FOUND]);
  });

  test("another process finds a name by the other prefix", async (t) => {
    const other = await side.process(t);
    const name = freshName();
    gives(rt, 0, () => rt.RtCreateEvent(null, false, false, `Global\\${name}`));
    await other.handle("RtOpenEvent", 0, false, `Local\\${name}`);
    assert.equal((await other.call("RtCreateEvent", null, false, false, name)).lastError, ERROR_ALREADY_EXISTS);
  });

  test("an unnamed object cannot be reached by any name from another process", async (t) => {
    const other = await side.process(t);
    gives(rt, 0, () => rt.RtCreateEvent(null, false, false, ""));
    const empty = await other.call("RtOpenEvent", 0, false, "");
    assert.deepEqual([empty.value, empty.lastError], [null, ERROR_INVALID_HANDLE]);
    const created = await other.call("RtCreateEvent", null, false, false, "");
    assert.deepEqual([typeof created.value, created.lastError], ["number", 0]);
  });
});
