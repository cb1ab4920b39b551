// Memory that asks for huge pages is the same memory, and says whether it got them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runChild } from "./child.js";

const MB = 2 ** 20;

function areGiven(): boolean {
  try {
    return !/\[(never|deny)\]/.test(readFileSync("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "utf8"));
  } catch {
    return false;
  }
}

test("shared memory made with RTSHM_HUGE_PAGES is zero, can be stored to, and has huge pages where the system gives them", async () => {
  const ending = await runChild(
    `
    const { Mapping } = await import("#kernel/memory/mapping");
    const { createObject, closeObject } = await import("#kernel/open");
    const { descriptorFd } = await import("#kernel/process/descriptor-table");
    for (const sizeBytes of [64 * ${MB}, 64 * ${MB} + 100, ${MB}]) {
      const { descriptor, header } = createObject("sharedMemory", null, { sizeBytes });
      const view = Mapping.create(descriptorFd(descriptor), 4096, sizeBytes, true, "test", null);
      const bytes = new Uint8Array(view.buffer);
      const wereZero = Buffer.compare(bytes, Buffer.alloc(sizeBytes)) === 0;
      for (let i = 0; i < bytes.length; i += 4096) bytes[i] = 7;
      say({ wereZero, stored: bytes[sizeBytes - 1 - ((sizeBytes - 1) % 4096)] === 7, huge: view.hugeBytes() });
      view.unmap();
      closeObject(descriptor, header.name);
    }`,
    { env: { RTSHM_HUGE_PAGES: "1" } },
  );
  assert.equal(ending.code, 0, ending.stderr);
  const said = ending.said as { wereZero: boolean; stored: boolean; huge: number }[];
  assert.equal(said.length, 3);
  for (const { wereZero, stored } of said) assert.deepEqual({ wereZero, stored }, { wereZero: true, stored: true });
  for (const { huge } of said.slice(0, 2)) {
    if (areGiven()) assert.ok(huge >= 32 * MB, `${huge} bytes`);
    else assert.equal(huge, 0);
  }
  assert.equal(said[2]?.huge, 0, "a page of 2 MB is not asked for where 1 MB is wanted");
});
