// npm run demo -- [--seconds N]
// Two processes share this machine's load as named objects; then one of them dies with the mutex in its hands.
import { parseArgs } from "node:util";
import { crashAct } from "./crash-act.js";
import { followAct } from "./follow-act.js";
import { leftovers } from "./leftovers.js";

const ANOTHER_DEMO = 1;
const LONGEST_SECONDS = 1_000_000;

const { values } = parseArgs({ options: { seconds: { type: "string", default: "6" } } });
const seconds = Number(values.seconds);
if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) {
  console.error(`demo:  --seconds takes a number above 0 and up to ${LONGEST_SECONDS}, not "${values.seconds}"`);
  process.exit(2);
}

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interruption.abort());

process.exitCode = await demo();

/** 0: all as promised. 1: another demo is running. 2: a promise was broken. 130: interrupted, and everything cleaned up. */
async function demo(): Promise<number> {
  for (const act of [() => followAct(seconds, interruption.signal), crashAct]) {
    const code = await act();
    if (code === ANOTHER_DEMO) return code; // the names that are there are its own
    if (!nothingIsLeft()) return 2;
    if (interruption.signal.aborted) return 130;
    if (code !== 0) return code;
  }
  console.log("demo:  all was as promised");
  return 0;
}

function nothingIsLeft(): boolean {
  const left = leftovers();
  if (left.length === 0) console.log("demo:  nothing left behind: no name, no memory, no process");
  for (const what of left) console.error(`demo:  LEFT BEHIND: ${what}`);
  return left.length === 0;
}
