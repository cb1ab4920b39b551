// A thread that pops one message of the ring named by its workerData, posts it, and pushes one for each message it gets.
import { parentPort, workerData } from "node:worker_threads";
import { Ring } from "rtshm";

const ring = Ring.open(workerData as string);
const taken = ring.popSync();
parentPort?.on("message", () => ring.tryPush(new Uint8Array([5])));
parentPort?.postMessage(taken);
