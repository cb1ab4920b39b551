// The header page: what is written is read again, and a damaged one is either refused with ERROR_FILE_CORRUPT or harmless.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  HEADER_BYTES,
  HeaderOffset,
  LAYOUT_VERSION,
  MAX_NAME_UNITS,
  ObjectType,
  StateWord,
  decodeHeader,
  encodeHeader,
  firstIdWords,
  fileBytesFor,
  type Header,
} from "#protocol/object-header";
import { RtError } from "#errors/rt-error";

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: MAX_NAME_UNITS })
  .map((codes) => String.fromCharCode(...codes));
const header: fc.Arbitrary<Header> = fc.record({
  headerBytes: fc.constantFrom(4096, 8192, 16_384, 32_768, 65_536),
  type: fc.constantFrom(...Object.values(ObjectType)),
  flags: word,
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("hex")),
  sizeBytes: fc.oneof(fc.nat(100_000), fc.integer({ min: 0, max: 2 ** 46 })),
  createdNs: fc.bigInt({ min: 0n, max: 2n ** 63n }),
  creatorPid: word,
  namespaceDevice: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  namespaceInode: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  maximum: fc.integer({ min: 1, max: 0x7fff_ffff }),
  name: fc.option(units, { nil: null }),
  structure: fc.option(
    fc.record(
      {
        hash: fc.stringMatching(/^[1-9a-f][0-9a-f]{15}$/),
        declaration: fc.string({ maxLength: 1000 }).map((text) => text.replace(/[^\n -~]/g, "?")),
      },
      { noNullPrototype: true },
    ),
    { nil: null },
  ),
});

const sample: Header = {
  headerBytes: 4096,
  type: ObjectType.Semaphore,
  flags: 1,
  id: "00112233445566778899aabbccddeeff",
  sizeBytes: 5000,
  createdNs: 1_234_567_890_123_456_789n,
  creatorPid: 4711,
  namespaceDevice: 66n,
  namespaceInode: 2n ** 63n + 1n,
  maximum: 9,
  name: "Line 3/\ud800 é",
  structure: { hash: "00112233445566aa", declaration: "Storage 8 4\n0 u32 index" },
};
const FILE_BYTES = fileBytesFor(sample.sizeBytes);

/** The decoded header, or the code it was refused with. Anything but an RtError is a failure. */
function read(bytes: Uint8Array, fileBytes = FILE_BYTES): Header | string {
  try {
    return decodeHeader(bytes, fileBytes);
  } catch (error) {
    if (!(error instanceof RtError)) throw error;
    assert.ok(error.message.length > 40, error.message);
    return error.code;
  }
}

function assertHarmless(bytes: Uint8Array, fileBytes = FILE_BYTES): void {
  const result = read(bytes, fileBytes);
  if (typeof result === "string") {
    assert.equal(result, "ERROR_FILE_CORRUPT");
    return;
  }
  assert.ok(Object.values(ObjectType).includes(result.type), `type ${result.type}`);
  assert.ok(Number.isSafeInteger(result.sizeBytes) && result.sizeBytes >= 0, `size ${result.sizeBytes}`);
  assert.equal(
    fileBytesFor(result.sizeBytes, result.headerBytes),
    fileBytes,
    "more bytes than the file has would be mapped",
  );
  assert.ok(result.name === null || result.name.length <= MAX_NAME_UNITS);
  if (result.type === ObjectType.Semaphore) assert.ok(result.maximum >= 1 && result.maximum <= 0x7fff_ffff);
  assert.match(result.id, /^[0-9a-f]{32}$/);
}

test("every header is read as it was written, with any name of up to 260 units", () => {
  fc.assert(
    fc.property(header, fc.integer({ min: 0, max: 0x7fff_ffff }), (written, state) => {
      const bytes = encodeHeader(written, state);
      assert.equal(bytes.byteLength, HEADER_BYTES);
      assert.equal(new Int32Array(bytes.buffer)[StateWord.state], state);
      assert.deepEqual(read(bytes, fileBytesFor(written.sizeBytes, written.headerBytes)), { ...written });
    }),
    { numRuns: 300 },
  );
});

test("a header is read from the middle of a larger buffer", () => {
  const buffer = Buffer.alloc(3 * HEADER_BYTES, 0xee);
  buffer.set(encodeHeader(sample, 3), 1000);
  assert.deepEqual(read(buffer.subarray(1000, 1000 + HEADER_BYTES)), sample);
});

test("any byte set to any value gives a valid header or ERROR_FILE_CORRUPT", () => {
  const bytes = encodeHeader(sample, 3);
  let refused = 0;
  for (let offset = 0; offset < HEADER_BYTES; offset++) {
    const kept = bytes[offset]!;
    const values =
      offset < 96 ? Array.from({ length: 256 }, (_, value) => value) : [0, 1, 0x7f, 0x80, 0xff, kept ^ 0x10];
    for (const value of values) {
      bytes[offset] = value;
      assertHarmless(bytes);
      if (typeof read(bytes) === "string") refused++;
    }
    bytes[offset] = kept;
  }
  assert.ok(refused > 16 * 255, `only ${refused} refused`);
  assert.deepEqual(read(bytes), sample);
});

test("any run of random bytes over a header gives a valid header or ERROR_FILE_CORRUPT", () => {
  const bytes = encodeHeader(sample, 3);
  fc.assert(
    fc.property(fc.nat(600), fc.uint8Array({ minLength: 1, maxLength: 64 }), (offset, junk) => {
      const damagedBytes = bytes.slice();
      damagedBytes.set(junk, offset);
      assertHarmless(damagedBytes);
    }),
    { numRuns: 2000 },
  );
});

test("pages of nothing but random bytes are refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: HEADER_BYTES, maxLength: HEADER_BYTES }), fc.nat(1 << 20), (junk, size) => {
      assert.equal(read(junk, size), "ERROR_FILE_CORRUPT");
    }),
    { numRuns: 50 },
  );
});

test("a file shorter than the header page is refused at every length", () => {
  const bytes = encodeHeader(sample, 3);
  for (let length = 0; length < HEADER_BYTES; length += length < 128 ? 1 : 97)
    assert.equal(read(bytes.subarray(0, length), length), "ERROR_FILE_CORRUPT", `length ${length}`);
});

test("a file of another size than the header says is refused", () => {
  const bytes = encodeHeader(sample, 3);
  for (const size of [0, HEADER_BYTES, FILE_BYTES - 1, FILE_BYTES + 1, FILE_BYTES + HEADER_BYTES, 2 ** 52])
    assert.equal(read(bytes, size), "ERROR_FILE_CORRUPT", `size ${size}`);
});

test("sizes that a double cannot hold are refused", () => {
  for (const size of [2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 4096n]) {
    const bytes = encodeHeader(sample, 3);
    new DataView(bytes.buffer).setBigUint64(HeaderOffset.sizeBytes, size, true);
    assert.equal(read(bytes), "ERROR_FILE_CORRUPT", String(size));
  }
});

test("another layout version is refused, and the message names both versions", () => {
  const bytes = encodeHeader(sample, 3);
  new DataView(bytes.buffer).setUint32(HeaderOffset.layoutVersion, 77, true);
  assert.throws(
    () => decodeHeader(bytes, FILE_BYTES),
    (error: unknown) =>
      error instanceof RtError &&
      error.code === "ERROR_FILE_CORRUPT" &&
      error.message.includes("77") &&
      error.message.includes(String(LAYOUT_VERSION)),
  );
});

test("a semaphore's maximum outside 1 to 2147483647 is refused; other types do not care", () => {
  for (const [maximum, type, expected] of [
    [0, ObjectType.Semaphore, "ERROR_FILE_CORRUPT"],
    [0x8000_0000, ObjectType.Semaphore, "ERROR_FILE_CORRUPT"],
    [0, ObjectType.Mutex, "valid"],
  ] as const) {
    const result = read(encodeHeader({ ...sample, type, maximum }, 0));
    assert.equal(typeof result === "string" ? result : "valid", expected);
  }
});

test("the data begin at any power of two from 4096 to 65536, and at nothing else", () => {
  for (const headerBytes of [0, 1, 4095, 4097, 2048, 6144, 131_072, 0x8000_0000, 0xffff_ffff]) {
    const bytes = encodeHeader(sample, 3);
    new DataView(bytes.buffer).setUint32(HeaderOffset.headerBytes, headerBytes, true);
    for (const fileBytes of [FILE_BYTES, fileBytesFor(sample.sizeBytes, headerBytes)])
      assert.equal(read(bytes, fileBytes), "ERROR_FILE_CORRUPT", String(headerBytes));
  }
});

test("identities above 2^53 that a double would make equal stay different", () => {
  const one = read(encodeHeader({ ...sample, namespaceInode: 2n ** 53n }, 0)) as Header;
  const other = read(encodeHeader({ ...sample, namespaceInode: 2n ** 53n + 1n }, 0)) as Header;
  assert.equal(Number(one.namespaceInode), Number(other.namespaceInode));
  assert.notEqual(one.namespaceInode, other.namespaceInode);
});

test("a struct's hash is stored in the order of its digits", () => {
  const bytes = encodeHeader(sample, 0).subarray(HeaderOffset.structHash, HeaderOffset.structHash + 8);
  assert.deepEqual([...bytes], [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0xaa]);
});

test("files are whole pages: the header and the data rounded up", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 46 }), fc.constantFrom(4096, 16_384, 65_536), (size, headerBytes) => {
      const bytes = fileBytesFor(size, headerBytes);
      assert.equal(bytes % headerBytes, 0);
      assert.ok(bytes - headerBytes >= size && bytes - headerBytes < size + headerBytes);
    }),
  );
});

test("the first words of an id are those that the header has in memory", () => {
  fc.assert(
    fc.property(header, (written) => {
      const words = new Int32Array(encodeHeader(written, 0).buffer);
      const at = HeaderOffset.id / 4;
      assert.deepEqual(firstIdWords(written.id), [words[at], words[at + 1]]);
    }),
  );
});
