// A ring as a stream, of Node's kind and of the web's: each chunk is a message. A stream takes a message out of the
// ring only when it has a place for it, so what its reader does not take stays in the ring, where others find it. With
// one consumer the message stays until the reader asks for the next one.
import { Readable, Writable } from "node:stream";
import { ReadableStream, WritableStream } from "node:stream/web";

interface Waiting {
  readonly signal: AbortSignal;
}

/** What a readable stream needs of its ring. */
export interface Source<Value> {
  tryHandOut(): Value | undefined;
  handedOut(isDone: boolean): void;
  waitReadable(options: Waiting): Promise<boolean>;
}

/** What a writable stream needs of its ring. */
export interface Sink<Value> {
  push(value: Value, options: Waiting): Promise<boolean>;
}

/**
 * Waits first and takes then, so that an end of the stream in between loses nothing. @returns undefined when it has
 * ended
 */
async function next<Value>(ring: Source<Value>, signal: AbortSignal): Promise<Value | undefined> {
  for (;;) {
    ring.handedOut(true);
    await ring.waitReadable({ signal });
    if (signal.aborted) return undefined;
    const value = ring.tryHandOut();
    if (value !== undefined) return value;
  }
}

/** @internal */
export function readableOf<Value>(ring: Source<Value>): Readable {
  const ending = new AbortController();
  return new Readable({
    objectMode: true,
    highWaterMark: 0, // a message that was read ahead would be lost with the stream
    read() {
      next(ring, ending.signal).then(
        (value) => {
          if (value !== undefined) this.push(value);
        },
        (error: unknown) => this.destroy(error as Error),
      );
    },
    destroy(error, done) {
      ending.abort();
      ring.handedOut(this.readableLength === 0);
      done(error);
    },
  });
}

/** @internal */
export function writableOf<Value>(ring: Sink<Value>, objectMode: boolean): Writable {
  const ending = new AbortController();
  return new Writable({
    objectMode,
    highWaterMark: 1,
    write(value: Value, _encoding, done) {
      ring.push(value, { signal: ending.signal }).then(
        () => {
          done();
        },
        (error: unknown) => {
          done(error as Error);
        },
      );
    },
    destroy(error, done) {
      ending.abort();
      done(error);
    },
  });
}

/** @internal */
export function readableStreamOf<Value>(ring: Source<Value>): ReadableStream<Value> {
  const ending = new AbortController();
  return new ReadableStream<Value>(
    {
      async pull(controller) {
        const value = await next(ring, ending.signal);
        if (value !== undefined) controller.enqueue(value);
      },
      cancel(reason) {
        ending.abort(reason);
        ring.handedOut(true);
      },
    },
    { highWaterMark: 0 },
  );
}

/** @internal */
export function writableStreamOf<Value>(ring: Sink<Value>): WritableStream<Value> {
  const ending = new AbortController();
  return new WritableStream<Value>({
    start(controller) {
      const { signal } = controller as unknown as { signal: AbortSignal }; // the types do not know it
      signal.addEventListener("abort", () => {
        ending.abort(signal.reason);
      });
    },
    async write(value) {
      await ring.push(value, { signal: ending.signal });
    },
  });
}
