// Runs every stress for a while: node build/test/stress/run.js [--seconds S]
import "./settings.js";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "20" } } });
const { STRESSES } = await import("./stresses.js");
let failed = 0;
for (const [name, stress] of Object.entries(STRESSES)) {
  try {
    console.log(`passed: ${name}: ${await stress(Number(values.seconds))}`);
  } catch (error) {
    failed++;
    console.log(`FAILED: ${name}: ${String(error)}`);
  }
}
console.log(`${String(Object.keys(STRESSES).length - failed)} passed, ${String(failed)} failed`);
process.exit(failed === 0 ? 0 : 1);
