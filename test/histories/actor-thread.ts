// The driver's end of a thread under test: orders go out, reports come in, and the thread's end is seen.
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import type { Answer } from "../conformance/protocol.js";
import { listen, say, type Hello, type Order, type Report } from "./talk.js";

/** Something that must come has not. */
export class Late extends Error {}

/** Settles as the promise does, or fails: time is no measure of anything here, it only ends what would not end. */
export async function within<Value>(promise: Promise<Value>, patienceMs: number, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late(`${what}: nothing came in ${String(patienceMs)} ms`)), patienceMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A call that was ordered. Where the thread ends first, the report is that it is gone. */
export interface Call {
  readonly report: Promise<Report>;
  /** Resolves when the promise of an asynchronous wait is there, or with the report. */
  readonly begun: Promise<unknown>;
  /** The answer, once it has come. */
  readonly answer: () => Answer | undefined;
}

interface Open {
  readonly report: (report: Report) => void;
  readonly begin: () => void;
}

// Without `id` in each of the kinds: they stay apart.
type Content<Kind> = Kind extends unknown ? Omit<Kind, "id"> : never;

export class ActorThread {
  readonly #socket;
  readonly #open = new Map<number, Open>();
  readonly #task;
  readonly closed: Promise<void>;
  #lastId = 0;

  constructor(
    socket: Socket,
    pid: number,
    readonly tid: number,
  ) {
    this.#socket = socket;
    this.#task = `/proc/${String(pid)}/task/${String(tid)}`;
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        for (const [id, open] of this.#open) open.report({ id, answer: { gone: true } });
        resolve();
      });
    });
  }

  hear(report: Report): void {
    const open = this.#open.get(report.id);
    if (report.pending) open?.begin();
    else {
      this.#open.delete(report.id);
      open?.report(report);
    }
  }

  order(content: Content<Order>): Call {
    const id = ++this.#lastId;
    let report!: Open["report"];
    let begin!: Open["begin"];
    let answer: Answer | undefined;
    const reported = new Promise<Report>((resolve) => (report = resolve));
    const begun = new Promise<void>((resolve) => (begin = resolve));
    void reported.then((came) => (answer = came.answer));
    this.#open.set(id, { report, begin });
    say(this.#socket, { id, ...content });
    return { report: reported, begun: Promise.race([begun, reported]), answer: () => answer };
  }

  /** Resolves when the system does not know the thread any more: it has executed its last instruction. */
  async gone(): Promise<void> {
    await this.closed;
    while (existsSync(this.#task)) await pause(1);
  }
}

/** Waits for the thread behind a new connection to say who it is, and hears its reports from then on. */
export function greet(socket: Socket, pid: () => number, meet: (hello: Hello, thread: ActorThread) => void): void {
  let thread: ActorThread | undefined;
  listen(socket, (message: Hello & Report) => {
    if (thread) return thread.hear(message);
    thread = new ActorThread(socket, pid(), message.tid);
    meet(message, thread);
  });
  socket.on("error", () => undefined); // it may have been killed while an order was on its way
}
