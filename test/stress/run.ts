// Runs every stress for a while, or those whose name has a word: node build/test/stress/run.js [--seconds S] [--only WORD]
import "./settings.js";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "20" }, only: { type: "string", default: "" } },
});
const { STRESSES } = await import("./stresses.js");
let failed = 0;
const chosen = Object.entries(STRESSES).filter(([name]) => name.includes(values.only));
if (chosen.length === 0) throw new Error(`no stress has "${values.only}" in its name`);
for (const [name, stress] of chosen) {
  try {
    console.log(`passed: ${name}: ${await stress(Number(values.seconds))}`);
  } catch (error) {
    failed++;
    console.log(`FAILED: ${name}: ${String(error)}`);
  }
}
console.log(`${String(chosen.length - failed)} passed, ${String(failed)} failed`);
process.exit(failed === 0 ? 0 : 1);
