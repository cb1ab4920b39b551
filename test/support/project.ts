// Where the project is: compiled tests find data and scripts that are not compiled.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(): string {
  for (let directory = dirname(fileURLToPath(import.meta.url)); ; directory = dirname(directory)) {
    const file = join(directory, "package.json");
    if (existsSync(file) && (JSON.parse(readFileSync(file, "utf8")) as { name?: string }).name === "rtshm")
      return directory;
    if (directory === dirname(directory)) throw new Error("no package.json of rtshm above this file");
  }
}

export const projectRoot = findRoot();
