// Prints what it is told to with a side's printf, and the returned counts on stderr.
//   node printf-program.js MODULE FUNCTION CALLS-AS-JSON end|kill
import { writeSync } from "node:fs";
import type { RtApi } from "./api.js";

const [moduleName, name, calls, end] = process.argv.slice(2) as [string, "RtPrintf" | "RtWprintf", string, string];
const rt = (await import(moduleName)) as RtApi;
type Argument = string | number | { big: string };
for (const [format, ...args] of JSON.parse(calls) as [string, ...Argument[]][]) {
  const count = rt[name](format, ...args.map((value) => (typeof value === "object" ? BigInt(value.big) : value)));
  writeSync(2, `${count} `);
}
if (end === "kill") process.kill(process.pid, "SIGKILL");
