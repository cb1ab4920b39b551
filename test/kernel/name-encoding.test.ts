// From names to file names: never two names in one file, and always a file name that every file system takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeName } from "#protocol/name-encoding";

const LONGEST_SUFFIX = "~65535";

// every UTF-16 unit, lone surrogates too, with those that matter to file names more often
const unit = fc.oneof(
  fc.integer({ min: 1, max: 0xffff }).map((code) => String.fromCharCode(code)),
  fc.constantFrom(
    "a",
    "A",
    ".",
    "~",
    "%",
    "=",
    "/",
    "-",
    "_",
    "0",
    "\ud800",
    "\udbff",
    "\udc00",
    "\udfff",
    "\u{1f600}",
  ),
);
const shortName = fc.array(unit, { minLength: 1, maxLength: 12 }).map((units) => units.join(""));
const longName = fc.array(unit, { minLength: 100, maxLength: 260 }).map((units) => units.join("").slice(0, 260));
const name = fc.oneof(shortName, longName);

function assertFileName(encoded: string, original: string): void {
  assert.match(encoded, /^[A-Za-z0-9%_-][A-Za-z0-9%=._-]*$/, JSON.stringify(original));
  assert.ok(Buffer.byteLength(encoded + LONGEST_SUFFIX) <= 255, `${encoded.length} bytes`);
}

test("every name gives a file name that is short enough, plain ASCII, and neither . nor .. nor hidden", () => {
  fc.assert(
    fc.property(name, (text) => assertFileName(encodeName(text), text)),
    { numRuns: 500 },
  );
  for (const text of [
    ".",
    "..",
    "...",
    "/",
    "a/b",
    "../x",
    "~",
    "a~0",
    "%41",
    "=",
    "\ud83d",
    "\u{1f600}",
    ".lock",
    ".dispatcher",
  ])
    assertFileName(encodeName(text), text);
});

test("different names never share a file name", () => {
  fc.assert(
    fc.property(name, name, (one, other) => {
      fc.pre(one !== other);
      assert.notEqual(encodeName(one), encodeName(other));
    }),
    { numRuns: 500 },
  );
});

test("names that differ in one unit anywhere have different file names, however long they are", () => {
  fc.assert(
    fc.property(name, fc.nat(), unit, (text, position, other) => {
      const at = position % text.length;
      const changed = text.slice(0, at) + other.charAt(0) + text.slice(at + 1);
      fc.pre(changed !== text);
      assert.notEqual(encodeName(changed), encodeName(text));
    }),
    { numRuns: 500 },
  );
});

test("every single unit has its own file name", () => {
  const seen = new Map<string, number>();
  for (let code = 1; code <= 0xffff; code++) {
    const encoded = encodeName(String.fromCharCode(code));
    assert.equal(seen.get(encoded), undefined, `${code} and ${seen.get(encoded)} are both ${encoded}`);
    seen.set(encoded, code);
  }
  assert.equal(seen.size, 0xffff);
});

test("pairs and lone surrogates in any arrangement are told apart", () => {
  const units = ["\ud800", "\udc00", "\ud83d", "\ude00", "x"];
  const names = units.flatMap((a) => ["", ...units].flatMap((b) => ["", ...units].map((c) => a + b + c)));
  const distinct = new Set(names);
  assert.equal(new Set([...distinct].map((text) => encodeName(text))).size, distinct.size);
});

test("a name cannot be spelled so that it looks like another name's escapes or hash", () => {
  const long = "é".repeat(260);
  const encoded = encodeName(long);
  assert.match(encoded, /=[0-9a-f]{40}$/);
  for (const imitation of [encoded, "%C3%A9", "é%C3", "%2E", "a=b"]) {
    const own = encodeName(imitation);
    assert.notEqual(own, encoded);
    assert.notEqual(own, imitation);
  }
  assert.notEqual(encodeName("é"), encodeName("%C3%A9"));
  assert.notEqual(encodeName("."), encodeName("%2E"));
});

test("plain names up to the limit are readable as they are, and longer ones are cut", () => {
  assert.equal(encodeName("Line_3.Motor-A"), "Line_3.Motor-A");
  assert.equal(encodeName("a".repeat(180)), "a".repeat(180));
  const [one, other] = [encodeName("a".repeat(181)), encodeName("a".repeat(182))];
  assert.notEqual(one, other);
  assert.equal(one.length, other.length);
});

test("case is kept", () => {
  assert.notEqual(encodeName("motor"), encodeName("Motor"));
});
