// What the driver and the threads under test say to each other: one JSON object a line over a local socket, which each
// thread has for itself, so that a thread that is blocked holds up no other of its process.
import type { Socket } from "node:net";
import type { Answer } from "../conformance/protocol.js";
import type { Step } from "./steps.js";

/** A step with the values of its handles, or what the main thread does for its process. */
export type Order =
  | { readonly id: number; readonly step: Step; readonly handles: readonly number[]; readonly lastError: number }
  | { readonly id: number; readonly start: number }
  | { readonly id: number; readonly terminate: number };

export interface Hello {
  readonly thread: number;
  /** the kernel's id of the thread */
  readonly tid: number;
}

export interface Report {
  readonly id: number;
  /** an asynchronous wait is in its queue, or has taken what it wanted: its promise is there */
  readonly pending?: true;
  readonly answer?: Answer;
  /** of a create or an open */
  readonly handle?: number | null;
}

export const say = (socket: Socket, message: Order | Hello | Report): void => {
  socket.write(`${JSON.stringify(message)}\n`);
};

/** Calls `hear` for each message that comes. */
export function listen(socket: Socket, hear: (message: never) => void): void {
  let rest = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear(JSON.parse(line) as never);
  });
}
