// A process that is going to be killed while it writes a snapshot: node snapshot-victim.js NAME. Says on stdout what it has done. A
// name that begins with "large" has large values, which it writes for ever: most of the time goes into the copy.
import { writeSync } from "node:fs";
import { Snapshot } from "rtshm";
import { struct, u32Array } from "rtshm/struct";
import { Checked, fill } from "./checked-value.js";

/** How often it becomes the writer, and how many values it writes each time. */
export const CLAIMS = 2;
export const VALUES = 2;

/** 16 MB, in each page one word with the number of the version: most of the time of a value is its copy. */
export const Large = struct("Large", { words: u32Array(1 << 22) });
/** Words from one such word to the next. */
export const STRIDE = 1024;

function writeLarge(name: string): never {
  const snapshot = Snapshot.open(name, Large);
  for (let version = 1; ; version++)
    snapshot.update(({ words }) => {
      for (let i = 0; i < words.length; i += STRIDE) words[i] = version;
    });
}

const name = process.argv[2];
if (name?.startsWith("large") === true) writeLarge(name);
if (name !== undefined) {
  const snapshot = Snapshot.open(name, Checked);
  for (let claim = 0; claim < CLAIMS; claim++) {
    const writer = snapshot.writer();
    for (let i = 0; i < VALUES; i++) {
      const version = snapshot.version + 1;
      writer.update((view) => fill(view, version));
      writeSync(1, `wrote ${version}\n`);
    }
    writer.close();
  }
  writeSync(1, "finished\n");
  process.exit(0);
}
