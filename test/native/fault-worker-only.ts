// Loads the addon in a worker alone, lets that end, and looks what is left. This thread must not import the addon.
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { trapInWebAssembly } from "./web-assembly-trap.js";

const isLoaded = (): boolean => readFileSync("/proc/self/maps", "utf8").includes("rtshm.node");

console.log(`before: ${isLoaded()}`);
new Worker(new URL("fault-child.js", import.meta.url), { workerData: "store" }).on("exit", () => {
  console.log(`after: ${isLoaded()}`);
  console.log(trapInWebAssembly());
});
