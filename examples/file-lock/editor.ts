// One of the processes that change the file: counts up its own entry. If it is told to, it dies in the middle of a write.
import { writeFileSync } from "node:fs";
import { LockedJson } from "./locked-json.js";

/** What it did so far. */
export interface Report {
  made: number;
  abandoned: number;
  repaired: number;
}

const [path = "", number = "", changes = "", diesAfter = ""] = process.argv.slice(2);
const name = `editor ${number}`;
const report: Report = { made: 0, abandoned: 0, repaired: 0 };
const tell = (): Promise<void> => new Promise((resolve) => process.send!(report, () => resolve()));

using file = new LockedJson<Record<string, number>>(path, {});
while (report.made < Number(changes)) {
  const dies = Number(diesAfter) > 0 && report.made === Number(diesAfter);
  if (dies) await tell();
  const { abandoned, repaired } = await file.update(
    (counts) => (counts[name] = (counts[name] ?? 0) + 1),
    dies ? dieWriting : undefined,
  );
  report.made++;
  if (abandoned) report.abandoned++;
  if (repaired) report.repaired++;
}
await tell();
process.disconnect();

function dieWriting(target: unknown, text: unknown): Promise<void> {
  writeFileSync(target as string, (text as string).slice(0, 10));
  console.log(`${name}: dies with the lock in its hands and half a file written`);
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => undefined);
}
