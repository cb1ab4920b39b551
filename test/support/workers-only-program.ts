// A process whose main thread does not use the library, only its workers do, one after the other.
//   node workers-only-program.js MODULE          prints the outcome as JSON
import { writeSync } from "node:fs";
import { WorkerAgent } from "./agent.js";
import { location } from "./protocol.js";

const moduleName = process.argv[2]!;
const first = await new WorkerAgent(moduleName).ready();
const memory = await first.handle("RtCreateSharedMemory", 4, 0, 64, "workers only", location("m"));
const event = await first.handle("RtCreateEvent", null, true, true, null);
const mutex = await first.handle("RtCreateMutex", null, true, "workers only, mutex");
await first.value("write", "m", 5, 55);
await first.kill(); // no thread of the process has the library now

const second = await new WorkerAgent(moduleName).ready();
const opened = await second.call("RtOpenSharedMemory", 3, false, "workers only", location("m"));
const outcome = {
  opened: typeof opened.value,
  byte: await second.value("read", "m", 5),
  event: await second.value("RtWaitForSingleObject", event, 0),
  mutex: await second.value("RtWaitForSingleObject", mutex, 0),
  closed: await second.value("RtCloseHandle", memory),
};
writeSync(1, JSON.stringify(outcome));
process.exit(0);
