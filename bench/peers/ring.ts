// The far end of the rings, of process.send and of a Unix socket: consumes what it is told to, or sends it back.
import { createConnection, type Socket } from "node:net";
import { rings, works, type WorkName } from "../ring-work.js";

interface Request {
  readonly work?: WorkName;
  readonly count: number;
  readonly echo?: "ring" | "message" | "socket";
  readonly sink?: "message" | "socket";
}

const MESSAGE_BYTES = 32;

const [path = ""] = process.argv.slice(2);
const socket: Socket | undefined = path === "" ? undefined : createConnection(path);
let left = 0;
let echoes = false;

function arrived(count: number): void {
  left -= count;
  if (left === 0 && !echoes) process.send?.("done"); // an echo is its own answer
}

socket?.on("data", (bytes: Buffer) => {
  if (echoes) socket?.write(bytes);
  arrived(bytes.length / MESSAGE_BYTES);
});

async function echoRing(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await rings.back.push(await rings.there.pop());
}

process.on("message", (request: Request | string) => {
  if (typeof request === "string") {
    if (echoes) process.send?.(request);
    arrived(1);
    return;
  }
  const { work, count, echo, sink } = request;
  if (work !== undefined) process.send?.(works[work].consume(count));
  else if (echo === "ring") void echoRing(count).then(() => process.send?.("done"));
  else {
    echoes = echo !== undefined;
    left = count;
  }
  if (sink !== undefined) process.send?.("armed");
});
process.on("disconnect", () => process.exit(0));
if (socket === undefined) process.send?.("ready");
else socket.once("connect", () => process.send?.("ready"));
