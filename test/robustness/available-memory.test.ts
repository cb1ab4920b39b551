// What a control group can still give: page cache that the kernel would take back counts as free, in both versions.
import { namespaceDirectory } from "../support/namespace.js";
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { groupBytes } from "#kernel/memory/available-memory";

let count = 0;
function group(files: Readonly<Record<string, string>>): string {
  const folder = join(namespaceDirectory, `group-${++count}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), `${text}\n`);
  return folder;
}

const MiB = 1 << 20;

test("version 2: the limit, less what is used, and file pages and slabs count as free", () => {
  const stat = `anon ${10 * MiB}\nfile ${80 * MiB}\nshmem ${5 * MiB}\ninactive_file ${60 * MiB}\nactive_file ${15 * MiB}\nslab_reclaimable ${4 * MiB}\ninactive_anon 99`;
  const files = { "memory.max": String(100 * MiB), "memory.current": String(95 * MiB), "memory.stat": stat };
  assert.equal(groupBytes(group(files), 2), (5 + 60 + 15 + 4) * MiB);
});

test("version 1: the totals over the descendants, as its usage counts them", () => {
  const stat = `cache 1\ninactive_file 1\nactive_file 1\ntotal_inactive_file ${30 * MiB}\ntotal_active_file ${20 * MiB}\ntotal_shmem ${MiB}`;
  const files = {
    "memory.limit_in_bytes": String(100 * MiB),
    "memory.usage_in_bytes": String(90 * MiB),
    "memory.stat": stat,
  };
  assert.equal(groupBytes(group(files), 1), 60 * MiB);
});

test("a limit that does not exist, is not told, or is passed; and never more than the limit itself", () => {
  assert.equal(groupBytes(group({ "memory.max": "max", "memory.current": "5" }), 2), Infinity);
  assert.equal(groupBytes(group({}), 2), Infinity);
  assert.equal(groupBytes(group({ "memory.max": "100", "memory.current": "150" }), 2), 0);
  const files = { "memory.max": "100", "memory.current": "50", "memory.stat": "inactive_file 1000" };
  assert.equal(groupBytes(group(files), 2), 100);
});
