// Whether a program ends by itself once it has said that it waits, or is kept alive.
import { spawn } from "node:child_process";
import { once } from "node:events";

/** Runs a program that prints a line when its wait has begun. */
export async function endingOf(t: { after: (end: () => void) => void }, program: string): Promise<"ended" | "alive"> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  return Promise.race([
    ended.then(() => "ended" as const),
    new Promise<"alive">((resolve) => setTimeout(() => resolve("alive"), 500)),
  ]);
}
