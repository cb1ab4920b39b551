// The other end of a snapshot peer: a process or a worker thread that uses the snapshot it is told to.
//   node snapshot-peer-main.js NAME, commands on stdin, answers on stdout; as a worker the name is workerData
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { RtError, Snapshot } from "rtshm";
import { Sensor } from "./snapshot-peer.js";

/** What a peer is asked to do. */
export interface Command {
  readonly id: number;
  readonly op: "write" | "changed" | "close" | "exit" | "ping";
  readonly argument: number;
}

/** What it says. */
export interface Answer {
  readonly id: number;
  readonly text: string;
}

const snapshot = Snapshot.open(isMainThread ? process.argv[2]! : (workerData as string), Sensor);

async function run({ op, argument }: Command): Promise<unknown> {
  switch (op) {
    case "write":
      return snapshot.write({ x: argument, y: -argument, count: argument });
    case "changed":
      return snapshot.changed({ since: argument });
    case "close":
      return snapshot.close();
    case "exit":
      return process.exit(0);
    case "ping":
      return "pong";
  }
}

function say(answer: Answer): void {
  if (parentPort) parentPort.postMessage(answer);
  else writeSync(1, `${JSON.stringify(answer)}\n`);
}

function execute(command: Command): void {
  run(command).then(
    (result) => say({ id: command.id, text: String(result) }),
    (error: unknown) =>
      say({ id: command.id, text: error instanceof RtError ? `${error.code} ${error.message}` : String(error) }),
  );
}

if (parentPort) parentPort.on("message", execute);
else createInterface({ input: process.stdin }).on("line", (line) => execute(JSON.parse(line) as Command));
say({ id: 0, text: "ready" });
