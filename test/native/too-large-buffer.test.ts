// More bytes than an ArrayBuffer of this Node can have: an error code and nothing left mapped, where Node calls the finalizer of a
// buffer that it did not make.
import assert from "node:assert/strict";
import { constants } from "node:buffer";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { native } from "#native/load";

const NAME = "rtshm-test:too-large";
const mapped = (): number => readFileSync("/proc/self/maps", "utf8").split(NAME).length - 1;

for (const writable of [1, 0] as const)
  test(`a ${writable === 1 ? "writable" : "read-only"} buffer that is too large is refused, again and again, and smaller ones are made`, () => {
    const sizeBytes = 5 * 2 ** 30; // address space only
    const fd = native.memoryCreate(NAME, sizeBytes, 4096, new Uint8Array(0), 0, -1);
    assert.ok(fd >= 0);
    const out = new Float64Array(2);
    for (let i = 0; i < 20; i++) {
      const buffer = native.memoryMap(fd, 0, sizeBytes, writable, out);
      if (typeof buffer === "number") assert.deepEqual([buffer, constants.MAX_LENGTH < sizeBytes], [-27, true]);
      else native.memoryUnmap(buffer, out[1]!);
      assert.equal(mapped(), 0);
      const small = native.memoryMap(fd, 4096, 4096, writable, out);
      assert.ok(small instanceof ArrayBuffer);
      assert.deepEqual([small.byteLength, mapped()], [4096, 1]);
      native.memoryUnmap(small, out[1]!);
    }
    native.descriptorClose(fd);
  });
